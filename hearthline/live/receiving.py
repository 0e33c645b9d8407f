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
HELD_BYTES = 512 * 1024  # not yet written; more than this and the sender has to wait
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

    It begins to take at once, before it is known where the bytes belong: a server drops what it holds for an
    application when the line breaks. Bytes with a checksum count only when all of them came and agree; others stay,
    however the body ended.
    """

    def __init__(self, request: Request, checksum: Checksum | None) -> None:
        self._request = request
        self._checksum = checksum
        self._hasher: Any = checksum.hasher() if checksum else None
        self._waiting = bytearray()
        self._count = 0
        self._loop = asyncio.get_running_loop()
        self._asked = self._heard = self._loop.time()
        self._written = asyncio.Event()
        self._pulling = asyncio.create_task(self._pull())

    def close(self) -> None:
        """Stop taking."""
        self._pulling.cancel()

    async def take(
        self,
        draft: Draft,
        room: int,
        *,
        run: Runner,
        is_signed_in: Callable[[], Awaitable[bool]],
        is_superseded: Callable[[], bool],
    ) -> End:
        """Take the whole body (at most ``room`` bytes), or what comes of it.

        Raises:
            DiskFullError: there was no room; what was written before stays.
        """
        mark = draft.mark()
        end = End.COMPLETE
        while not self._pulling.done():
            await asyncio.wait({self._pulling}, timeout=LOOK_SECONDS)
            if len(self._waiting) >= RECORD_BYTES and self._count <= room:
                await self._flush(draft, run)
            if self._count > room:
                break
            if is_superseded() or draft.is_taken_over():
                end = End.TAKEN_OVER
            elif self._loop.time() - self._heard > STALL_SECONDS:
                end = End.STALLED
            elif not await self._is_still_signed_in(is_signed_in):
                end = End.SIGNED_OUT
            if end is not End.COMPLETE:
                break
        if end is End.COMPLETE and self._pulling.done():
            end = self._pulling.result()
        return await self._settled(draft, mark, End.TOO_LONG if self._count > room else end, run)

    async def _settled(self, draft: Draft, mark: tuple[int, int, int], end: End, run: Runner) -> End:
        """Keep or drop what came, on disk, and return how it ended."""
        if end is End.COMPLETE and self._checksum and self._hasher.digest() != self._checksum.digest:
            end = End.ALTERED
        if end in {End.TOO_LONG, End.ALTERED} or (self._checksum and end is not End.COMPLETE):
            await run(partial(draft.back_to, mark))
        else:
            await self._flush(draft, run)
        await run(draft.sync)
        return end

    async def _pull(self) -> End:
        while True:
            message = await self._request.receive()
            if message["type"] == "http.disconnect":
                return End.CUT
            piece = message.get("body", b"")
            self._heard = self._loop.time()
            self._count += len(piece)
            self._waiting += piece
            if self._hasher:
                self._hasher.update(piece)
            if not message.get("more_body", False):
                return End.COMPLETE
            while len(self._waiting) >= HELD_BYTES:
                self._written.clear()
                await self._written.wait()

    async def _is_still_signed_in(self, is_signed_in: Callable[[], Awaitable[bool]]) -> bool:
        if self._loop.time() - self._asked < SESSION_SECONDS:
            return True
        self._asked = self._loop.time()
        return await is_signed_in()

    async def _flush(self, draft: Draft, run: Runner) -> None:
        if self._waiting:
            content, self._waiting = bytes(self._waiting), bytearray()
            await run(partial(draft.append, content))
            self._written.set()
