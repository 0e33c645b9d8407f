"""What the clinician decides: who comes in, who goes back, and when the visit is over."""

from hearthline.audit import services as audit
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.scheduling.rules.states import Status
from hearthline.scheduling.services.appointments import fulfil_appointment
from hearthline.visits import rules
from hearthline.visits.choices import (
    EndReason,
    ParticipantRole,
    ParticipantState,
    QueueKind,
    SegmentCause,
    VisitState,
)
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.events import VisitEnded, VisitStarted
from hearthline.visits.models import Join, Participant, SignalMessage, TypedLine, Visit
from hearthline.visits.services import group, record, seats
from hearthline.visits.services.boards import end_boards
from hearthline.visits.services.host import lead
from hearthline.visits.services.messages import open_joins, send_event, tell_about
from hearthline.visits.services.room import (
    begin_segment,
    close_join,
    end_segment,
    is_whose_visit,
    lock_visit,
    note_queue,
)


def admit(*, actor: Actor, visit: Visit, participant: Participant, is_agreed: bool = False) -> bool:
    """Let somebody in who waits. Admitting twice does nothing: one admission, one segment, one audit row.

    ``is_agreed``: the patient, who is here, has said that this observer may watch.

    Raises:
        VisitRefusedError: the visit is over, full, or led by another; or the person does not wait or is not agreed to.
    """
    lead(actor, lock_visit(visit))
    return let_in(actor=actor, visit=visit, participant=participant, is_agreed=is_agreed)


def let_in(*, actor: Actor, visit: Visit, participant: Participant, is_agreed: bool = False) -> bool:
    """As ``admit``, for what a clinician decided before: the one who was rung up at their press has answered.

    Raises:
        VisitRefusedError: the visit is over or full; or the person does not wait or is not agreed to.
    """
    visit = lock_visit(visit)
    if not visit.is_open:
        raise VisitRefusedError("closed")
    participant = Participant.objects.select_for_update().get(pk=participant.pk, visit=visit)
    if participant.state == ParticipantState.ADMITTED:
        return False
    if participant.state != ParticipantState.WAITING:
        raise VisitRefusedError("not_here")
    _note_agreement(actor, visit, participant, is_agreed=is_agreed)
    if not group.has_place(visit, participant):
        raise VisitRefusedError("full")
    participant.state, participant.admitted_at = ParticipantState.ADMITTED, clock.now()
    participant.admitted_by_user_id, participant.waiting_since = actor.user_id, None
    participant.save(update_fields=["state", "admitted_at", "admitted_by_user_id", "waiting_since"])
    if participant.role in record.PATIENT_SIDE:
        note_queue(visit, QueueKind.ADMITTED, actor)
        _start(actor, visit)
    record.record_admission(actor, visit, participant)
    begin_segment(participant, SegmentCause.ADMITTED)
    join = Join.objects.filter(participant=participant, closed_at__isnull=True).first()
    if join is not None:
        send_event(join, "admitted")
    tell_about(participant, visit=visit)
    audit.record(actor, "visit.admitted", visit, patient_id=visit.patient_id)
    return True


def _note_agreement(actor: Actor, visit: Visit, participant: Participant, *, is_agreed: bool) -> None:
    if participant.role != ParticipantRole.OBSERVER or participant.agreed_at is not None:
        return
    if not is_agreed or visit.state != VisitState.IN_PROGRESS:
        raise VisitRefusedError("agreement")
    participant.agreed_at = clock.now()
    participant.save(update_fields=["agreed_at"])
    record.record_agreement(actor, visit, participant)
    audit.record(actor, "visit.observer_agreed", visit, patient_id=visit.patient_id)


def _start(actor: Actor, visit: Visit) -> None:
    """Begin the visit with the first admission of the patient's side."""
    if visit.state == VisitState.IN_PROGRESS:
        return
    visit.state, visit.started_at = VisitState.IN_PROGRESS, visit.started_at or clock.now()
    visit.save(update_fields=["state", "started_at"])
    record.begin_encounter(actor, visit)
    audit.record(actor, "visit.started", visit, patient_id=visit.patient_id)
    publish(
        VisitStarted(
            organization_id=visit.organization_id,
            visit_id=visit.pk,
            patient_id=visit.patient_id,
            practitioner_id=visit.practitioner_id,
            started_at=visit.started_at,
        )
    )


def put_back(*, actor: Actor, visit: Visit, participant: Participant) -> None:
    """Put somebody back into the waiting room; they neither hear nor see the others from now on."""
    visit = lock_visit(visit)
    lead(actor, visit)
    participant = Participant.objects.select_for_update().get(pk=participant.pk, visit=visit)
    if participant.state != ParticipantState.ADMITTED or participant.role == ParticipantRole.CLINICIAN:
        raise VisitRefusedError("not_here")
    participant.state, participant.waiting_since = ParticipantState.WAITING, clock.now()
    participant.save(update_fields=["state", "waiting_since"])
    end_segment(participant, SegmentCause.PUT_BACK)
    if participant.role in record.PATIENT_SIDE:
        note_queue(visit, QueueKind.PUT_BACK, actor)
    join = Join.objects.filter(participant=participant, closed_at__isnull=True).first()
    if join is not None:
        seats.unseat(join)
        send_event(join, "waiting")
    tell_about(participant, visit=visit)
    audit.record(actor, "visit.put_back", visit, patient_id=visit.patient_id)


def remove(*, actor: Actor, visit: Visit, participant: Participant) -> None:
    """Take somebody out: they may not come back unless they are asked again.

    Neither the patient nor whose visit it is can be removed; the patient can be put back.
    """
    visit = lock_visit(visit)
    lead(actor, visit)
    participant = Participant.objects.select_for_update().get(pk=participant.pk, visit=visit)
    if (
        participant.role == ParticipantRole.PATIENT
        or participant.is_host
        or is_whose_visit(participant, visit)
    ):
        raise VisitRefusedError("not_allowed")
    participant.state = ParticipantState.REMOVED
    participant.is_pinned = participant.is_aside = False
    participant.save(update_fields=["state", "is_pinned", "is_aside"])
    join = (
        Join.objects.filter(participant=participant, closed_at__isnull=True)
        .select_related("participant")
        .first()
    )
    if join is not None:
        close_join(join, SegmentCause.REMOVED, "removed")
    end_segment(participant, SegmentCause.REMOVED)
    tell_about(participant, visit=visit)
    audit.record(actor, "visit.removed", visit, patient_id=visit.patient_id)


def ask_again(*, actor: Actor, visit: Visit, participant: Participant) -> None:
    """Let somebody who was taken out come back, by the way they had; they wait at the door like everybody."""
    visit = lock_visit(visit)
    lead(actor, visit)
    participant = Participant.objects.select_for_update().get(pk=participant.pk, visit=visit)
    if participant.state != ParticipantState.REMOVED:
        raise VisitRefusedError("not_here")
    participant.state, participant.waiting_since, participant.admitted_at = (
        ParticipantState.OUTSIDE,
        None,
        None,
    )
    participant.save(update_fields=["state", "waiting_since", "admitted_at"])
    tell_about(participant, visit=visit)
    audit.record(actor, "visit.asked_again", visit, patient_id=visit.patient_id)


def set_lock(*, actor: Actor, visit: Visit, is_locked: bool) -> None:
    """Close the room to newcomers, or open it again. Whoever was in may come back after a broken line."""
    visit = lock_visit(visit)
    lead(actor, visit)
    visit.is_locked = is_locked
    visit.save(update_fields=["is_locked"])
    audit.record(actor, "visit.locked" if is_locked else "visit.unlocked", visit, patient_id=visit.patient_id)


def end_visit(*, actor: Actor, visit: Visit, reason: EndReason) -> None:
    """End the visit for everybody; what the browsers told each other is removed.

    Raises:
        VisitRefusedError: the visit is not in progress, or not the actor's.
    """
    visit = lock_visit(visit)
    lead(actor, visit)
    if visit.state == VisitState.ENDED:
        return
    if visit.state != VisitState.IN_PROGRESS:
        raise VisitRefusedError("not_here")
    visit.state, visit.ended_at, visit.end_reason = VisitState.ENDED, clock.now(), reason
    visit.ended_by_user_id = actor.user_id
    visit.save(update_fields=["state", "ended_at", "end_reason", "ended_by_user_id"])
    close_everything(visit, SegmentCause.ENDED)
    record.finish_encounter(actor, visit)
    if visit.appointment is not None and visit.appointment.status in {Status.BOOKED, Status.ARRIVED}:
        fulfil_appointment(actor, appointment=visit.appointment)
    audit.record(actor, "visit.ended", visit, patient_id=visit.patient_id)
    publish(
        VisitEnded(
            organization_id=visit.organization_id,
            visit_id=visit.pk,
            patient_id=visit.patient_id,
            practitioner_id=visit.practitioner_id,
            ended_at=visit.ended_at,
        )
    )


def close_everything(visit: Visit, cause: SegmentCause) -> None:
    """Close all joins and stretches of a visit and remove the descriptions, which hold addresses."""
    for join in open_joins(visit):
        close_join(join, cause, "ended")
    for participant in Participant.objects.filter(visit=visit):
        end_segment(participant, cause)
    Participant.objects.filter(visit=visit, state=ParticipantState.WAITING).update(
        state=ParticipantState.OUTSIDE
    )
    seats.unseat_all(visit)
    TypedLine.objects.filter(visit=visit).delete()
    end_boards(visit)
    SignalMessage.objects.filter(join__visit=visit, name__in=("signal", "typed", "mark")).delete()


def abandon_visit(*, actor: Actor, visit: Visit, state: VisitState = VisitState.ABANDONED) -> None:
    """Note that a visit does not take place (missed or cancelled); whoever waits is told."""
    visit = lock_visit(visit)
    if not rules.may_follow(VisitState(visit.state), state):
        return
    visit.state = state
    visit.save(update_fields=["state"])
    close_everything(visit, SegmentCause.ENDED)
    audit.record(actor, f"visit.{state.value}", visit, patient_id=visit.patient_id)
