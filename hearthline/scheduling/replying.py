"""What C, R and X in answer to a reminder do, and the same said to the telephone's menu."""

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.messaging.replies import Answer, Reply
from hearthline.messaging.rules import Intent
from hearthline.scheduling import errors
from hearthline.scheduling.models import Appointment, AppointmentChange, Reason
from hearthline.scheduling.reminding import dialling
from hearthline.scheduling.rules.states import Status
from hearthline.scheduling.services.appointments import cancel_appointment, confirm_attendance
from hearthline.scheduling.services.links import make_link

Door = AppointmentChange.Door
ACTOR_NAME = "text reply"


def handle_reply(reply: Reply) -> Answer | None:
    """Confirm or cancel the appointment that the reminder was about, or answer with a way to other times.

    A cancellation is answered by its own message; a visit that has begun or ended is left to people.
    """
    appointment = find_changeable(reply)
    if appointment is None:
        return Answer("sms.help")
    actor = Actor.system(reply.organization_id, ACTOR_NAME)
    try:
        act_on(actor, appointment, reply.intent, door=Door.REPLY)
    except errors.SchedulingError:
        return Answer("sms.help")
    if reply.intent is Intent.CANCEL:
        return None
    return _answer("sms.confirmed" if reply.intent is Intent.CONFIRM else "sms.move", appointment)


def find_changeable(reply: Reply) -> Appointment | None:
    """Return the appointment of a reply while its patient may still change it."""
    return Appointment.objects.filter(
        organization_id=reply.organization_id,
        pk=reply.about_id,
        status=Status.BOOKED,
        starts_at__gt=clock.now(),
    ).first()


def act_on(actor: Actor, appointment: Appointment, intent: Intent, *, door: AppointmentChange.Door) -> None:
    """Do what a patient asks for, by whichever door.

    Raises:
        SchedulingError: it has begun, or is not booked any more.
    """
    if intent is Intent.CONFIRM:
        confirm_attendance(actor, appointment=appointment, door=door)
    elif intent is Intent.CANCEL:
        cancel_appointment(actor, appointment=appointment, reason_code=Reason.OTHER, door=door)


def _answer(template: str, appointment: Appointment) -> Answer:
    """A visit by telephone is answered without a link: who has one may have nothing that opens it."""
    context: dict[str, object] = {"when": appointment.starts_at}
    dialled = dialling(appointment)
    if dialled:
        return Answer(f"{template}_by_phone", {**context, **dialled})
    return Answer(template, {**context, "link": make_link(appointment)})
