"""The visits behind the demo's appointments: held ones with their stretches of time, coming ones, people waiting."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hearthline.charting.models import Encounter
from hearthline.demo.clinic import Clinic
from hearthline.demo.population import SEED
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
VOICE_SHARE, TELEPHONE_SHARE = 0.07, 0.04  # of video visits whose line did not carry the picture to the end
PICTURE_SHARE = 0.4  # of such a visit


@dataclass(frozen=True)
class Stretch:
    """A part of a visit in one way."""

    modality: Modality
    cause: str
    starts_at: datetime
    ends_at: datetime
    start_cause: SegmentCause = SegmentCause.ADMITTED
    end_cause: SegmentCause = SegmentCause.ENDED


def _stretches(visit: Visit, key: str, starts_at: datetime, ends_at: datetime) -> list[Stretch]:
    """Return how the patient took part: mostly as was meant, now and then by voice or telephone from the middle on."""
    modality = Modality(visit.planned_modality)
    if modality != Modality.VIDEO:
        return [Stretch(modality, SegmentCause.AGREED, starts_at, ends_at)]
    luck = random.Random(f"{SEED} line {key}").random()
    if luck >= VOICE_SHARE + TELEPHONE_SHARE:
        return [Stretch(modality, "", starts_at, ends_at)]
    then, cause = (
        (Modality.AUDIO, SegmentCause.LINK) if luck < VOICE_SHARE else (Modality.PHONE, SegmentCause.CALLED)
    )
    sunk_at = starts_at + (ends_at - starts_at) * PICTURE_SHARE
    return [
        Stretch(modality, "", starts_at, sunk_at, end_cause=cause),
        Stretch(then, cause, sunk_at, ends_at, start_cause=cause),
    ]


def hold_visit(
    appointment: Appointment, encounter: Encounter, started_at: datetime, ended_at: datetime
) -> None:
    """Make the visit that an appointment of the past became."""
    visit = visit_for_appointment(appointment)
    if visit is None or not visit.is_open:
        return
    visit.encounter, visit.state = encounter, VisitState.ENDED
    visit.jurisdiction, visit.place, visit.is_alone = appointment.location_jurisdiction, "At home", True
    visit.located_at = started_at - timedelta(minutes=4)
    visit.identity_checked_at = visit.arrived_at = started_at - timedelta(minutes=3)
    visit.started_at, visit.ended_at, visit.end_reason = started_at, ended_at, EndReason.COMPLETED
    visit.save()
    theirs = _stretches(visit, appointment.idempotency_key, started_at, ended_at)
    people = (
        (ParticipantRole.PATIENT, appointment.patient.full_name, theirs),
        (
            ParticipantRole.CLINICIAN,
            appointment.practitioner.full_name,
            [replace(theirs[0], ends_at=ended_at, end_cause=SegmentCause.ENDED)],
        ),
    )
    for role, name, stretches in people:
        _take_part(visit, role, name, stretches)


def _take_part(visit: Visit, role: ParticipantRole, name: str, stretches: list[Stretch]) -> None:
    last = stretches[-1]
    participant = Participant.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        role=role,
        name=name,
        state=ParticipantState.ADMITTED,
        modality=last.modality,
        modality_cause=last.cause,
        admitted_at=visit.started_at,
    )
    for one in stretches:
        Segment.objects.create(
            organization_id=visit.organization_id,
            visit=visit,
            participant=participant,
            modality=one.modality,
            modality_cause=one.cause,
            started_at=one.starts_at,
            start_cause=one.start_cause,
            ended_at=one.ends_at,
            end_cause=one.end_cause,
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
