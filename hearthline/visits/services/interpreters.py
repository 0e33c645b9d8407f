"""Interpreters as participants: asked, accepted or declined, replaced, rung up. By link or by telephone."""

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.urls import reverse

from hearthline.audit import services as audit
from hearthline.directory.places import language_name
from hearthline.foundation import changes, clock
from hearthline.identity.actor import Actor
from hearthline.scheduling.models import Requirement
from hearthline.visits import rules
from hearthline.visits.access import GUEST, may_arrange
from hearthline.visits.choices import (
    InterpreterChannel,
    InterpreterState,
    ParticipantRole,
    ParticipantState,
    SegmentCause,
)
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import GuestInvitation, InterpreterBooking, Join, PhoneCall, Visit
from hearthline.visits.models.room import NAME_LENGTH
from hearthline.visits.services import telephone
from hearthline.visits.services.guests import digest, make_invitation
from hearthline.visits.services.messages import LIST_TOPIC, tell_about
from hearthline.visits.services.room import close_join, end_segment, lock_visit

State = InterpreterState
OPEN = frozenset(state for state, following in rules.INTERPRETER_TRANSITIONS.items() if following)


@dataclass(frozen=True)
class Asked:
    """Whom a request goes to, and how they take part."""

    channel: InterpreterChannel
    agency: str = ""
    telephone: str = ""


@transaction.atomic
def request_interpreter(
    *, actor: Actor, visit: Visit, requirement: Requirement, asked: Asked
) -> tuple[InterpreterBooking, str]:
    """Ask an interpreter to a visit; return the booking and the link's token, which is shown once.

    Whoever had accepted is replaced by it: that is how an interpreter is changed on the day.

    Raises:
        VisitRefusedError: not the actor's, over, too many guests, or no number for one who takes part by telephone.
    """
    if actor.user_id is None or not may_arrange(actor, visit):
        raise VisitRefusedError("not_allowed")
    if asked.channel == InterpreterChannel.TELEPHONE and not asked.telephone:
        raise VisitRefusedError("interpreter_number")
    visit = lock_visit(visit)
    former = _accepted(visit, requirement.kind)
    if former is not None:
        _end(actor, former, State.REPLACED)
    name = f"{requirement.get_kind_display()}: {language_name(requirement.language)}"[:NAME_LENGTH]
    invitation, token = make_invitation(actor=actor, visit=visit, name=name, role=ParticipantRole.INTERPRETER)
    booking = InterpreterBooking.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        participant=invitation.participant,
        kind=requirement.kind,
        language=requirement.language,
        channel=asked.channel,
        agency=asked.agency,
        telephone=asked.telephone,
        replaces=former,
        requested_by_user_id=actor.user_id,
    )
    _note(actor, booking, "requested")
    return booking, token


def _accepted(visit: Visit, kind: str) -> InterpreterBooking | None:
    rows = InterpreterBooking.objects.filter(visit=visit, kind=kind, state=State.ACCEPTED)
    return rows.select_related("participant", "visit").first()


def _note(actor: Actor, booking: InterpreterBooking, what: str) -> None:
    audit.record(actor, f"interpreter.{what}", booking, patient_id=booking.visit.patient_id)
    changes.announce(booking.organization_id, LIST_TOPIC)


def _locked(booking: InterpreterBooking, after: State) -> InterpreterBooking:
    """Return the booking as it is now, if it may go to a state; the visit's row is locked before it."""
    lock_visit(booking.visit)
    current = InterpreterBooking.objects.select_related("visit", "participant").get(pk=booking.pk)
    if after not in rules.INTERPRETER_TRANSITIONS[State(current.state)]:
        raise VisitRefusedError("interpreter_over")
    return current


@transaction.atomic
def accept(*, actor: Actor, booking: InterpreterBooking, name: str, number: str) -> None:
    """An interpreter takes the visit: by the link, or as said on the telephone. Other requests are withdrawn.

    Raises:
        VisitRefusedError: neither name nor number, not open any more, the visit is over, or somebody was first.
    """
    if not name and not number:
        raise VisitRefusedError("interpreter_unnamed")
    current = _locked(booking, State.ACCEPTED)
    if not current.visit.is_open:
        raise VisitRefusedError("closed")
    current.state, current.name, current.number = State.ACCEPTED, name, number
    current.answered_at, current.answered_by_user_id = clock.now(), actor.user_id
    try:
        with transaction.atomic():
            current.save(update_fields=["state", "name", "number", "answered_at", "answered_by_user_id"])
    except IntegrityError:
        raise VisitRefusedError("interpreter_taken") from None
    current.participant.name = (name or number)[:NAME_LENGTH]
    current.participant.save(update_fields=["name"])
    GuestInvitation.objects.filter(participant=current.participant).update(name=current.participant.name)
    _note(actor, current, "accepted")
    others = InterpreterBooking.objects.filter(
        visit=current.visit, kind=current.kind, state=State.REQUESTED
    ).select_related("participant", "visit")
    for other in others:
        _end(actor, other, State.WITHDRAWN)


@transaction.atomic
def decline(*, actor: Actor, booking: InterpreterBooking) -> None:
    """An interpreter does not take the visit, or cannot come after all.

    Raises:
        VisitRefusedError: it is over already.
    """
    _end(actor, _locked(booking, State.DECLINED), State.DECLINED)


@transaction.atomic
def withdraw(*, actor: Actor, booking: InterpreterBooking) -> None:
    """The clinic does not need this interpreter any more.

    Raises:
        VisitRefusedError: it is over already.
    """
    _end(actor, _locked(booking, State.WITHDRAWN), State.WITHDRAWN)


def withdraw_all(actor: Actor, visit: Visit) -> None:
    """A visit goes to another time or does not take place: nobody who was asked is expected any more."""
    rows = InterpreterBooking.objects.filter(visit=visit, state__in=OPEN)
    for booking in rows.select_related("participant", "visit"):
        _end(actor, booking, State.WITHDRAWN)


def _end(actor: Actor, booking: InterpreterBooking, state: State) -> None:
    """End a booking: its link is void, and whoever came by it leaves the room. The time they had stays."""
    now = clock.now()
    booking.state, booking.ended_at = state, now
    booking.save(update_fields=["state", "ended_at"])
    participant = booking.participant
    GuestInvitation.objects.filter(participant=participant, revoked_at__isnull=True).update(revoked_at=now)
    PhoneCall.objects.filter(participant=participant, ended_at__isnull=True).update(hang_up_wanted_at=now)
    participant.state = ParticipantState.REMOVED
    participant.save(update_fields=["state"])
    for join in Join.objects.filter(participant=participant, closed_at__isnull=True):
        join.participant = participant
        close_join(join, SegmentCause.REMOVED, "removed")
    end_segment(participant, SegmentCause.REMOVED)
    tell_about(participant, visit=booking.visit)
    for call in PhoneCall.objects.filter(participant=participant, ended_at__isnull=True):
        telephone.wake_worker(call)
    _note(actor, booking, state.value)


def call_interpreter(*, actor: Actor, booking: InterpreterBooking) -> PhoneCall:
    """The clinician has the interpreter rung up who takes part by telephone.

    Raises:
        VisitRefusedError: not theirs, no trunk, not accepted, no number, or being called already.
    """
    if booking.state != State.ACCEPTED or not booking.telephone:
        raise VisitRefusedError("interpreter_number")
    return telephone.ring(
        actor=actor, visit=booking.visit, participant=booking.participant, number=booking.telephone
    )


def booking_of_link(organization_id: UUID, token: str) -> InterpreterBooking | None:
    """Return the booking that an interpreter's link stands for, while it holds."""
    rows = InterpreterBooking.objects.filter(
        organization_id=organization_id,
        participant__invitation__token_digest=digest(token),
        participant__invitation__revoked_at__isnull=True,
        participant__invitation__valid_until__gt=clock.now(),
    )
    return rows.select_related("visit", "participant", "visit__appointment").first()


def actor_of_link(booking: InterpreterBooking) -> Actor:
    """Return who acts by an interpreter's link."""
    name = booking.participant.name
    return Actor(organization_id=booking.organization_id, user_id=None, name=name, kind=GUEST)


def link_of(slug: str, token: str) -> str:
    """Return the address of an interpreter's link, without the host; the secret is in the fragment."""
    return f"{reverse('visits:interpreting', args=[slug])}#{token}"
