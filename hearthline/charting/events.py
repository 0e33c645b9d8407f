"""Facts about the chart that packages above react to."""

from dataclasses import dataclass
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class NoteSigned(Event):
    """A note was signed."""

    note_id: UUID
    encounter_id: UUID
    patient_id: UUID


@dataclass(frozen=True, kw_only=True)
class SummaryReleased(Event):
    """The patient may read the summary of an encounter."""

    summary_id: UUID
    encounter_id: UUID
    patient_id: UUID
