"""The requests for one upload in this process, in the order they came.

A later one makes an earlier one end, and waits until what that one had is kept; so a sender that comes back at once is
told the true offset. Between processes the draft's own lock does the same (``imaging.intake.drafts``).
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from hearthline.imaging.intake.drafts import TURN_SECONDS


class Turn:
    """One request's place. ``is_superseded``: a later request of the upload's owner waits for its end."""

    def __init__(self, before: "Turn | None") -> None:
        self.is_superseded = False
        self._before = before
        self.over = asyncio.Event()

    async def come(self) -> None:
        """Have the request before end; to be called once it is known that this one comes from the owner."""
        before, self._before = self._before, None
        if before is None:
            return
        before.is_superseded = True
        with suppress(TimeoutError):
            async with asyncio.timeout(TURN_SECONDS):
                await before.over.wait()

    def end(self) -> None:
        """Let the next one go on."""
        self.over.set()


class Turns:
    """Who is in line for each upload."""

    def __init__(self) -> None:
        self._latest: dict[UUID, Turn] = {}

    @contextmanager
    def queue(self, upload_id: UUID) -> Iterator[Turn]:
        """Stand in line for an upload while the block runs."""
        turn = Turn(self._latest.get(upload_id))
        self._latest[upload_id] = turn
        try:
            yield turn
        finally:
            turn.end()
            if self._latest.get(upload_id) is turn:
                del self._latest[upload_id]
