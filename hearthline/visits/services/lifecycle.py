"""Visits follow appointments: made when one is booked, moved with it, called off with it."""

from typing import Any
from uuid import UUID

from hearthline.foundation import changes
from hearthline.identity.actor import Actor
from hearthline.scheduling.models import Appointment, Mode, WalkInEntry
from hearthline.visits.choices import Modality, ParticipantRole, ParticipantState, SegmentCause, VisitState
from hearthline.visits.models import Join, Participant, Visit
from hearthline.visits.services.admission import abandon_visit
from hearthline.visits.services.interpreters import withdraw_all
from hearthline.visits.services.messages import LIST_TOPIC, tell_about
from hearthline.visits.services.room import close_join, lock_visit

LIVE_MODES = frozenset({Mode.VIDEO, Mode.AUDIO, Mode.PHONE})
MODALITY = {Mode.VIDEO: Modality.VIDEO, Mode.AUDIO: Modality.AUDIO, Mode.PHONE: Modality.PHONE}


def visit_for_appointment(appointment: Appointment) -> Visit | None:
    """Return the visit of an appointment, making it when there is none yet; None for one in person."""
    if appointment.mode not in LIVE_MODES or appointment.patient_id is None:
        return None
    visit, is_new = Visit.objects.get_or_create(
        organization_id=appointment.organization_id,
        appointment=appointment,
        defaults={
            "patient_id": appointment.patient_id,
            "practitioner_id": appointment.practitioner_id,
            "planned_modality": MODALITY[Mode(appointment.mode)],
            "starts_at": appointment.starts_at,
            "ends_at": appointment.ends_at,
            **_get_wishes_in_line(appointment),
        },
    )
    if is_new:
        changes.announce(appointment.organization_id, LIST_TOPIC)
    return visit


def _get_wishes_in_line(appointment: Appointment) -> dict[str, Any]:
    """What somebody said while waiting without a booking: the number to call, and whether to call it."""
    entry = WalkInEntry.objects.filter(appointment=appointment).first()
    if entry is None:
        return {}
    return {"call_back_number": entry.call_back_number or "", "call_wanted_at": entry.call_wanted_at}


def follow_move(appointment: Appointment) -> None:
    """Bring the visit to the appointment's new time and clinician; the former clinician leaves the room."""
    visit = visit_for_appointment(appointment)
    if visit is None or not visit.is_open:
        return
    visit = lock_visit(visit)
    is_reassigned = visit.practitioner_id != appointment.practitioner_id
    former = visit.practitioner.membership_id
    if visit.starts_at != appointment.starts_at:
        withdraw_all(Actor.system(visit.organization_id, "scheduling"), visit)
    visit.practitioner_id = appointment.practitioner_id
    visit.starts_at, visit.ends_at = appointment.starts_at, appointment.ends_at
    visit.save(update_fields=["practitioner", "starts_at", "ends_at"])
    if is_reassigned:
        _show_out(visit, former)
    changes.announce(visit.organization_id, LIST_TOPIC)


def _show_out(visit: Visit, membership_id: UUID) -> None:
    clinicians = Participant.objects.filter(
        visit=visit, role=ParticipantRole.CLINICIAN, user__memberships__pk=membership_id
    )
    for participant in clinicians:
        for join in Join.objects.filter(participant=participant, closed_at__isnull=True):
            close_join(join, SegmentCause.REMOVED, "removed")
        participant.state, participant.is_host = ParticipantState.OUTSIDE, False
        participant.is_pinned = participant.is_aside = False
        participant.save(update_fields=["state", "is_host", "is_pinned", "is_aside"])
        tell_about(participant, visit=visit)


def follow_end_of_appointment(appointment: Appointment, state: VisitState) -> None:
    """Call the visit off with its appointment (cancelled or missed)."""
    visit = Visit.objects.filter(appointment=appointment).first()
    if visit is not None:
        actor = Actor.system(appointment.organization_id, "scheduling")
        withdraw_all(actor, visit)
        abandon_visit(actor=actor, visit=visit, state=state)
