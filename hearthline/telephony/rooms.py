"""What a telephone in a visit reads and writes there: the same numbered events as a browser's stream."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hearthline.telephony.desk import actor_of
from hearthline.tenancy.context import acting_in
from hearthline.visits.choices import ParticipantState, SegmentCause
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.media import backend_of
from hearthline.visits.models import Join, PhoneCall, SignalMessage
from hearthline.visits.services import room, telephone

EVENTS_MOST = 200


@dataclass(frozen=True)
class Seat:
    """A telephone's place in the room."""

    organization_id: UUID
    call_id: UUID
    join_id: UUID
    visit_id: UUID
    participant_id: UUID
    number: int

    @classmethod
    def of(cls, call: PhoneCall) -> "Seat":
        """Return the place of a call that is in a room."""
        assert call.join is not None  # noqa: S101 - only calls in a room have a seat
        return cls(
            call.organization_id, call.pk, call.join.pk, call.visit_id, call.participant_id, call.join.number
        )


@dataclass(frozen=True)
class Event:
    """One event of a join."""

    number: int
    name: str
    body: dict[str, Any]


def _join(seat: Seat) -> Join:
    return Join.objects.select_related("participant", "visit").get(pk=seat.join_id)


def _call(seat: Seat) -> PhoneCall:
    return PhoneCall.objects.select_related("visit", "participant", "join__participant", "join__visit").get(
        pk=seat.call_id
    )


def read(seat: Seat, after: int) -> list[Event]:
    """Return what is new for a telephone; credentials for the relay are put in here and kept nowhere."""
    with acting_in(seat.organization_id):
        join = _join(seat)
        rows = SignalMessage.objects.filter(join=join, number__gt=after).order_by("number")[:EVENTS_MOST]
        return [Event(row.number, row.name, _fill(join, row)) for row in rows]


def _fill(join: Join, row: SignalMessage) -> dict[str, Any]:
    return _welcome(join) if row.name == "admitted" else dict(row.body)


def welcome(seat: Seat) -> dict[str, Any]:
    """Return who is there and the relay, if the telephone's person is let in; else nothing."""
    with acting_in(seat.organization_id):
        return _welcome(_join(seat))


def _welcome(join: Join) -> dict[str, Any]:
    is_in = join.closed_at is None and join.participant.state == ParticipantState.ADMITTED
    return backend_of(join.visit).admit(join) if is_in else {}


def signal(seat: Seat, to: int, body: dict[str, Any]) -> bool:
    """Pass a description to a browser; False when it has gone in the meantime."""
    with acting_in(seat.organization_id):
        try:
            backend_of(_join(seat).visit).signal(_join(seat), to, body)
        except VisitRefusedError:
            return False
        return True


def stay(seat: Seat) -> bool:
    """Note that the telephone is there; False when somebody wants it to hang up, or the call is over."""
    with acting_in(seat.organization_id):
        call = _call(seat)
        if call.ended_at is not None or call.hang_up_wanted_at is not None:
            return False
        telephone.note_presence(call)
        return True


def leave(seat: Seat, cause: SegmentCause) -> None:
    """The telephone is gone."""
    with acting_in(seat.organization_id):
        telephone.go(actor=actor_of(seat.organization_id), call=_call(seat), cause=cause)


def rejoin(seat: Seat) -> Seat | None:
    """Take a fresh place in the room, so that every browser connects anew; None when the room is closed."""
    with acting_in(seat.organization_id):
        call = _call(seat)
        if call.ended_at is not None or call.join is None or call.join.closed_at is not None:
            return None
        try:
            call.join = room.join_room(
                actor=actor_of(seat.organization_id),
                visit=call.visit,
                participant=call.participant,
                tab=telephone.TAB,
            )
        except VisitRefusedError:
            return None
        call.save(update_fields=["join"])
        return Seat.of(call)
