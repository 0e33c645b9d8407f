"""The visits behind the demo's appointments: held ones with their stretches of time, coming ones, people waiting."""

from datetime import datetime, timedelta

from hearthline.charting.models import Encounter
from hearthline.demo.clinic import Clinic
from hearthline.scheduling.models import Appointment
from hearthline.visits.choices import (
    EndReason,
    Modality,
    ParticipantRole,
    ParticipantState,
    SegmentCause,
    VisitState,
)
from hearthline.visits.models import Participant, QueueEvent, Segment, Visit
from hearthline.visits.services.lifecycle import LIVE_MODES, visit_for_appointment

WAITING_MINUTES = (4, 11)  # two people of today's list have been waiting so long
AHEAD_DAYS = 14


def hold_visit(
    appointment: Appointment, encounter: Encounter, started_at: datetime, ended_at: datetime
) -> None:
    """Make the visit that an appointment of the past became."""
    visit = visit_for_appointment(appointment)
    if visit is None or not visit.is_open:
        return
    modality = visit.planned_modality
    cause = "" if modality == Modality.VIDEO else SegmentCause.AGREED
    visit.encounter, visit.state = encounter, VisitState.ENDED
    visit.jurisdiction, visit.place, visit.is_alone = appointment.location_jurisdiction, "At home", True
    visit.located_at = started_at - timedelta(minutes=4)
    visit.identity_checked_at = visit.arrived_at = started_at - timedelta(minutes=3)
    visit.started_at, visit.ended_at, visit.end_reason = started_at, ended_at, EndReason.COMPLETED
    visit.save()
    people = (
        (ParticipantRole.PATIENT, appointment.patient.full_name),
        (ParticipantRole.CLINICIAN, appointment.practitioner.full_name),
    )
    for role, name in people:
        participant = Participant.objects.create(
            organization_id=visit.organization_id,
            visit=visit,
            role=role,
            name=name,
            state=ParticipantState.ADMITTED,
            modality=modality,
            modality_cause=cause,
            admitted_at=started_at,
        )
        Segment.objects.create(
            organization_id=visit.organization_id,
            visit=visit,
            participant=participant,
            modality=modality,
            modality_cause=cause,
            started_at=started_at,
            start_cause=SegmentCause.ADMITTED,
            ended_at=ended_at,
            end_cause=SegmentCause.ENDED,
        )


def open_rooms(clinic: Clinic, now: datetime) -> None:
    """Make the visits of coming appointments, and let two people of today wait to be called back."""
    coming = Appointment.objects.filter(
        visit__isnull=True,
        status="booked",
        mode__in=LIVE_MODES,
        ends_at__gt=now,
        starts_at__lt=now + timedelta(AHEAD_DAYS),
    )
    for appointment in coming.select_related("patient", "practitioner"):
        visit_for_appointment(appointment)
    if Visit.objects.filter(state=VisitState.WAITING).exists():
        return
    soon = Visit.objects.filter(
        practitioner=clinic.practitioners["amara"],
        state=VisitState.PLANNED,
        starts_at__gt=now - timedelta(minutes=10),
    )
    without_account = soon.filter(patient__accounts__isnull=True).order_by("starts_at")
    for visit, minutes in zip(without_account, WAITING_MINUTES, strict=False):
        visit.state, visit.arrived_at = VisitState.WAITING, now - timedelta(minutes=minutes)
        visit.call_wanted_at = now - timedelta(minutes=2)
        visit.jurisdiction, visit.place, visit.located_at = "US-TX", "At home", visit.arrived_at
        visit.call_back_number, visit.identity_checked_at = visit.patient.telephone, visit.arrived_at
        visit.save()
        QueueEvent.objects.create(
            organization_id=visit.organization_id,
            visit=visit,
            kind="left_to_be_called",
            at=visit.call_wanted_at,
        )
