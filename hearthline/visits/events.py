"""Facts about visits: identifiers and times only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class VisitStarted(Event):
    """The patient was admitted for the first time."""

    visit_id: UUID
    patient_id: UUID
    practitioner_id: UUID
    started_at: datetime


@dataclass(frozen=True, kw_only=True)
class VisitEnded(Event):
    """The clinician ended the visit."""

    visit_id: UUID
    patient_id: UUID
    practitioner_id: UUID
    ended_at: datetime


@dataclass(frozen=True, kw_only=True)
class VisitChangedModality(Event):
    """A participant went from picture to voice, or back."""

    visit_id: UUID
    participant_id: UUID
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class PatientWantsCall(Event):
    """The patient left the waiting room and asked to be called back."""

    visit_id: UUID
    patient_id: UUID
    wanted_at: datetime


@dataclass(frozen=True, kw_only=True)
class PatientLostAtRisk(Event):
    """The line to a patient who may be at risk was lost."""

    visit_id: UUID
    patient_id: UUID
    lost_at: datetime


@dataclass(frozen=True, kw_only=True)
class TechnologyFailed(Event):
    """Somebody said that the technology of a visit failed them; which faults are codes, and nobody is named."""

    visit_id: UUID
    rating_id: UUID
    rated_at: datetime
