"""Facts about things that are lent: identifiers and times only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class PlacementEnded(Event):
    """A thing is no longer with whoever it was lent to."""

    reference: UUID
    ended_at: datetime
