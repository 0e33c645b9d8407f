"""Telephones in a visit: asked for, ringing, in the room, gone. A telephone is one more device of its person.

The worker (``telephony``) rings, speaks and carries the sound; here is what its calls mean for the visit. Whoever
was let in stays so, whether they come back by telephone or by browser.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from hearthline.audit import services as audit
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.scheduling.queries import is_licensed_at
from hearthline.visits import rules
from hearthline.visits.access import may_conduct
from hearthline.visits.choices import (
    Modality,
    ParticipantRole,
    ParticipantState,
    QueueKind,
    SegmentCause,
    VisitState,
)
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.events import PatientWantsCall
from hearthline.visits.models import Join, Participant, PhoneCall, Segment, Visit
from hearthline.visits.services import group, room, segments
from hearthline.visits.services.admission import let_in
from hearthline.visits.services.messages import open_joins, send_event, tell_about

CHANNEL = "hearthline_telephone"
TAB = "telephone"
State = PhoneCall.State
OVER = frozenset({State.BUSY, State.NO_ANSWER, State.FAILED, State.ENDED})
NUMBERS = ("agreed", "record")


def number_for(visit: Visit, which: str) -> str:
    """Return the number that the patient agreed to for this visit, or the one on their record."""
    return str(visit.call_back_number if which == "agreed" else visit.patient.telephone)


def patient_of(visit: Visit) -> Participant:
    """Return the patient's part in a visit, making it when they never opened a page."""
    existing = Participant.objects.filter(visit=visit, role=ParticipantRole.PATIENT).first()
    account = visit.patient.accounts.filter(ended_at__isnull=True).first()
    return existing or Participant.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        role=ParticipantRole.PATIENT,
        user_id=account.user_id if account is not None else None,
        name=visit.patient.full_name,
    )


def call_patient(*, actor: Actor, visit: Visit, which: str) -> PhoneCall:
    """The clinician has the patient rung up; the worker does it, and what becomes of it is told to the room.

    Raises:
        VisitRefusedError: not theirs, over, no trunk, no number, or the patient is being called already.
    """
    return ring(actor=actor, visit=visit, participant=None, number=number_for(visit, which))


def ring(
    *, actor: Actor, visit: Visit, participant: Participant | None, number: str, language: str = ""
) -> PhoneCall:
    """As ``call_patient``, for anybody of the visit (None: its patient) at a number that is known of them."""
    if not may_conduct(actor, visit):
        raise VisitRefusedError("not_allowed")
    if not settings.SIP_TRUNK:
        raise VisitRefusedError("no_telephone")
    visit = room.lock_visit(visit)
    if not visit.is_open:
        raise VisitRefusedError("closed")
    if not number:
        raise VisitRefusedError("no_number")
    if group.is_too_many_for_telephone(visit):
        raise VisitRefusedError("group_telephone")
    participant = participant or patient_of(visit)
    if PhoneCall.objects.filter(participant=participant, ended_at__isnull=True).exists():
        raise VisitRefusedError("calling")
    call = PhoneCall.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        participant=participant,
        direction=PhoneCall.Direction.CALLED,
        number=number,
        language=language,
        asked_by_user_id=actor.user_id,
    )
    audit.record(actor, "phone_call.asked", call, patient_id=visit.patient_id)
    tell_of_call(call)
    wake_worker(call)
    return call


def hang_up(*, actor: Actor, visit: Visit, participant: Participant | None = None) -> None:
    """The clinician ends the calls of a visit's telephones, or of one person alone.

    Raises:
        VisitRefusedError: the visit is not theirs.
    """
    if not may_conduct(actor, visit):
        raise VisitRefusedError("not_allowed")
    calls = PhoneCall.objects.filter(visit=visit, ended_at__isnull=True, hang_up_wanted_at__isnull=True)
    for call in calls if participant is None else calls.filter(participant=participant):
        call.hang_up_wanted_at = clock.now()
        call.save(update_fields=["hang_up_wanted_at"])
        audit.record(actor, "phone_call.hang_up_asked", call, patient_id=visit.patient_id)
        wake_worker(call)


def wake_worker(call: PhoneCall) -> None:
    """Tell the worker after commit that something about a call is to be done; ids only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{call.organization_id}:{call.pk}"])


def describe_call(call: PhoneCall) -> dict[str, Any]:
    """Return what the clinician's page shows of a call: no number."""
    return {
        "id": str(call.pk),
        "person": str(call.participant_id),
        "state": call.state,
        "words": str(State(call.state).label),
        "over": call.ended_at is not None,
    }


def tell_of_call(call: PhoneCall) -> None:
    """Tell the clinicians in the room how a call stands."""
    for join in open_joins(call.visit):
        if join.participant.role == ParticipantRole.CLINICIAN:
            send_event(join, "telephone", describe_call(call))


def open_calls(visit: Visit) -> list[dict[str, Any]]:
    """Return the calls that are going on, for somebody who opens the page."""
    rows = PhoneCall.objects.filter(visit=visit, ended_at__isnull=True)
    return [describe_call(row) for row in rows]


def note_progress(call: PhoneCall, state: State) -> None:
    """The worker saw a call ring or be answered, or end without having been in the room."""
    now = clock.now()
    call.state, call.seen_at = state, now
    if state == State.ANSWERED:
        call.answered_at = call.answered_at or now
    if state in OVER:
        call.ended_at = now
    call.save(update_fields=["state", "seen_at", "answered_at", "ended_at"])
    tell_of_call(call)


def why_not_in_by_telephone(visit: Visit) -> str:
    """Return the code of what keeps a telephone from coming in, or an empty text.

    Nobody fills in pages by telephone: consent and the place are asked by the clinician, who sees that both are
    missing. The licence is asked for the place that was named at booking, until a nearer one is known.
    """
    if not visit.is_open:
        return "closed"
    if visit.state == VisitState.IN_PROGRESS:
        return ""
    now = clock.now()
    if not rules.is_door_open(visit.starts_at, visit.ends_at, now):
        return "too_early" if now < visit.starts_at else "too_late"
    appointment = visit.appointment
    place = visit.jurisdiction or (appointment.location_jurisdiction if appointment is not None else "")
    return "" if is_licensed_at(visit.practitioner_id, place, now) else "not_licensed"


def dial_in(*, actor: Actor, visit: Visit, number: str) -> PhoneCall:
    """A telephone has named the right PIN and wants to come in as the patient; it waits like everybody.

    Raises:
        VisitRefusedError: the visit does not take anybody now.
    """
    kept_out = why_not_in_by_telephone(visit)
    if kept_out:
        raise VisitRefusedError(kept_out)
    visit = room.lock_visit(visit)
    participant = patient_of(visit)
    for earlier in PhoneCall.objects.filter(participant=participant, ended_at__isnull=True):
        note_progress(earlier, State.ENDED)
        wake_worker(earlier)
    call = PhoneCall.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        participant=participant,
        direction=PhoneCall.Direction.DIALLED_IN,
        number=number,
        answered_at=clock.now(),
        state=State.ANSWERED,
    )
    come_in(actor=actor, call=call)
    return call


def come_in(*, actor: Actor, call: PhoneCall) -> Join:
    """Bring an answered telephone into the room as its person; a browser of theirs is closed and told so.

    Raises:
        VisitRefusedError: the visit is over, full or locked.
    """
    visit = room.lock_visit(call.visit)
    if group.is_too_many_for_telephone(visit):
        raise VisitRefusedError("full")
    participant = Participant.objects.select_for_update().get(pk=call.participant_id)
    segments.begin_by(participant, Modality.PHONE, _why_by_telephone(call, participant))
    join = room.join_room(actor=actor, visit=visit, participant=participant, tab=TAB)
    call.join, call.state, call.seen_at = join, State.CONNECTED, clock.now()
    call.save(update_fields=["join", "state", "seen_at"])
    audit.record(actor, "phone_call.connected", call, patient_id=visit.patient_id)
    tell_of_call(call)
    segments.publish_change(visit, participant)
    return join


def _why_by_telephone(call: PhoneCall, participant: Participant) -> SegmentCause:
    """Return the cause that a stretch by telephone has: a line that failed before it, the booking, or a call."""
    last = Segment.objects.filter(participant=participant).order_by("-started_at", "-pk").first()
    if last is not None and SegmentCause.LINK in {last.modality_cause, last.end_cause}:
        return SegmentCause.LINK
    if last is not None and last.end_cause == SegmentCause.LOST:
        return SegmentCause.LOST
    if call.visit.planned_modality == Modality.PHONE:
        return SegmentCause.AGREED
    is_dialled = call.direction == PhoneCall.Direction.DIALLED_IN
    return SegmentCause.DIALLED if is_dialled else SegmentCause.CALLED


def let_in_whom_we_called(*, call: PhoneCall) -> None:
    """The clinician had this person rung up, so nobody has to be let in by another press.

    Whoever was asked in by a number that somebody said waits: who took the call is not known yet.

    Raises:
        VisitRefusedError: the visit is over or full.
    """
    if call.language:
        return
    actor = Actor(
        organization_id=call.organization_id, user_id=call.asked_by_user_id, name="telephone", kind="system"
    )
    let_in(actor=actor, visit=call.visit, participant=call.participant)


def note_presence(call: PhoneCall) -> None:
    """The worker still has the call."""
    now = clock.now()
    PhoneCall.objects.filter(pk=call.pk).update(seen_at=now)
    if call.join is not None and call.join.closed_at is None:
        room.note_presence(call.join)


def go(*, actor: Actor, call: PhoneCall, cause: SegmentCause) -> None:
    """A telephone is gone: hung up at either end, or lost. Its person stays let in and may come back by any way."""
    visit = room.lock_visit(call.visit)
    call = PhoneCall.objects.select_related("participant", "join", "visit").get(pk=call.pk)
    if call.ended_at is not None:
        return
    participant = Participant.objects.select_for_update().get(pk=call.participant_id)
    if call.join is not None and call.join.closed_at is None:
        call.join.participant = participant
        room.close_join(call.join, cause, "left")
        if participant.state == ParticipantState.WAITING:
            participant.state, participant.waiting_since = ParticipantState.OUTSIDE, None
            room.note_queue(visit, QueueKind.GONE)
    participant.save(update_fields=["state", "waiting_since"])
    segments.give_back(participant, Modality.PHONE, cause)
    note_progress(call, State.ENDED)
    audit.record(actor, "phone_call.ended", call, patient_id=visit.patient_id)
    tell_about(participant, visit=visit)


def want_call_back(*, actor: Actor, visit: Visit) -> None:
    """Somebody on the telephone would rather be called back; staff see it beside those who wait.

    Raises:
        VisitRefusedError: the visit is over.
    """
    visit = room.lock_visit(visit)
    if not visit.is_open:
        raise VisitRefusedError("closed")
    visit.call_wanted_at = visit.call_wanted_at or clock.now()
    visit.called_at = None
    visit.call_back_number = visit.call_back_number or visit.patient.telephone
    visit.save(update_fields=["call_wanted_at", "called_at", "call_back_number"])
    room.note_queue(visit, QueueKind.LEFT_TO_BE_CALLED, actor)
    audit.record(actor, "visit.call_wanted", visit, patient_id=visit.patient_id)
    publish(
        PatientWantsCall(
            organization_id=visit.organization_id,
            visit_id=visit.pk,
            patient_id=visit.patient_id,
            wanted_at=visit.call_wanted_at,
        )
    )


def sweep_lost_calls(organization_id: UUID) -> int:
    """End the calls whose worker died with them; return how many."""
    limit = clock.now() - room.SWEEP_AFTER
    rows = PhoneCall.objects.filter(organization_id=organization_id, ended_at__isnull=True).select_related(
        "visit", "participant", "join"
    )
    lost = [row for row in rows if (row.seen_at or row.asked_at) < limit]
    actor = Actor.system(organization_id, TAB)
    for call in lost:
        go(actor=actor, call=call, cause=SegmentCause.LOST)
    return len(lost)
