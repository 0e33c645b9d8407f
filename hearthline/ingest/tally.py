"""What one worker of the edge did, kept in the database as figures now and then; saying so is its sign of life."""

import logging
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg

from hearthline.foundation import figures
from hearthline.ingest.limits import FIGURES_SECONDS

logger = logging.getLogger(__name__)


@dataclass
class Counts:
    """So many values were committed, requests refused or turned away, bodies kept aside."""

    values: int = 0
    refused: int = 0
    busy: int = 0
    aside: int = 0


@dataclass
class Tally:
    """Counts since the start, of which a part was said. The loop counts refusals, the flusher the rest."""

    counts: Counts = field(default_factory=Counts)
    _said: Counts = field(default_factory=Counts)
    _next_at: float = field(default_factory=lambda: time.monotonic() + FIGURES_SECONDS)

    def refuse(self, status: int) -> None:
        """Count a request that was not taken."""
        if status >= 500:
            self.counts.busy += 1
        else:
            self.counts.refused += 1

    @property
    def is_due(self) -> bool:
        """Whether it is time to say what was done."""
        return time.monotonic() >= self._next_at

    def say(self, connection: psycopg.Connection[Any], *, waiting: int) -> None:
        """Keep what was done since the last time, and how many values wait now.

        Raises:
            psycopg.Error: the database does not take it; the next time says it all.
        """
        self._next_at = time.monotonic() + FIGURES_SECONDS
        now = Counts(**asdict(self.counts))
        added = {
            figures.INGEST_VALUES: now.values - self._said.values,
            figures.INGEST_REFUSED: now.refused - self._said.refused,
            figures.INGEST_BUSY: now.busy - self._said.busy,
            figures.INGEST_ASIDE: now.aside - self._said.aside,
            figures.INGEST_WAITING: waiting,
        }
        with connection.transaction():
            connection.execute(figures.INSERT, [list(added), [float(value) for value in added.values()]])
        self._said = now
