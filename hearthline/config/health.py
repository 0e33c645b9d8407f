"""Whether a process is alive and ready, and its figures, for those who run it: never for a browser outside.

``/health/live``: the process answers. ``/health/ready``: it reaches its database. ``/metrics``: Prometheus text.
They are answered before any session, tenant or page, and only to callers on this machine.
"""

import json
import logging
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from ipaddress import ip_address
from typing import Any

from asgiref.sync import sync_to_async
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

PROCESS = os.environ.get("HEARTHLINE_PROCESS", "none")
LOOPBACK = {"127.0.0.1", "::1"}
BUCKETS_SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10)
REQUEST_ID_LENGTHS = range(8, 65)
REQUESTS = Counter("hearthline_requests", "Requests answered", ["process", "method", "status"])
SECONDS = Histogram(
    "hearthline_request_seconds", "Time until the answer was complete", ["process"], buckets=BUCKETS_SECONDS
)
KNOWN_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
JOBS = """
    SELECT queue_name, status::text, count(*),
           coalesce(extract(epoch FROM now() - min(scheduled_at) FILTER (WHERE scheduled_at <= now())), 0)
    FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') GROUP BY queue_name, status
"""
logger = logging.getLogger("hearthline.request")

GetResponse = Callable[[HttpRequest], HttpResponse]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApplication = Callable[[Message, Receive, Send], Awaitable[None]]


class JobCollector:
    """Figures of the job queue: how many wait, and for how long the oldest has been due."""

    def collect(self) -> Iterable[Metric]:
        """Ask the database at the moment of the scrape; no answer, no figures (readiness tells that)."""
        count = GaugeMetricFamily("hearthline_jobs", "Jobs by queue and state", labels=["queue", "status"])
        overdue = GaugeMetricFamily(
            "hearthline_jobs_overdue_seconds", "Age of the oldest due job", labels=["queue"]
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute(JOBS)
                rows = cursor.fetchall()
        except Error:
            rows = []
        for queue, status, number, seconds in rows:
            count.add_metric([queue, status], number)
            if status == "todo":
                overdue.add_metric([queue], float(seconds))
        return [count, overdue]


def is_live() -> tuple[int, str, bytes]:
    """Return the answer of a process that can answer."""
    return 200, "application/json", json.dumps({"status": "live", "process": PROCESS}).encode()


def is_ready() -> tuple[int, str, bytes]:
    """Return whether the database answers this process's login."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        status = 200
    except Error:
        status = 503
    state = "ready" if status == 200 else "the database does not answer"
    return status, "application/json", json.dumps({"status": state, "process": PROCESS}).encode()


def metrics() -> tuple[int, str, bytes]:
    """Return the figures of this process, all its workers together."""
    registry = CollectorRegistry()
    registry.register(JobCollector())
    if PROCESS == "pages":  # imported late: this module is loaded before the applications are
        registry.register(import_string("hearthline.messaging.metrics.SendingCollector")())
    if PROCESS == "ops":
        registry.register(import_string("hearthline.web.oversight.MonitoringCollector")())
    figures = generate_latest(registry)
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        workers = CollectorRegistry()
        multiprocess.MultiProcessCollector(workers)  # type: ignore[no-untyped-call]
        return 200, CONTENT_TYPE_LATEST, figures + generate_latest(workers)
    return 200, CONTENT_TYPE_LATEST, figures + generate_latest(REGISTRY)


def reminders() -> tuple[int, str, bytes]:
    """Return whether reminders go out; asked of the pages, since a dead worker cannot report its own death."""
    answer: tuple[int, str, bytes] = import_string("hearthline.messaging.health.reminders")()
    return answer


ANSWERS = {
    "/health/live": is_live,
    "/health/ready": is_ready,
    "/health/reminders": reminders,
    "/metrics": metrics,
}


def may_ask(forwarded_for: str, peer: str) -> bool:
    """Whether the caller is on this machine: at the socket itself, or through the local gateway."""
    return (forwarded_for or peer or "127.0.0.1") in LOOPBACK


def request_id_of(value: str) -> str:
    """Return the gateway's id of the request if it looks like one, else a new one."""
    return value if len(value) in REQUEST_ID_LENGTHS and value.isalnum() else secrets.token_hex(12)


def client_address(peer: str, forwarded_for: str) -> str:
    """Return who asks.

    Behind a unix socket there is no peer: then it is whom our own front (nginx or the gateway), which alone can
    reach the socket, put into ``X-Forwarded-For``. It replaces what a client says there.
    """
    if peer:
        return peer
    try:
        return str(ip_address(forwarded_for.strip()))
    except ValueError:
        return ""


class ObservationMiddleware:
    """First of all middleware: who asks, health, figures, and one log line for each request, with ids only."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a question about the process, or pass on and take note."""
        answer = ANSWERS.get(request.path)
        facts = request.META
        if answer and may_ask(facts.get("HTTP_X_FORWARDED_FOR", ""), facts.get("REMOTE_ADDR", "")):
            status, content_type, body = answer()
            return HttpResponse(body, status=status, content_type=content_type)
        forwarded_for = facts.pop("HTTP_X_FORWARDED_FOR", "")
        facts["REMOTE_ADDR"] = client_address(facts.get("REMOTE_ADDR", ""), forwarded_for)
        request_id = request_id_of(facts.get("HTTP_X_REQUEST_ID", ""))
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        _take_note(request, response, request_id, seconds)
        response.headers["X-Request-ID"] = request_id
        return response


def _take_note(request: HttpRequest, response: HttpResponse, request_id: str, seconds: float) -> None:
    method = request.method if request.method in KNOWN_METHODS else "other"
    REQUESTS.labels(PROCESS, method, str(response.status_code)).inc()
    SECONDS.labels(PROCESS).observe(seconds)
    actor = getattr(request, "actor", None)
    match = request.resolver_match
    logger.info(
        "request",
        extra={
            "process_name": PROCESS,
            "request_id": request_id,
            "method": method,
            "route": match.view_name if match else "",
            "status": response.status_code,
            "milliseconds": round(seconds * 1000),
            "organization_id": str(actor.organization_id) if actor else "",
            "user_id": str(actor.user_id) if actor else "",
        },
    )


def with_health(application: AsgiApplication) -> AsgiApplication:
    """Wrap an ASGI application (the live edge) so that it answers the same questions about itself."""

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        answer = ANSWERS.get(scope["path"]) if scope["type"] == "http" else None
        if not answer or not may_ask(_forwarded_for(scope), (scope.get("client") or ("",))[0]):
            await application(scope, receive, send)
            return
        status, content_type, body = await sync_to_async(answer)()
        headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return wrapped


def _forwarded_for(scope: Message) -> str:
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return ",".join(values)
