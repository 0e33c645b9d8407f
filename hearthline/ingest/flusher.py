"""Group commit: requests wait in a queue, one thread stores what waits in one transaction, then all are answered.

A body that cannot be stored must not hold up the others: a group that fails is halved until the one that fails is
alone. That one is kept aside (its body with an ingestion of its own and no readings) and answered by itself. A body
that wants all or nothing is a group of its own, so that it can be undone alone; the others pay nothing for that.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
from prometheus_client import Counter, Histogram

from hearthline.ingest.answers import WORDS, Refused
from hearthline.ingest.connections import connect
from hearthline.ingest.limits import (
    FIGURES_SECONDS,
    GROUP_ROWS,
    LINGER_SECONDS,
    QUEUE_ROWS,
    QUEUE_SUBMISSIONS,
    RECONNECT_ATTEMPTS,
    RECONNECT_PAUSE_SECONDS,
    RETRY_SECONDS,
)
from hearthline.ingest.tally import Tally
from hearthline.monitoring.readings.pipeline.normalise import Draft, normalise_all
from hearthline.monitoring.readings.pipeline.types import ROW, Outcome, Submission

Store = Callable[[psycopg.Cursor[Any], list[Submission]], None]
WHOLE = frozenset({Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.NO_VALUE})
FAULT_OF_THE_BODY = (psycopg.DataError, psycopg.IntegrityError, ValueError, OverflowError)
COMMITTED = Counter("hearthline_ingest_values", "Values handed to the store and committed")
GROUPS = Histogram("hearthline_ingest_commit_seconds", "Time to store and commit one group")
ASIDE = Counter("hearthline_ingest_quarantined", "Bodies that could not be stored and were kept aside")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Waiting:
    submission: Submission
    draft: Draft
    done: "asyncio.Future[None]"
    loop: asyncio.AbstractEventLoop
    since: float = field(default_factory=time.monotonic)

    @property
    def size(self) -> int:
        """How many values it brings."""
        return len(self.draft.item)


def busy() -> Refused:
    """Return the answer for when there is more than can be stored now."""
    return Refused(
        503, "busy", "More is arriving than can be stored; send this again.", retry_seconds=RETRY_SECONDS
    )


class Flusher:
    """The queue and the thread of one worker process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: deque[_Waiting] = deque()
        self._rows = 0
        self._wake = threading.Condition()
        self.tally = Tally()
        self._is_ending = False
        self._connection: psycopg.Connection[Any] | None = None
        self._thread = threading.Thread(target=self._run, name="flusher", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Store what waits, and end. Blocks."""
        with self._wake:
            self._is_ending = True
            self._wake.notify()
        self._thread.join()

    async def commit(self, submission: Submission, draft: Draft) -> None:
        """Return when what the draft says is committed; the submission's rows and outcomes are then set.

        Raises:
            Refused: the queue is full, the database is away, or the body cannot be stored.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(submission, draft, loop.create_future(), loop)
        with self._wake:
            is_full = self._rows + waiting.size > QUEUE_ROWS or len(self._queue) >= QUEUE_SUBMISSIONS
            if is_full or self._is_ending:
                raise busy()
            self._queue.append(waiting)
            self._rows += waiting.size
            self._wake.notify()
        await waiting.done

    def _run(self) -> None:
        while True:
            with self._wake:
                if not self._queue and not self._is_ending:
                    self._wake.wait(FIGURES_SECONDS)
                if not self._queue and self._is_ending:
                    break
                linger_seconds = self._linger_seconds()
            if linger_seconds > 0:
                time.sleep(linger_seconds)
            group = self._next_group()
            try:
                self._flush(group)
            except Exception:
                logger.exception("the flusher failed on a group")
                self._answer(group, busy())
            if self.tally.is_due:
                self._say()
        if self._connection:
            self._connection.close()

    def _linger_seconds(self) -> float:
        """How long the first in the queue still waits for company; the time behind another group counts."""
        if not self._queue or self._rows >= GROUP_ROWS or self._is_ending:
            return 0.0
        return self._queue[0].since + LINGER_SECONDS - time.monotonic()

    def _say(self) -> None:
        try:
            self.tally.say(self._connected(), waiting=self._rows)
        except psycopg.Error:
            logger.warning("figures could not be kept; the next time says them")
            self._disconnect_if_broken()

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        rows = 0
        with self._wake:
            while self._queue and (not group or self._fits(group, rows)):
                group.append(self._queue.popleft())
                rows += group[-1].size
            self._rows -= rows
        return group

    def _fits(self, group: list[_Waiting], rows: int) -> bool:
        waiting = self._queue[0]
        is_alone = waiting.draft.is_whole or group[0].draft.is_whole
        return not is_alone and rows + waiting.size <= GROUP_ROWS

    def _flush(self, group: list[_Waiting]) -> None:
        """Store a group; halve it when it fails for another reason than an absent database."""
        if not group:
            return
        try:
            with GROUPS.time():
                self._store_patiently(group)
        except psycopg.OperationalError:
            logger.warning("the database is away")
            self._answer(group, busy())
        except Refused as refused:
            self._answer(group, refused)
        except Exception as fault:
            if len(group) > 1:
                middle = len(group) // 2
                self._flush(group[:middle])
                self._flush(group[middle:])
            else:
                self._put_aside(group[0], fault)
        else:
            stored = sum(waiting.size for waiting in group)
            COMMITTED.inc(stored)
            self.tally.counts.values += stored
            self._answer(group, None)

    def _store_patiently(self, group: list[_Waiting]) -> None:
        """Store and commit; again after a lost connection or a deadlock, which is safe (the key is natural)."""
        for attempt in range(RECONNECT_ATTEMPTS):
            if attempt:
                time.sleep(RECONNECT_PAUSE_SECONDS * attempt)
            try:
                _understand(group)
                self._store_once([waiting.submission for waiting in group], is_whole=group[0].draft.is_whole)
            except psycopg.OperationalError:
                self._disconnect_if_broken()
                if attempt + 1 == RECONNECT_ATTEMPTS:
                    raise
            else:
                return

    def _store_once(self, submissions: list[Submission], *, is_whole: bool = False) -> None:
        connection = self._connected()
        with connection.transaction(), connection.cursor(binary=True) as cursor:
            self._store(cursor, submissions)
            if is_whole:
                _check_whole(submissions[0])

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = connect(autocommit=False)
        return self._connection

    def _disconnect_if_broken(self) -> None:
        if self._connection and (self._connection.broken or self._connection.closed):
            self._connection = None

    def _put_aside(self, waiting: _Waiting, fault: Exception) -> None:
        ASIDE.inc()
        self.tally.counts.aside += 1
        one = waiting.submission
        logger.error(
            "a body could not be stored and was kept aside",
            extra={"credential_id": str(one.credential_id), "fault": type(fault).__name__},
        )
        one.rows = np.zeros(0, ROW)
        one.outcomes = np.full(waiting.draft.items, Outcome.MALFORMED, np.int8)
        try:
            self._store_once([one])
        except Exception as second:
            self._disconnect_if_broken()
            logger.exception("nor could it be kept aside", extra={"fault": type(second).__name__})
        if isinstance(fault, FAULT_OF_THE_BODY):
            sentence = (
                "This body cannot be stored; nothing of it was. Check its values before you send it again."
            )
            self._answer([waiting], Refused(422, "not-storable", sentence))
        else:
            sentence = "We failed to store this body; it was kept aside and somebody will look at it."
            self._answer([waiting], Refused(500, "our-fault", sentence))

    def _answer(self, group: list[_Waiting], refused: Refused | None) -> None:
        for loop in {waiting.loop for waiting in group}:
            mine = [waiting.done for waiting in group if waiting.loop is loop]
            loop.call_soon_threadsafe(_settle, mine, refused)


def _understand(group: list[_Waiting]) -> None:
    """Set the rows and first outcomes of a whole group at once; anew for each attempt to store it."""
    drafts = [waiting.draft for waiting in group]
    received = [waiting.submission.received_us for waiting in group]
    for waiting, (rows, outcomes) in zip(group, normalise_all(drafts, received), strict=True):
        waiting.submission.rows, waiting.submission.outcomes = rows, outcomes


def _check_whole(submission: Submission) -> None:
    """Undo a body that wants all or nothing and of which a part cannot be taken: FHIR's rule for a transaction."""
    for place, outcome in enumerate(submission.outcomes.tolist()):
        if outcome not in WHOLE:
            word, sentence = WORDS[Outcome(outcome)]
            raise Refused(422, word, f"Entry {place + 1} of the transaction: {sentence} Nothing was stored.")


def _settle(futures: list["asyncio.Future[None]"], refused: Refused | None) -> None:
    for future in futures:
        if future.done():  # the client went away
            continue
        if refused:
            future.set_exception(refused)
        else:
            future.set_result(None)
