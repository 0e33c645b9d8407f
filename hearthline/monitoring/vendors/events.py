"""Facts about accounts at vendors: identifiers and times only."""

from dataclasses import dataclass
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class VendorOutageNoticed(Event):
    """A vendor's cloud does not answer: one incident."""

    outage_id: UUID


@dataclass(frozen=True, kw_only=True)
class VendorOutageEnded(Event):
    """A vendor's cloud answers again."""

    outage_id: UUID
