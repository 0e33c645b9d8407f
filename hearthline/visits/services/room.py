"""Coming, being there, and going: joins, presence and segments."""

import secrets
from datetime import timedelta
from typing import Any

from django.db.models import Max

from hearthline.audit import services as audit
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.scheduling.rules.states import Status
from hearthline.scheduling.services.appointments import mark_arrived
from hearthline.visits import rules
from hearthline.visits.choices import (
    ParticipantRole,
    ParticipantState,
    QueueKind,
    SegmentCause,
    VisitState,
)
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Join, Participant, QueueEvent, Segment, Visit
from hearthline.visits.services import group, safety, seats
from hearthline.visits.services.host import host_of, is_here, lead_on_coming
from hearthline.visits.services.messages import (
    describe_visit,
    get_reachable,
    open_joins,
    send_event,
    tell_about,
)
from hearthline.visits.services.ready import fetch_patient

NONCE_BYTES = 32
SWEEP_AFTER = timedelta(seconds=45)  # three missed heartbeats: the live process itself died


def lock_visit(visit: Visit) -> Visit:
    """Return the visit's row, locked: whoever comes, goes, admits or ends waits here for the others."""
    return (
        Visit.objects.select_for_update(of=("self",))
        .select_related("patient", "practitioner__membership")
        .get(pk=visit.pk)
    )


def join_room(*, actor: Actor, visit: Visit, participant: Participant, tab: str = "") -> Join:
    """Open a join for this tab. An older one of the same person is closed and told so.

    Raises:
        VisitRefusedError: the visit is over, the person was removed, or the room is locked or full.
    """
    visit = lock_visit(visit)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    _require_room(visit, participant)
    lead_on_coming(actor, visit, participant)
    older = Join.objects.filter(participant=participant, closed_at__isnull=True).first()
    if older is not None:
        _close(older, SegmentCause.MOVED, "superseded")
        participant.is_sharing, participant.examines_with = False, ""
    number = (Join.objects.filter(visit=visit).aggregate(most=Max("number"))["most"] or 0) + 1
    join = Join.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        participant=participant,
        number=number,
        nonce=secrets.token_urlsafe(NONCE_BYTES),
        session_key=actor.session_key,
        tab=tab,
    )
    _stand(actor, visit, participant)
    if participant.state == ParticipantState.ADMITTED:
        begin_segment(participant, SegmentCause.RETURNED)
        group.settle(visit)
    audit.record(actor, "visit.joined", visit, patient_id=visit.patient_id)
    tell_about(participant, visit=visit)
    if participant.role == ParticipantRole.CLINICIAN:
        fetch_patient(visit)
    return join


def _require_room(visit: Visit, participant: Participant) -> None:
    if not visit.is_open:
        raise VisitRefusedError("closed")
    if participant.state == ParticipantState.REMOVED:
        raise VisitRefusedError("removed")
    is_new = participant.state == ParticipantState.OUTSIDE and participant.admitted_at is None
    if visit.is_locked and is_new and not _may_pass_lock(visit, participant):
        raise VisitRefusedError("locked")
    if not _has_place(visit, participant):
        raise VisitRefusedError("full")


def _has_place(visit: Visit, participant: Participant) -> bool:
    """Whether a colleague who walks in finds room; whose visit it is always does, and who waits is asked later."""
    state = ParticipantState(participant.state)
    role, has_account = ParticipantRole(participant.role), participant.user_id is not None
    stands = rules.state_on_joining(role, state, has_account=has_account)
    walks_in = stands == ParticipantState.ADMITTED and state != stands
    return not walks_in or is_whose_visit(participant, visit) or group.has_place(visit, participant)


def _may_pass_lock(visit: Visit, participant: Participant) -> bool:
    """Whose visit it is passes; any of its clinicians does when nobody who leads is here to open."""
    if participant.role != ParticipantRole.CLINICIAN:
        return False
    host = host_of(visit)
    return is_whose_visit(participant, visit) or host is None or not is_here(host)


def is_whose_visit(participant: Participant, visit: Visit) -> bool:
    """Whether somebody is the clinician with whom the visit was booked."""
    return participant.user_id is not None and participant.user_id == visit.practitioner.membership.user_id


def _stand(actor: Actor, visit: Visit, participant: Participant) -> None:
    """Put somebody where their part lets them be, and the visit into the state that follows."""
    before = ParticipantState(participant.state)
    participant.state = rules.state_on_joining(
        ParticipantRole(participant.role), before, has_account=participant.user_id is not None
    )
    now = clock.now()
    if participant.state == ParticipantState.ADMITTED and participant.admitted_at is None:
        participant.admitted_at = now
    if participant.state == ParticipantState.WAITING:
        participant.waiting_since = participant.waiting_since or now
    participant.save(update_fields=["state", "admitted_at", "waiting_since"])
    if participant.role not in {ParticipantRole.PATIENT, ParticipantRole.CAREGIVER}:
        return
    if participant.state == ParticipantState.WAITING and before != ParticipantState.WAITING:
        note_queue(visit, QueueKind.RETURNED if visit.arrived_at else QueueKind.ARRIVED)
        visit.arrived_at = visit.arrived_at or now
        visit.call_wanted_at = visit.called_at = None
        if rules.may_follow(VisitState(visit.state), VisitState.WAITING):
            visit.state = VisitState.WAITING
        visit.save(update_fields=["arrived_at", "call_wanted_at", "called_at", "state"])
        if visit.appointment is not None and visit.appointment.status == Status.BOOKED:
            mark_arrived(actor, appointment=visit.appointment)


def note_queue(visit: Visit, kind: QueueKind, actor: Actor | None = None) -> None:
    """Write down what happened around the waiting room."""
    QueueEvent.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        kind=kind,
        by_user_id=actor.user_id if actor else None,
    )


def begin_segment(participant: Participant, cause: SegmentCause) -> None:
    """Open a stretch of time for somebody who is in the visit, unless one is open or they speak apart."""
    if participant.is_aside:
        return
    Segment.objects.get_or_create(
        organization_id=participant.organization_id,
        participant=participant,
        ended_at=None,
        defaults={
            "visit_id": participant.visit_id,
            "modality": participant.modality,
            "modality_cause": participant.modality_cause,
            "started_at": clock.now(),
            "start_cause": cause,
        },
    )


def end_segment(participant: Participant, cause: SegmentCause) -> None:
    """Close somebody's open stretch, if there is one."""
    Segment.objects.filter(participant=participant, ended_at__isnull=True).update(
        ended_at=clock.now(), end_cause=cause
    )


def _close(join: Join, cause: SegmentCause, event: str) -> None:
    """Tell a join that it is over, then close it; later events are not for it, nor sound and picture."""
    seats.unseat(join)
    send_event(join, event)
    join.closed_at, join.close_cause = clock.now(), cause
    join.save(update_fields=["closed_at", "close_cause"])
    Participant.objects.filter(pk=join.participant_id).update(is_sharing=False, examines_with="")
    join.participant.is_sharing, join.participant.examines_with = False, ""


def close_join(join: Join, cause: SegmentCause, event: str) -> None:
    """Close a join for good: the person left, was removed or signed out, or the visit ended."""
    _close(join, cause, event)
    end_segment(join.participant, cause)


def note_presence(join: Join) -> None:
    """Note that a join's stream is open; somebody who had been lost is back."""
    if join.lost_at is None:
        Join.objects.filter(pk=join.pk).update(seen_at=clock.now())
        return
    visit = lock_visit(join.visit)
    join.seen_at, join.lost_at = clock.now(), None
    join.save(update_fields=["seen_at", "lost_at"])
    if join.participant.state == ParticipantState.ADMITTED:
        begin_segment(join.participant, SegmentCause.RETURNED)
    tell_about(join.participant, visit=visit)


def note_loss(join: Join, *, seen_before: timedelta = rules.PRESENCE_GRACE) -> bool:
    """Mark a join lost if its stream has been away for longer than the grace; tell the others."""
    visit = lock_visit(join.visit)
    join = Join.objects.select_related("participant").get(pk=join.pk)
    if join.closed_at or join.lost_at or clock.now() - join.seen_at < seen_before:
        return False
    join.lost_at = clock.now()
    join.save(update_fields=["lost_at"])
    if join.participant.state == ParticipantState.WAITING:
        note_queue(visit, QueueKind.GONE)
    end_segment(join.participant, SegmentCause.LOST)
    tell_about(join.participant, visit=visit)
    safety.note_loss(join)
    return True


def leave_room(*, actor: Actor, join: Join) -> None:
    """Somebody pressed Leave. They may come back; whoever is not a clinician waits again then."""
    visit = lock_visit(join.visit)
    participant = join.participant
    close_join(join, SegmentCause.LEFT, "left")
    participant.state, participant.waiting_since, participant.is_aside = ParticipantState.OUTSIDE, None, False
    participant.save(update_fields=["state", "waiting_since", "is_aside"])
    audit.record(actor, "visit.left", visit, patient_id=visit.patient_id)
    tell_about(participant, visit=visit)


def relay_signal(*, join: Join, to: int, body: dict[str, Any]) -> None:
    """Pass a description or candidates to another join of the visit; both have to be admitted.

    Raises:
        VisitRefusedError: the sender or the recipient is not in the visit, or one of them speaks apart.
    """
    send_event(get_reachable(join, to), "signal", {**body, "from": join.number})


def require_admitted(join: Join) -> None:
    """Make sure that somebody is in the visit.

    Raises:
        VisitRefusedError: they are not.
    """
    if join.participant.state != ParticipantState.ADMITTED:
        raise VisitRefusedError("not_admitted")


def close_session(organization_id: Any, session_key: str) -> int:
    """Close the joins of a revoked session; return how many there were."""
    joins = Join.objects.filter(
        organization_id=organization_id, session_key=session_key, closed_at__isnull=True
    )
    closed = 0
    for join in joins.select_related("participant", "visit"):
        visit = lock_visit(join.visit)
        close_join(join, SegmentCause.SIGNED_OUT, "signed-out")
        join.participant.state = ParticipantState.OUTSIDE
        join.participant.save(update_fields=["state"])
        tell_about(join.participant, visit=visit)
        closed += 1
    return closed


def sweep_lost(organization_id: Any) -> int:
    """Mark joins whose live process died with them; return how many."""
    limit = clock.now() - SWEEP_AFTER
    stale = Join.objects.filter(
        organization_id=organization_id, closed_at__isnull=True, lost_at__isnull=True, seen_at__lt=limit
    )
    return sum(note_loss(join, seen_before=SWEEP_AFTER) for join in stale.select_related("visit"))


def tell_waiting(visit: Visit) -> None:
    """Tell those who wait how the visit stands."""
    for join in open_joins(visit):
        if join.participant.state == ParticipantState.WAITING:
            send_event(join, "visit", describe_visit(visit))
