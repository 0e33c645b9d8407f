"""The edge for machines: raw ASGI, since a framework's work for each request would be most of the work.

A request is read, its sender is known, its door makes values of it, they are committed with those of others, and only
then it is answered.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import psycopg

from hearthline.ingest import compact, fhir, nightscout, nightscout_v3, vendors
from hearthline.ingest.answers import Answer, Refused, refusal
from hearthline.ingest.credentials import Caller
from hearthline.ingest.doorkeeper import Doorkeeper
from hearthline.ingest.doors import Body
from hearthline.ingest.flusher import Flusher, Store, busy
from hearthline.ingest.questions import FIRST, SECOND, THIRD, answer_question
from hearthline.ingest.requests import Gone, Message, Quotas, Receive, read_body, unpacked
from hearthline.monitoring.readings.credentials import COMPACT, FHIR, NIGHTSCOUT
from hearthline.monitoring.readings.pipeline.types import ROW, Submission

Send = Callable[[Message], Awaitable[None]]
Read = Callable[[bytes], Body]
# Path to the door's name and how it reads a body.
DOORS: dict[str, tuple[str, Read]] = {
    "/ingest/v1/readings": (COMPACT, compact.read),
    "/ingest/fhir": (FHIR, fhir.read_bundle),
    "/ingest/fhir/Observation": (FHIR, fhir.read_observation),
    "/api/v1/entries": (NIGHTSCOUT, nightscout.read_entries),
    "/api/v1/entries/sgv": (NIGHTSCOUT, nightscout.read_entries),
    "/api/v1/treatments": (NIGHTSCOUT, nightscout.read_kept),
    "/api/v1/devicestatus": (NIGHTSCOUT, nightscout.read_kept),
    "/api/v3/entries": (NIGHTSCOUT, nightscout_v3.read_entry),
    **{f"/api/v3/{name}": (NIGHTSCOUT, nightscout_v3.read_other) for name in nightscout_v3.KEPT},
}
METHODS = {COMPACT: ("POST",), FHIR: ("POST",), NIGHTSCOUT: ("POST", "PUT")}
NOTHING, NOT_YET = np.zeros(0, ROW), np.zeros(0, np.int8)  # both are made for a whole group
logger = logging.getLogger(__name__)


class Edge:
    """The ASGI application of one worker process."""

    def __init__(self, store: Store) -> None:
        self._flusher = Flusher(store)
        self._doorkeeper = Doorkeeper()
        self._quotas = Quotas()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one connection's event, as ASGI defines it."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            answer = await self._answer(scope, receive)
            if answer:
                await _send(send, answer)

    def start(self) -> None:
        """Begin to store."""
        self._flusher.start()

    async def stop(self) -> None:
        """Store what waits, answer it, and end."""
        await asyncio.to_thread(self._flusher.stop)
        await self._doorkeeper.close()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Message, receive: Receive) -> Answer | None:
        path = scope["path"]
        try:
            return await self._handle(path, scope, receive)
        except Refused as fault:
            refused = fault
        except Gone:
            return None
        except psycopg.Error:
            refused = busy()
        except Exception as fault:
            logger.exception("a request failed", extra={"fault": type(fault).__name__})
            sentence = "We failed; nothing of this was stored unless it was said before. Send it again later."
            refused = Refused(500, "our-fault", sentence)
        self._flusher.tally.refuse(refused.status)
        return refusal(refused, is_fhir=path.startswith("/ingest/fhir"))

    async def _handle(self, path: str, scope: Message, receive: Receive) -> Answer:
        if path.startswith(vendors.PATH):
            return await vendors.answer_vendor(self._doorkeeper, path, scope, receive)
        path = path.rstrip("/").removesuffix(".json")
        if scope["method"] == "GET" and path.startswith((FIRST, SECOND, THIRD)):
            return await answer_question(self._doorkeeper, path, scope)
        if scope["method"] == "PUT" and path.startswith(
            THIRD
        ):  # …/{identifier}: it stands in the document too
            path = path.rpartition("/")[0]
        if path not in DOORS:
            raise Refused(404, "no-such-door", "Nothing is taken here; see the documentation for the paths.")
        name, read = DOORS[path]
        if scope["method"] not in METHODS[name]:
            raise Refused(405, "method", f"Send readings with {' or '.join(METHODS[name])}.")
        caller = await self._doorkeeper.admit(scope, name)
        sent = await read_body(scope, receive)
        await self._doorkeeper.check_signature(caller, scope, sent)
        body = unpacked(scope, sent)
        return await self._take(caller, name, body, read(body))

    async def _take(self, caller: Caller, door: str, raw: bytes, body: Body) -> Answer:
        """Store what a body says and return the door's answer."""
        if caller.is_gateway:
            await self._doorkeeper.learn_devices(caller, body.identifiers())
        draft = body.draft(caller.device_of)
        self._quotas.charge(caller, max(draft.items, len(draft.item)))
        received_us = time.time_ns() // 1000
        submission = Submission(caller.organization_id, caller.id, door, received_us, raw, NOTHING, NOT_YET)
        await self._flusher.commit(submission, draft)
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
