"""Who is at the door of a stream or message: cookies become an actor, and work runs in the tenant's transaction.

Every route declares whom it lets in (``live_route``), as pages do: the application is not made with one that does
not, and ``as_actor`` holds each request to what its route declares. Database work happens in threads, off the event
loop; every call asks for the session and the access again.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import translation
from starlette.requests import Request

from hearthline.audit.services import record_denial
from hearthline.identity.actor import Actor
from hearthline.identity.cookies import actor_of_cookie
from hearthline.identity.policy import Policy
from hearthline.live import limits
from hearthline.tenancy.context import set_context
from hearthline.visits.access import GUEST
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.services.guests import GUEST_COOKIE, guest_actor

THREADS = 8
Result = TypeVar("Result")
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="live")


class NobodyError(Exception):
    """The cookies name nobody, or nobody any more."""


class NotAdmittedError(Exception):
    """Somebody is signed in whom the route does not admit."""


class UndeclaredRouteError(Exception):
    """A route does not say whom it admits."""


@dataclass(frozen=True)
class Admission:
    """Whom a route of this edge admits: members by a policy of the pages, and perhaps guests of a visit."""

    policy: Policy
    guests: bool = False


def live_route(policy: Policy, *, guests: bool = False) -> Callable[[Endpoint], Endpoint]:
    """Declare whom a route admits. The thing itself is asked about by ``get_visit_for``, in each request."""

    def decorate(endpoint: Endpoint) -> Endpoint:
        endpoint.admission = Admission(policy, guests)  # type: ignore[attr-defined]
        return endpoint

    return decorate


def admission_of(endpoint: object) -> Admission:
    """Return what a route declares.

    Raises:
        UndeclaredRouteError: it declares nothing.
    """
    declared = getattr(endpoint, "admission", None)
    if not isinstance(declared, Admission):
        message = f"{endpoint!r} declares no policy: decorate it with live_route"
        raise UndeclaredRouteError(message)
    return declared


def _guest_of(cookie: str) -> Actor | None:
    organization, _, secret = cookie.partition(".")
    try:
        organization_id = UUID(organization)
    except ValueError:
        return None
    set_context(organization_id)
    return guest_actor(organization_id, secret)


def _actor_of(cookies: dict[str, str], origin: str, admission: Admission, *, is_guest: bool) -> Actor:
    """Return the actor, with the organization signed into the open transaction. Staff have used a second factor.

    Raises:
        NobodyError: nobody is signed in, or the stay has ended.
        NotAdmittedError: the route is not for them.
    """
    if is_guest and not admission.guests:
        raise NotAdmittedError
    if is_guest:
        actor = _guest_of(cookies.get(GUEST_COOKIE, ""))
    else:
        actor = actor_of_cookie(cookies.get(settings.SESSION_COOKIE_NAME, ""), origin=origin)
    if actor is None or admission.policy.wants_second_factor_from(actor):
        raise NobodyError
    if not is_guest and not admission.policy.admits(actor):
        raise NotAdmittedError
    return actor


def _run(
    work: Callable[[Actor], Result], find_actor: Callable[[], Actor], language: str, route: str
) -> Result:
    """Do the work as the actor; a refusal rolls it back and is then recorded on its own, as at the pages."""
    close_old_connections()
    found: list[Actor] = []
    try:
        with translation.override(language), transaction.atomic():
            found.append(find_actor())
            return work(found[0])
    except (Http404, VisitRefusedError) as refused:
        code = refused.code if isinstance(refused, VisitRefusedError) else "unknown"
        for actor in found:
            _note_denial(actor, route, code)
        raise
    finally:
        close_old_connections()


def _note_denial(actor: Actor, route: str, code: str) -> None:
    if limits.denials.allows(f"{actor.session_key}:{route}:{code}"):
        record_denial(actor, "live.refused", ("live_route", route), reason=code)


def language_of(request: Request) -> str:
    """Return the page's language: the cookie's, else the browser's, else English."""
    wanted = request.cookies.get(settings.LANGUAGE_COOKIE_NAME) or request.headers.get("accept-language", "")
    for part in wanted.split(","):
        try:
            return translation.get_supported_language_variant(part.split(";")[0].strip().lower())
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


async def as_actor(request: Request, work: Callable[[Actor], Result]) -> Result:
    """Run database work as whoever the request's cookies stand for, in a thread and a transaction of its own.

    A guest's page asks with ``?as=guest``, so that a person with an account may also be somebody's guest.

    Raises:
        NobodyError: nobody is signed in, or the stay has ended.
        NotAdmittedError: the route is not for them.
    """
    is_guest = request.query_params.get("as") == GUEST
    language = language_of(request)
    origin = request.client.host if request.client else ""
    endpoint = request.scope.get("endpoint")
    admission = admission_of(endpoint)
    find_actor = partial(_actor_of, dict(request.cookies), origin, admission, is_guest=is_guest)
    call = partial(_run, work, find_actor, language, _name_of(endpoint))
    return await asyncio.get_running_loop().run_in_executor(_threads, call)


def _name_of(endpoint: Any) -> str:
    return str(getattr(endpoint, "__name__", "unnamed"))


async def note_refusal(request: Request, code: str) -> None:
    """Record that what somebody sent was refused before it was looked at; nothing is noted of nobody."""
    route = _name_of(request.scope.get("endpoint"))
    with suppress(NobodyError, NotAdmittedError):
        actor = await as_actor(request, lambda actor: actor)
        await in_thread(partial(_note_denial, actor, route, code))


async def in_thread(work: Callable[[], Result]) -> Result:
    """Run database work that has no actor (presence after a stream has closed)."""

    def run() -> Result:
        close_old_connections()
        try:
            return work()
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_threads, run)


class _ForgeryCheck(CsrfViewMiddleware):
    """Django's own check of token and origin, without a page for the refusal."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponseForbidden()


def _view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def is_forged(request: Request) -> bool:
    """Whether a POST lacks the forgery token or comes from another origin."""
    checked = HttpRequest()
    checked.method = "POST"
    checked.COOKIES = dict(request.cookies)
    checked.META = {
        "HTTP_HOST": request.headers.get("x-forwarded-host") or request.headers.get("host", ""),
        "SERVER_NAME": request.url.hostname or "",
        "SERVER_PORT": str(request.url.port or 80),
        "wsgi.url_scheme": request.url.scheme,
    }
    for name in ("origin", "referer", "x-csrftoken", "x-forwarded-proto"):
        if name in request.headers:
            checked.META[f"HTTP_{name.upper().replace('-', '_')}"] = request.headers[name]
    check: Any = _ForgeryCheck(_view)
    check.process_request(checked)
    return check.process_view(checked, _view, (), {}) is not None
