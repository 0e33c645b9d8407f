"""Reactions: the messages that tell and remind the patient, and their answers to them."""

from hearthline.foundation.events import subscriber
from hearthline.messaging.oversight import expects
from hearthline.messaging.replies import answers
from hearthline.scheduling.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMissed,
    AppointmentMoved,
    AppointmentToTelephone,
    LineMoved,
    WalkInCalled,
)
from hearthline.scheduling.line_messages import tell_called, tell_near
from hearthline.scheduling.models import Appointment, WalkInEntry
from hearthline.scheduling.reminding import (
    SUBJECT,
    find_unplanned,
    plan_messages,
    tell_by_telephone,
    tell_cancelled,
    tell_missed,
)
from hearthline.scheduling.replying import handle_reply

answers(SUBJECT)(handle_reply)
expects(find_unplanned)


@subscriber(AppointmentBooked)
def tell_booked(event: AppointmentBooked) -> None:
    """Tell the patient and plan the reminders."""
    plan_messages(_get(event))


@subscriber(AppointmentMoved)
def tell_moved(event: AppointmentMoved) -> None:
    """Withdraw what was planned for the old time, tell the new one, plan again."""
    plan_messages(_get(event), moved_from_at=event.moved_from_at)


@subscriber(AppointmentToTelephone)
def tell_of_telephone(event: AppointmentToTelephone) -> None:
    """Withdraw what was planned with links, say how the visit is held now, remind by telephone."""
    tell_by_telephone(_get(event))


@subscriber(AppointmentCancelled)
def tell_about_cancellation(event: AppointmentCancelled) -> None:
    """Withdraw what was planned and say that the visit will not take place."""
    tell_cancelled(_get(event))


@subscriber(AppointmentMissed)
def tell_about_absence(event: AppointmentMissed) -> None:
    """Withdraw what was planned and offer another time."""
    tell_missed(_get(event))


@subscriber(LineMoved)
def tell_the_next(event: LineMoved) -> None:
    """Tell those whose turn it nearly is now."""
    tell_near(event.service_id, event.site_id)


@subscriber(WalkInCalled)
def fetch_called(event: WalkInCalled) -> None:
    """Fetch the person who was called, unless they look at their page."""
    related = ("patient", "appointment__practitioner")
    tell_called(WalkInEntry.objects.select_related(*related).get(pk=event.entry_id))


def _get(
    event: AppointmentBooked
    | AppointmentMoved
    | AppointmentToTelephone
    | AppointmentCancelled
    | AppointmentMissed,
) -> Appointment:
    return Appointment.objects.select_related("patient", "practitioner", "service", "site").get(
        pk=event.appointment_id
    )
