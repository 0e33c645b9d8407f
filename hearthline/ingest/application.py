"""The edge for machines: raw ASGI, since a framework's work for each request would be most of the work.

A request is read, its sender is known, its door makes values of it, they are committed with those of others, and only
then it is answered.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

from hearthline.ingest import compact
from hearthline.ingest.answers import Answer, Refused, refusal
from hearthline.ingest.credentials import Caller, Credentials
from hearthline.ingest.doors import Body
from hearthline.ingest.flusher import Flusher, Store, busy
from hearthline.ingest.requests import Gone, Message, Quotas, Receive, presented, read_body
from hearthline.monitoring.readings.pipeline.normalise import normalise
from hearthline.monitoring.readings.pipeline.types import Submission

Send = Callable[[Message], Awaitable[None]]
Read = Callable[[bytes], Body]
MICROSECONDS = 1_000_000
COMPACT, FHIR, NIGHTSCOUT = "compact", "fhir", "nightscout"
# Path to the door's name and how it reads a body.
DOORS: dict[str, tuple[str, Read]] = {"/ingest/v1/readings": (COMPACT, compact.read)}
logger = logging.getLogger(__name__)


class Edge:
    """The ASGI application of one worker process."""

    def __init__(self, store: Store) -> None:
        self._flusher = Flusher(store)
        self._credentials = Credentials()
        self._quotas = Quotas()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one connection's event, as ASGI defines it."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            answer = await self._answer(scope, receive)
            if answer:
                await _send(send, answer)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._flusher.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await asyncio.to_thread(self._flusher.stop)
                await asyncio.to_thread(self._credentials.close)
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Message, receive: Receive) -> Answer | None:
        path = scope["path"]
        is_fhir = path.startswith("/ingest/fhir")
        try:
            return await self._handle(path, scope, receive)
        except Refused as refused:
            return refusal(refused, is_fhir=is_fhir)
        except Gone:
            return None
        except psycopg.Error:
            return refusal(busy(), is_fhir=is_fhir)
        except Exception as fault:
            logger.exception("a request failed", extra={"fault": type(fault).__name__})
            sentence = "We failed; nothing of this was stored unless it was said before. Send it again later."
            return refusal(Refused(500, "our-fault", sentence), is_fhir=is_fhir)

    async def _handle(self, path: str, scope: Message, receive: Receive) -> Answer:
        if path not in DOORS:
            raise Refused(404, "no-such-door", "Nothing is taken here; see the documentation for the paths.")
        name, read = DOORS[path]
        if scope["method"] != "POST":
            raise Refused(405, "method", "Send readings with POST.")
        caller = await self._caller(scope, name)
        body = await read_body(scope, receive)
        return await self._take(caller, name, body, read(body))

    async def _caller(self, scope: Message, door: str) -> Caller:
        """Return who sends.

        Raises:
            Refused: nobody known, or not through this door.
        """
        secret = presented(scope)
        is_known, caller = self._credentials.known(secret)
        if not is_known:
            loop = asyncio.get_running_loop()
            caller = await loop.run_in_executor(self._credentials.executor, self._credentials.find, secret)
        if caller is None:
            sentence = "This token is not known, has ended or was withdrawn; ask the clinic for a new one."
            raise Refused(401, "unknown-credential", sentence)
        if door not in caller.doors:
            raise Refused(403, "not-allowed", f"This token does not open the {door} door; ask the clinic.")
        return caller

    async def _take(self, caller: Caller, door: str, raw: bytes, body: Body) -> Answer:
        """Store what a body says and return the door's answer."""
        identifiers = body.identifiers() if caller.is_gateway else set()
        missing = self._credentials.unknown_devices(caller, identifiers)
        if missing:
            loop = asyncio.get_running_loop()
            find = self._credentials.find_devices
            await loop.run_in_executor(self._credentials.executor, find, caller, missing)

        def device_of(identifier: str) -> int:
            if not caller.is_gateway:
                return caller.device
            return caller.devices.get(identifier, (0, 0.0))[0]

        draft = body.draft(device_of)
        self._quotas.charge(caller, max(draft.items, len(draft.item)))
        received_us = time.time_ns() // 1000
        rows, outcomes = normalise(draft, received_us)
        submission = Submission(caller.organization_id, caller.id, door, received_us, raw, rows, outcomes)
        await self._flusher.commit(submission)
        return body.answer(submission)


async def _send(send: Send, answer: Answer) -> None:
    headers: list[tuple[bytes, bytes]] = [
        (b"content-type", answer.content_type),
        (b"content-length", str(len(answer.body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def make_application(store: Store) -> Any:
    """Return the application; ``store`` stores a group of submissions in an open transaction."""
    return Edge(store)
