"""Facts about alerts: identifiers and times only."""

from dataclasses import dataclass
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class AlertRaised(Event):
    """A rule became active for a person, and is not held back."""

    alert_id: UUID
    case_id: UUID
    patient_id: UUID


@dataclass(frozen=True, kw_only=True)
class RepeatAsked(Event):
    """A value is to be confirmed: the patient was asked to measure again."""

    patient_id: UUID
    rule_id: UUID


@dataclass(frozen=True, kw_only=True)
class CaseBreached(Event):
    """Nobody took a case before the end of its ladder."""

    case_id: UUID
    patient_id: UUID


@dataclass(frozen=True, kw_only=True)
class CaseClosed(Event):
    """A person closed a case."""

    case_id: UUID
    patient_id: UUID


@dataclass(frozen=True, kw_only=True)
class DeviceSilent(Event):
    """A device works and says nothing of its person: for the service desk, by its placement only."""

    spell_id: UUID
    placement_reference: UUID
    cause: str


@dataclass(frozen=True, kw_only=True)
class DeviceHeard(Event):
    """A silence that the service desk was told of is over."""

    spell_id: UUID


@dataclass(frozen=True, kw_only=True)
class OutageNoticed(Event):
    """Many fell silent at once: one incident."""

    incident_id: UUID


@dataclass(frozen=True, kw_only=True)
class OutageEnded(Event):
    """Those who fell silent at once are heard again."""

    incident_id: UUID
