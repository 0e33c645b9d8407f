"""What visits do when something happens below."""

from uuid import UUID

from hearthline.foundation.events import subscriber
from hearthline.identity.events import SessionRevoked
from hearthline.scheduling import events
from hearthline.scheduling.models import Appointment
from hearthline.visits.choices import VisitState
from hearthline.visits.services import lifecycle, room


def _appointment(appointment_id: UUID) -> Appointment:
    return Appointment.objects.get(pk=appointment_id)


@subscriber(events.AppointmentBooked)
def make_visit(event: events.AppointmentBooked) -> None:
    """A live appointment has a visit from the moment it is booked, so that preparing can begin."""
    lifecycle.visit_for_appointment(_appointment(event.appointment_id))


@subscriber(events.AppointmentMoved)
def move_visit(event: events.AppointmentMoved) -> None:
    """The visit goes where its appointment goes."""
    lifecycle.follow_move(_appointment(event.appointment_id))


@subscriber(events.AppointmentCancelled)
def cancel_visit(event: events.AppointmentCancelled) -> None:
    """Nobody waits in a room that will not open."""
    lifecycle.follow_end_of_appointment(_appointment(event.appointment_id), VisitState.CANCELLED)


@subscriber(events.AppointmentMissed)
def abandon_visit(event: events.AppointmentMissed) -> None:
    """A missed appointment has no visit."""
    lifecycle.follow_end_of_appointment(_appointment(event.appointment_id), VisitState.ABANDONED)


@subscriber(SessionRevoked)
def leave_rooms(event: SessionRevoked) -> None:
    """A revoked session leaves its calls."""
    room.close_session(event.organization_id, event.session_key)
