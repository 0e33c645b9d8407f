"""The body of one upload request as it arrives, on a line that may break, stall or only look alive."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from functools import partial
from typing import Any

from starlette.requests import Request

from hearthline.imaging.intake.drafts import RECORD_BYTES, Draft
from hearthline.live.tus import Checksum

LOOK_SECONDS = 0.05  # how often a request writes what came, and looks whether another took over
HELD_BYTES = 1024 * 1024  # not yet written; more than this and the sender has to wait
STALL_SECONDS = 60.0  # without a byte: the sender begins again
SESSION_SECONDS = 5.0  # how often a long request asks whether its sender is still signed in

Runner = Callable[[Callable[[], Any]], Awaitable[Any]]


class End(Enum):
    """How a body ended."""

    COMPLETE = auto()
    CUT = auto()
    STALLED = auto()
    TAKEN_OVER = auto()
    SIGNED_OUT = auto()
    TOO_LONG = auto()
    ALTERED = auto()


class Body:
    """Takes a body into a draft. Whatever the end, what may stay is on disk before it is told.

    Bytes with a checksum count only when all of them came and agree; others stay, however the body ended.
    """

    def __init__(
        self,
        request: Request,
        draft: Draft,
        room: int,
        checksum: Checksum | None,
        *,
        run: Runner,
        is_signed_in: Callable[[], Awaitable[bool]],
    ) -> None:
        self._request = request
        self._draft = draft
        self._room = room
        self._checksum = checksum
        self._hasher: Any = checksum.hasher() if checksum else None
        self._run = run
        self._is_signed_in = is_signed_in
        self._waiting = bytearray()
        self._loop = asyncio.get_running_loop()
        self._asked = self._heard = self._loop.time()
        self._written = asyncio.Event()

    async def take(self) -> End:
        """Take the whole body, or what comes of it.

        Raises:
            DiskFullError: there was no room; what was written before stays.
        """
        mark = self._draft.mark()
        pulling = asyncio.create_task(self._pull())
        try:
            end = await self._watch(pulling)
        finally:
            pulling.cancel()
        await self._flush()
        if end is End.COMPLETE and self._checksum and self._hasher.digest() != self._checksum.digest:
            end = End.ALTERED
        if end in {End.TOO_LONG, End.ALTERED} or (self._checksum and end is not End.COMPLETE):
            await self._run(partial(self._draft.back_to, mark))
        await self._run(self._draft.sync)
        return end

    async def _pull(self) -> End:
        """Take what comes at once: a server drops what it holds for an application when the line breaks."""
        while True:
            message = await self._request.receive()
            if message["type"] == "http.disconnect":
                return End.CUT
            piece = message.get("body", b"")
            self._heard = self._loop.time()
            self._room -= len(piece)
            if self._room < 0:
                return End.TOO_LONG
            self._waiting += piece
            if self._hasher:
                self._hasher.update(piece)
            if not message.get("more_body", False):
                return End.COMPLETE
            while len(self._waiting) >= HELD_BYTES:
                self._written.clear()
                await self._written.wait()

    async def _watch(self, pulling: "asyncio.Task[End]") -> End:
        """Write what came, until it is all or something ends it."""
        while True:
            await asyncio.wait({pulling}, timeout=LOOK_SECONDS)
            if pulling.done():
                return pulling.result()
            if len(self._waiting) >= RECORD_BYTES:
                await self._flush()
            if self._draft.is_taken_over():
                return End.TAKEN_OVER
            if self._loop.time() - self._heard > STALL_SECONDS:
                return End.STALLED
            if not await self._is_still_signed_in():
                return End.SIGNED_OUT

    async def _is_still_signed_in(self) -> bool:
        if self._loop.time() - self._asked < SESSION_SECONDS:
            return True
        self._asked = self._loop.time()
        return await self._is_signed_in()

    async def _flush(self) -> None:
        if self._waiting:
            content, self._waiting = bytes(self._waiting), bytearray()
            await self._run(partial(self._draft.append, content))
            self._written.set()
