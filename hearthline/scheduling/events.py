"""What happened to appointments: identifiers and times only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class AppointmentBooked(Event):
    """A patient has an appointment (a hold became a booking, staff booked, or a walk-in was called)."""

    appointment_id: UUID
    patient_id: UUID
    practitioner_id: UUID
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class AppointmentMoved(Event):
    """The appointment has another time or another practitioner; its id stays."""

    appointment_id: UUID
    patient_id: UUID
    practitioner_id: UUID
    starts_at: datetime
    moved_from_at: datetime
    moved_from_practitioner_id: UUID


@dataclass(frozen=True, kw_only=True)
class AppointmentToTelephone(Event):
    """The appointment is held by telephone instead, at the same time."""

    appointment_id: UUID
    patient_id: UUID
    practitioner_id: UUID
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class AppointmentCancelled(Event):
    """The appointment will not take place."""

    appointment_id: UUID
    patient_id: UUID
    practitioner_id: UUID
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class AppointmentMissed(Event):
    """The patient did not come; a reason code stands on the appointment."""

    appointment_id: UUID
    patient_id: UUID
    practitioner_id: UUID
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class PatientArrived(Event):
    """The patient is there, at the clinic or in the waiting room."""

    appointment_id: UUID
    patient_id: UUID
    practitioner_id: UUID
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class AppointmentConfirmed(Event):
    """The patient said that they will come."""

    appointment_id: UUID
    patient_id: UUID
    practitioner_id: UUID
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class LineMoved(Event):
    """Somebody joined, left or was called: those behind may be next."""

    service_id: UUID
    site_id: UUID


@dataclass(frozen=True, kw_only=True)
class WalkInCalled(Event):
    """A clinician called somebody from the line."""

    entry_id: UUID
