"""The process's one LISTEN connection: wakes the streams that wait for a join, a session or a list."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from hearthline.foundation import changes
from hearthline.identity.sessions import REVOKED_CHANNEL
from hearthline.visits.services.messages import CHANNEL

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0
CHANNELS = (CHANNEL, changes.CHANNEL, REVOKED_CHANNEL)
EVERY_TOPIC = "*"
logger = logging.getLogger(__name__)


class Hub:
    """Who waits for what in this process."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._listener: asyncio.Task[None] | None = None
        self.is_listening = asyncio.Event()

    def start(self) -> None:
        """Begin to listen."""
        self._listener = asyncio.create_task(self._listen_forever())

    async def stop(self) -> None:
        """End listening and everything that was to be done later."""
        tasks = [*self._tasks, *([self._listener] if self._listener else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @contextmanager
    def waiting(self, *names: str) -> Iterator[asyncio.Event]:
        """Return an event that is set whenever one of the names is notified, and once at the start."""
        event = asyncio.Event()
        event.set()
        for name in names:
            self._waiting.setdefault(name, set()).add(event)
        try:
            yield event
        finally:
            for name in names:
                self._waiting[name].discard(event)
                if not self._waiting[name]:
                    del self._waiting[name]

    def wake(self, name: str) -> None:
        """Wake whoever waits for a name."""
        for event in self._waiting.get(name, ()):
            event.set()

    def later(self, work: Any) -> None:
        """Run a coroutine beside the streams; it ends with the process."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen_forever(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    **changes.session_parameters(), autocommit=True
                ) as listening:
                    for channel in CHANNELS:
                        await listening.execute(f'LISTEN "{channel}"')
                    pause = FIRST_PAUSE_SECONDS
                    self.is_listening.set()
                    self._wake_all()  # whatever was notified while nobody listened
                    async for notification in listening.notifies():
                        self.wake(notification.payload)
                        self.wake(f"{notification.payload.partition(':')[0]}:{EVERY_TOPIC}")
            except (psycopg.Error, OSError):
                logger.warning("the LISTEN connection was lost; trying again")
            self.is_listening.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event at most so long; return whether it came."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
        return True
    return False
