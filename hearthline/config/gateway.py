"""One origin for a browser: a small streaming proxy in front of the pages, live and operations processes.

It is for one machine (``./run demo``); nginx does the same work in production (``deploy/nginx.conf``). Bodies pass
in both directions as they come, so a stream of events is never held back. Backends listen on unix sockets.
"""

import asyncio
import contextlib
import json
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any

import httpx

from hearthline.config.gateway_pages import too_large_page, unavailable_page

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

MEGABYTE = 1024 * 1024
DEFAULT_BACKEND = "pages"
BACKENDS = {
    "live": ("/live/",),
    # The last three are where uploaders of glucose sensors send.
    "ingest": ("/ingest/", "/api/v1/", "/api/v2/", "/api/v3/"),
    "ops": ("/ops/",),
    "dicomweb": ("/dicomweb/",),
    DEFAULT_BACKEND: ("/",),
}
BODY_LIMITS_BYTES = {
    "live": MEGABYTE,
    "ingest": 5 * MEGABYTE,
    "ops": 4 * MEGABYTE,
    "dicomweb": 256 * MEGABYTE,
    DEFAULT_BACKEND: 32 * MEGABYTE,
}
UPLOADS = "/live/uploads"  # files in pieces; the process itself stops at the announced length
UPLOAD_LIMIT_BYTES = 100 * MEGABYTE
CONNECT_RETRIES = 3  # at 0, 0.5 and 1 s: long enough for a restarted process, and nothing was sent yet
TIMEOUTS_SECONDS = {"connect": 5.0, "write": 60.0, "pool": 60.0}
ANSWER_SECONDS = {
    "live": None,
    "ingest": 60.0,
    "ops": 60.0,
    "dicomweb": 60.0,
    DEFAULT_BACKEND: 60.0,
}  # between two pieces of an answer
HEALTH_SECONDS = 3.0
REQUEST_ID_BYTES = 12

HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
OURS_TO_SAY = {  # whatever a client writes here is dropped: backends believe these
    b"expect",
    b"forwarded",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-forwarded-proto",
    b"x-real-ip",
    b"x-request-id",
}


class BodyTooLarge(Exception):  # noqa: N818 - it is an outcome
    """The request's body passed the limit while it was being sent on."""


def backend_for(path: str) -> str:
    """Return the process that answers for a path."""
    for name, prefixes in BACKENDS.items():
        if name != DEFAULT_BACKEND and path.startswith(prefixes):
            return name
    return DEFAULT_BACKEND


def body_limit_for(path: str) -> int:
    """Return how many bytes a request to a path may bring."""
    return UPLOAD_LIMIT_BYTES if path.startswith(UPLOADS) else BODY_LIMITS_BYTES[backend_for(path)]


def end_to_end(headers: Iterable[tuple[bytes, bytes]], also_drop: set[bytes]) -> Headers:
    """Return the headers that belong to the message and not to one connection."""
    pairs = [(name.lower(), value) for name, value in headers]
    named = {
        part.strip().lower() for name, value in pairs if name == b"connection" for part in value.split(b",")
    }
    return [(name, value) for name, value in pairs if name not in HOP_BY_HOP | named | also_drop]


def request_headers(scope: Scope) -> Headers:
    """Return what a backend is told: the client's own headers, and who asked, as we saw it."""
    client = scope.get("client") or ("", 0)
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    return [
        *end_to_end(scope["headers"], OURS_TO_SAY),
        (b"x-forwarded-for", str(client[0]).encode()),
        (b"x-forwarded-host", host),
        (b"x-forwarded-proto", str(scope.get("scheme", "http")).encode()),
        (b"x-request-id", secrets.token_hex(REQUEST_ID_BYTES).encode()),
    ]


class RequestBody:
    """The client's body as it arrives, counted; afterwards, the wait for the client to go away."""

    def __init__(self, receive: Receive, limit_bytes: int) -> None:
        self._receive = receive
        self._left_bytes = limit_bytes
        self.is_complete = asyncio.Event()
        self.is_too_large = False

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body piece by piece."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ConnectionResetError
            self._left_bytes -= len(message.get("body", b""))
            if self._left_bytes < 0:
                self.is_too_large = True
                raise BodyTooLarge
            more = bool(message.get("more_body"))
            if not more:
                self.is_complete.set()
            yield message.get("body", b"")

    async def client_gone(self) -> None:
        """Return when the client has gone away after its whole body was read."""
        await self.is_complete.wait()
        while (await self._receive())["type"] != "http.disconnect":
            continue


class Gateway:
    """The ASGI application: dispatches by path, streams both ways, answers in words when a process is down."""

    def __init__(self, sockets: Path) -> None:
        self._transports = {
            name: httpx.AsyncHTTPTransport(
                uds=str(sockets / f"{name}.sock"),
                retries=CONNECT_RETRIES,
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            )
            for name in BACKENDS
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection's event, as ASGI defines it."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["path"] == "/health/live":
            await _answer_json(send, 200, {"status": "live", "process": "gateway"})
        elif scope["path"] == "/health/ready":
            await self._answer_readiness(send)
        else:
            await self._proxy(scope, receive, send)

    async def _proxy(self, scope: Scope, receive: Receive, send: Send) -> None:
        backend = backend_for(scope["path"])
        languages = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
        limit_bytes = body_limit_for(scope["path"])
        if _declared_bytes(scope) > limit_bytes:
            await _answer_page(send, 413, too_large_page(languages))
            return
        body = RequestBody(receive, limit_bytes)
        try:
            response = await self._forward(backend, scope, body)
        except ConnectionResetError:
            return
        except (BodyTooLarge, httpx.TransportError):
            page = too_large_page(languages) if body.is_too_large else unavailable_page(languages)
            await _answer_page(send, 413 if body.is_too_large else 502, page)
            return
        await _stream_back(response, body, send)

    async def _forward(self, backend: str, scope: Scope, body: RequestBody) -> httpx.Response:
        """Send the request on and return the response as soon as its headers are there."""
        target = scope.get("raw_path") or scope["path"].encode()
        if scope.get("query_string"):
            target += b"?" + scope["query_string"]
        has_body = any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])
        request = httpx.Request(
            scope["method"],
            httpx.URL(scheme="http", host="backend", raw_path=target),
            headers=[*request_headers(scope), (b"connection", b"close")],
            content=body.pieces() if has_body else None,
            extensions={"timeout": {**TIMEOUTS_SECONDS, "read": ANSWER_SECONDS[backend]}},
        )
        if not has_body:
            async for _ in body.pieces():
                continue
        return await self._transports[backend].handle_async_request(request)

    async def _answer_readiness(self, send: Send) -> None:
        """Answer 200 if every process behind us answers that it is ready."""
        names = list(self._transports)
        answers = await asyncio.gather(*(self._is_ready(name) for name in names))
        states = dict(zip(names, answers, strict=True))
        await _answer_json(send, 200 if all(answers) else 503, {"ready": all(answers), "processes": states})

    async def _is_ready(self, name: str) -> bool:
        request = httpx.Request("GET", "http://localhost/health/ready", headers={"connection": "close"})
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                response = await self._transports[name].handle_async_request(request)
                await response.aclose()
        except (httpx.TransportError, TimeoutError):
            return False
        return response.status_code == httpx.codes.OK

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                for transport in self._transports.values():
                    await transport.aclose()
                await send({"type": "lifespan.shutdown.complete"})
                return
            await send({"type": "lifespan.startup.complete"})


async def _stream_back(response: httpx.Response, body: RequestBody, send: Send) -> None:
    """Pass the answer on piece by piece; stop asking the backend as soon as the client has gone."""
    sending = asyncio.create_task(_send_response(response, send))
    leaving = asyncio.create_task(body.client_gone())
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, leaving):
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await response.aclose()
    if not sending.cancelled():
        # A backend that dies in the middle: the answer stays visibly cut short (uvicorn closes the connection).
        with contextlib.suppress(httpx.TransportError):
            sending.result()


async def _send_response(response: httpx.Response, send: Send) -> None:
    headers = end_to_end(response.headers.raw, {b"server", b"date"})
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    stream = response.stream
    if not isinstance(stream, httpx.AsyncByteStream):
        raise TypeError("an asynchronous transport answered with a synchronous stream")
    async for piece in stream:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _declared_bytes(scope: Scope) -> int:
    value = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(value) if value.isdigit() else 0


async def _answer_json(send: Send, status: int, facts: dict[str, Any]) -> None:
    await _answer(send, status, b"application/json", json.dumps(facts).encode(), [])


async def _answer_page(send: Send, status: int, page: str) -> None:
    retry = [(b"retry-after", b"3")] if status != 413 else [(b"connection", b"close")]
    await _answer(send, status, b"text/html; charset=utf-8", page.encode(), retry)


async def _answer(send: Send, status: int, content_type: bytes, body: bytes, headers: Headers) -> None:
    fixed = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": [*fixed, *headers]})
    await send({"type": "http.response.body", "body": body})


def application() -> Gateway:
    """Return the gateway for the sockets of this installation (uvicorn's ``--factory``)."""
    return Gateway(Path(os.environ["HEARTHLINE_SOCKETS"]))
