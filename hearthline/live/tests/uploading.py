"""The live edge on a port of this machine, and a plain tus sender that can be as rude as the test wants."""

import base64
import hashlib
import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import uvicorn
from django.conf import settings
from django.db import connections

from hearthline.foundation.ids import new_id
from hearthline.live import doors
from hearthline.live.application import make_application
from tests.people import Person

TOKEN = "a" * 32
SECONDS = 20.0
CONTENT_TYPE = "application/offset+octet-stream"
BASE = "/live/uploads"


@contextmanager
def serving() -> Iterator[int]:
    """Serve the edge in a thread and return its port."""
    config = uvicorn.Config(
        make_application(),
        host="127.0.0.1",
        port=0,
        http="h11",
        log_level="error",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the edge does not start"
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(SECONDS)
        together = threading.Barrier(doors.THREADS)
        for closing in [doors._threads.submit(_close, together) for _ in range(doors.THREADS)]:
            closing.result(SECONDS)


def _close(together: threading.Barrier) -> None:
    together.wait(SECONDS)  # each of the threads comes here once
    connections.close_all()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def offset(self) -> int:
        return int(self.headers["upload-offset"])


def pairs(**told: str) -> str:
    """Return an ``Upload-Metadata`` header."""
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told.items())


def checksum(content: bytes, algorithm: str = "sha1") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


@dataclass
class Sender:
    """One person's browser."""

    port: int
    person: Person | None
    patient_id: UUID
    sent_bytes: int = 0
    origin_port: int = 0  # of the page, when this sender speaks through a proxy

    @property
    def standing_headers(self) -> dict[str, str]:
        cookie = f"{settings.CSRF_COOKIE_NAME}={TOKEN}"
        if self.person is not None:
            session = self.person.client.cookies[settings.SESSION_COOKIE_NAME].value
            cookie += f"; {settings.SESSION_COOKIE_NAME}={session}"
        origin = f"http://127.0.0.1:{self.origin_port or self.port}"
        host = f"127.0.0.1:{self.origin_port or self.port}"
        return {
            "host": host,
            "cookie": cookie,
            "x-csrftoken": TOKEN,
            "origin": origin,
            "tus-resumable": "1.0.0",
        }

    def ask(
        self, method: str, path: str = BASE, body: bytes | None = None, *, without: str = "", **headers: Any
    ) -> Answer:
        """Ask once, on a line of its own. ``upload_offset=3`` stands for ``Upload-Offset: 3``."""
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        sent = {**self.standing_headers, **named}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            kept = {name: value for name, value in sent.items() if name != without}
            line.request(method, path, body=body, headers=kept)
            response = line.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, told, response.read())
        finally:
            line.close()

    def metadata(self, content: bytes, **told: str) -> str:
        facts = {
            "key": str(new_id()),
            "sha256": hashlib.sha256(content).hexdigest(),
            "patient": str(self.patient_id),
            "filename": "mole.jpg",
        }
        return pairs(**{**facts, **told})

    def begin(self, content: bytes, **told: str) -> str:
        """Begin an upload and return its address."""
        answer = self.ask("POST", upload_length=len(content), upload_metadata=self.metadata(content, **told))
        assert answer.status == 201, answer
        return answer.headers["location"]

    def patch(self, path: str, content: bytes, offset: int, **headers: Any) -> Answer:
        self.sent_bytes += len(content)
        return self.ask("PATCH", path, content, upload_offset=offset, content_type=CONTENT_TYPE, **headers)

    def head(self, path: str) -> Answer:
        return self.ask("HEAD", path)
