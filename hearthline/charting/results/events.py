"""Facts about results that packages above react to."""

from dataclasses import dataclass
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class ResultFiled(Event):
    """A report came, or a newer version of it leads now."""

    report_id: UUID
    patient_id: UUID


@dataclass(frozen=True, kw_only=True)
class CriticalResultFiled(Event):
    """The laboratory called a value critical; ``step`` of the ladder is reached and nobody has acknowledged it yet."""

    critical_id: UUID
    report_id: UUID
    patient_id: UUID
    step: int


@dataclass(frozen=True, kw_only=True)
class ResultHandedOver(Event):
    """Somebody else is responsible for a report now."""

    report_id: UUID
    practitioner_id: UUID


@dataclass(frozen=True, kw_only=True)
class MessageWaits(Event):
    """A message could not be filed and waits for a person."""

    message_id: UUID
