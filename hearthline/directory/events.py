"""What the directory tells the packages above."""

from dataclasses import dataclass
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class PatientRegistered(Event):
    """A patient's record was made, by staff or by the patient."""

    patient_id: UUID


@dataclass(frozen=True, kw_only=True)
class PatientsMerged(Event):
    """One record was found to be another: rows of the duplicate now hang on the survivor."""

    survivor_id: UUID
    duplicate_id: UUID


@dataclass(frozen=True, kw_only=True)
class ConsentWithdrawn(Event):
    """A patient, or who decides for them, took an agreement back."""

    patient_id: UUID
    consent_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class CaregiverEnded(Event):
    """A caregiver may no longer act for a patient: calls and streams of theirs close."""

    patient_id: UUID
    user_id: UUID
