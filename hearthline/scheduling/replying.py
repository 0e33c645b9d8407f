"""What C, R and X in answer to a reminder do."""

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.messaging.replies import Answer, Reply
from hearthline.messaging.rules import Intent
from hearthline.scheduling import errors
from hearthline.scheduling.models import Appointment, AppointmentChange, Reason
from hearthline.scheduling.rules.states import Status
from hearthline.scheduling.services.appointments import cancel_appointment, confirm_attendance
from hearthline.scheduling.services.links import make_link

REPLY = AppointmentChange.Door.REPLY
ACTOR_NAME = "text reply"


def handle_reply(reply: Reply) -> Answer | None:
    """Confirm or cancel the appointment that the reminder was about, or answer with a link to other times.

    A cancellation is answered by its own message; a visit that has begun or ended is left to people.
    """
    appointment = Appointment.objects.filter(
        organization_id=reply.organization_id,
        pk=reply.about_id,
        status=Status.BOOKED,
        starts_at__gt=clock.now(),
    ).first()
    if appointment is None:
        return Answer("sms.help")
    actor = Actor.system(reply.organization_id, ACTOR_NAME)
    try:
        if reply.intent is Intent.CONFIRM:
            confirm_attendance(actor, appointment=appointment, door=REPLY)
            return _answer("sms.confirmed", appointment)
        if reply.intent is Intent.CANCEL:
            cancel_appointment(actor, appointment=appointment, reason_code=Reason.OTHER, door=REPLY)
            return None
    except errors.SchedulingError:
        return Answer("sms.help")
    return _answer("sms.move", appointment)


def _answer(template: str, appointment: Appointment) -> Answer:
    return Answer(template, {"when": appointment.starts_at, "link": make_link(appointment)})
