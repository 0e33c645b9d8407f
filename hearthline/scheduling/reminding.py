"""The messages of an appointment: told at booking, moving and cancelling, reminded in between."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.messaging.models import Notification
from hearthline.messaging.oversight import GRACE, Finding
from hearthline.messaging.services import notify, withdraw
from hearthline.scheduling.calendars import build_calendar
from hearthline.scheduling.models import Appointment, Mode
from hearthline.scheduling.rules.reminders import plan_reminders
from hearthline.scheduling.rules.states import Status
from hearthline.scheduling.services.links import make_link, revoke_links
from hearthline.scheduling.services.pins import make_pin, revoke_pins
from hearthline.tenancy.models import Organization

SUBJECT = "scheduling.appointment"
SCREEN = {
    "booked": "appointment.booked",
    "moved": "appointment.moved",
    "reminder": "appointment.reminder",
    "2h": "appointment.reminder_soon",
    "10min": "appointment.starting",
    "cancelled": "appointment.cancelled",
    "missed": "appointment.missed",
}
# A visit by telephone is told by a number and digits, by a call where there are no texts; no text has a link.
TELEPHONE = {
    "booked": "appointment.phone_booked",
    "moved": "appointment.phone_moved",
    "reminder": "appointment.phone_reminder",
    "10min": "appointment.phone_starting",
    "cancelled": "appointment.phone_cancelled",
    "missed": "appointment.phone_missed",
}
TO_TELEPHONE, TO_BE_CALLED = "appointment.to_phone", "appointment.to_phone_called"
READY = "visit.ready"
MINUTES_OF_LAST_REMINDER = 10
WATCHED_AHEAD = timedelta(hours=26)  # whoever was not told by then can still be called


def plan_messages(appointment: Appointment, *, moved_from_at: datetime | None = None) -> None:
    """Tell the patient about the booking or the move, and plan the reminders up to the visit.

    What was planned for an earlier time is withdrawn first. Nothing is said of a visit that has ended meanwhile,
    nor of a walk-in, whose patient is already there.
    """
    actor = _get_actor(appointment)
    withdraw(actor=actor, about=_get_about(appointment))
    if appointment.status != Status.BOOKED or appointment.is_walk_in or appointment.starts_at <= clock.now():
        return
    context = _get_context(appointment)
    told = _kinds(appointment)["booked"]
    more: dict[str, object] = {}
    if moved_from_at is not None:
        told = _kinds(appointment)["moved"]
        more = {"old_when": moved_from_at.astimezone(ZoneInfo(appointment.practitioner_zone))}
    _send(
        actor,
        appointment,
        told,
        {**context, **more},
        "told",
        expires_at=appointment.starts_at,
        with_calendar=True,
    )
    _plan_reminders(actor, appointment, context)


def _get_context(appointment: Appointment) -> dict[str, object]:
    return {
        "practitioner": _name(appointment),
        "when": _get_moment(appointment),
        "link": make_link(appointment),
        **dialling(appointment),
    }


def _plan_reminders(actor: Actor, appointment: Appointment, context: dict[str, object]) -> None:
    kinds = _kinds(appointment)
    for reminder in plan_reminders(appointment.starts_at, clock.now()):
        template = kinds.get(reminder.name, kinds["reminder"])
        more = {"minutes": MINUTES_OF_LAST_REMINDER} if reminder.name == "10min" else {}
        notify(
            actor=actor,
            patient_id=appointment.patient_id,
            template=template,
            context={**context, **more},
            about=_get_about(appointment),
            send_at=reminder.send_at,
            expires_at=appointment.starts_at,
            key=_get_key(appointment, reminder.name),
        )


def tell_by_telephone(appointment: Appointment) -> None:
    """Say that the visit is by telephone now: by which number and digits, or that the clinic calls; remind so too.

    It is told of a visit that is late as well: that is when most are changed.
    """
    actor = _get_actor(appointment)
    withdraw(actor=actor, about=_get_about(appointment))
    if appointment.status not in {Status.BOOKED, Status.ARRIVED}:
        return
    context = _get_context(appointment)
    template = TO_TELEPHONE if "dial_in" in context else TO_BE_CALLED
    _send(actor, appointment, template, context, "to-telephone")
    if appointment.status == Status.BOOKED and not appointment.is_walk_in:
        _plan_reminders(actor, appointment, context)


def dial_in_number(appointment: Appointment) -> str:
    """The number by which a visit by telephone is entered; empty for other visits, and where the clinic has none."""
    if appointment.mode != Mode.PHONE:
        return ""
    return str(
        Organization.objects.values_list("dial_in_number", flat=True).get(pk=appointment.organization_id)
    )


def dialling(appointment: Appointment) -> dict[str, object]:
    """The number to dial and fresh digits, for a message about a visit by telephone; else nothing."""
    number = dial_in_number(appointment)
    return {"dial_in": number, "code": make_pin(appointment)} if number else {}


def _kinds(appointment: Appointment) -> dict[str, str]:
    return TELEPHONE if dial_in_number(appointment) else SCREEN


def find_unplanned(organization_id: UUID) -> Finding:
    """Return the bookings of the coming day that nobody was ever told of, though the booking is not brand-new."""
    now = clock.now()
    told = Notification.objects.filter(about_type=SUBJECT, about_id=OuterRef("pk"))
    rows = Appointment.objects.filter(
        organization_id=organization_id,
        status=Status.BOOKED,
        is_walk_in=False,
        starts_at__gt=now,
        starts_at__lt=now + WATCHED_AHEAD,
        changes__created_at__lt=now - GRACE,
    ).exclude(Exists(told))
    found = rows.aggregate(count=Count("pk", distinct=True), oldest=Min("changes__created_at"))
    return Finding(found["count"], found["oldest"])


def tell_cancelled(appointment: Appointment) -> None:
    """Withdraw the reminders and say that the visit is cancelled, with the calendar's withdrawal."""
    actor = _get_actor(appointment)
    withdraw(actor=actor, about=_get_about(appointment))
    revoke_links(appointment)
    revoke_pins(appointment)
    if appointment.ends_at <= clock.now():
        return
    context = {
        "practitioner": _name(appointment),
        "when": _get_moment(appointment),
        "link": _get_booking_link(appointment),
    }
    _send(actor, appointment, _kinds(appointment)["cancelled"], context, "cancelled", with_calendar=True)


def tell_missed(appointment: Appointment) -> None:
    """Withdraw what is left and offer another time, without blame."""
    actor = _get_actor(appointment)
    withdraw(actor=actor, about=_get_about(appointment))
    context = {
        "practitioner": _name(appointment),
        "when": _get_moment(appointment),
        "link": _get_booking_link(appointment),
    }
    _send(actor, appointment, _kinds(appointment)["missed"], context, "missed")


def tell_ready(appointment: Appointment, *, about: tuple[str, UUID], link: str) -> None:
    """Say that the clinician is ready, once for each time that the appointment was moved to.

    ``about`` is not the appointment: what is planned for that is withdrawn when reactions to its booking run.
    """
    notify(
        actor=_get_actor(appointment),
        patient_id=appointment.patient_id,
        template=READY,
        context={"practitioner": _name(appointment), "link": link},
        about=about,
        key=_get_key(appointment, "ready"),
    )


def _send(
    actor: Actor,
    appointment: Appointment,
    template: str,
    context: dict[str, object],
    name: str,
    *,
    expires_at: datetime | None = None,
    with_calendar: bool = False,
) -> None:
    language = appointment.patient.page_language
    notify(
        actor=actor,
        patient_id=appointment.patient_id,
        template=template,
        context=context,
        about=_get_about(appointment),
        expires_at=expires_at,
        calendar=build_calendar(appointment, language=language) if with_calendar else "",
        key=_get_key(appointment, name),
    )


def _get_actor(appointment: Appointment) -> Actor:
    return Actor.system(appointment.organization_id, "reminders")


def _get_about(appointment: Appointment) -> tuple[str, UUID]:
    return (SUBJECT, appointment.id)


def _get_key(appointment: Appointment, name: str) -> str:
    """Unique per appointment, version and message: a repeated event sends nothing twice."""
    return f"appointment:{appointment.id}:{appointment.sequence}:{name}"


def _name(appointment: Appointment) -> str:
    return str(appointment.practitioner.full_name)


def _get_moment(appointment: Appointment) -> datetime:
    """The start in the clinician's zone: messages then name both zones where they differ."""
    return appointment.starts_at.astimezone(ZoneInfo(appointment.practitioner_zone))


def _get_booking_link(appointment: Appointment) -> str:
    slug = Organization.objects.values_list("slug", flat=True).get(pk=appointment.organization_id)
    return f"{settings.PUBLIC_URL}/o/{slug}/book/"
