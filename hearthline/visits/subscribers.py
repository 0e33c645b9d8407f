"""What visits do when something happens below."""

from uuid import UUID

from django.urls import reverse

from hearthline.charting.beside import Picture, shown_beside
from hearthline.charting.models import Encounter
from hearthline.foundation.events import subscriber
from hearthline.identity.events import SessionRevoked
from hearthline.imaging.intake.choices import State
from hearthline.imaging.intake.events import FileAccepted, FileRefused
from hearthline.scheduling import events
from hearthline.scheduling.models import Appointment
from hearthline.visits.choices import VisitState
from hearthline.visits.models import Still
from hearthline.visits.services import lifecycle, room, stills


@shown_beside
def stills_beside(encounter: Encounter) -> list[Picture]:
    """The stills of a visit stand beside its note, once they are proved."""
    return [
        Picture(
            address=reverse("intake:file", args=[one.file_id, "sanitized"]),
            thumbnail=reverse("intake:file", args=[one.file_id, "preview"]),
            words=f"{one.get_device_display()} · {stills.place_words(one)}",
            is_covered=one.file.is_sensitive,
        )
        for one in Still.objects.filter(
            visit__encounter=encounter, removed_at__isnull=True, file__state=State.ACCEPTED
        ).select_related("file")
    ]


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


@subscriber(FileAccepted)
def show_still(event: FileAccepted) -> None:
    """A still that is proved is shown in the room."""
    stills.note_examined(event.file_id)


@subscriber(FileRefused)
def tell_of_refused_still(event: FileRefused) -> None:
    """A still that was not taken is said in the room, so that it can be taken again."""
    stills.note_examined(event.file_id)
