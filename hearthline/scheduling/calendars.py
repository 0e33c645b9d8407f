"""Calendar files (RFC 5545): one stable identifier per appointment, nothing clinical, both zones right."""

from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext, override
from icalendar import Calendar, Event, vCalAddress, vText

from hearthline.design.formats import when
from hearthline.foundation import clock
from hearthline.scheduling.models import Appointment, Mode
from hearthline.scheduling.rules.states import Status
from hearthline.tenancy.models import Organization

PRODUCT = "-//Hearthline//Appointments//EN"


def build_calendar(appointment: Appointment, *, language: str) -> str:
    """The appointment as a calendar file: an invitation, or its withdrawal when it is cancelled.

    Moving counts ``SEQUENCE`` up and keeps ``UID``, so that a calendar changes its entry instead of adding one.
    """
    is_cancelled = appointment.status == Status.CANCELLED
    with override(language):
        event = _build_event(appointment, language)
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if is_cancelled else "REQUEST")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return str(calendar.to_ical(), "utf-8")


def _build_event(appointment: Appointment, language: str) -> Event:
    organization = Organization.objects.get(pk=appointment.organization_id)
    event = Event()
    event.add("uid", f"{appointment.id}@{urlsplit(settings.PUBLIC_URL).hostname}")
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", clock.now().astimezone(UTC))
    starts_at, ends_at = _get_local_times(appointment)
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("summary", gettext("Visit, %(organization)s") % {"organization": organization.name})
    event.add("description", _describe(appointment, organization, language))
    event.add("class", "PRIVATE")
    event.add("location", _say_place(appointment))
    event.add("url", get_link(appointment))
    organizer = vCalAddress(f"mailto:{settings.DEFAULT_FROM_EMAIL}")
    organizer.params["cn"] = vText(organization.name)
    event.add("organizer", organizer)
    if appointment.patient.email:
        event.add("attendee", vCalAddress(f"mailto:{appointment.patient.email}"))
    return event


def _get_local_times(appointment: Appointment) -> tuple[datetime, datetime]:
    """Start and end in the patient's zone; in UTC when one lies in an hour that the clock shows twice.

    The format has no way to say which of the two is meant.
    """
    zone = ZoneInfo(appointment.patient_zone)
    times = (appointment.starts_at.astimezone(zone), appointment.ends_at.astimezone(zone))
    if any(one.fold for one in times):
        return appointment.starts_at.astimezone(UTC), appointment.ends_at.astimezone(UTC)
    return times


def _say_place(appointment: Appointment) -> str:
    """Where to be: the site's address for a visit in person, else how the two meet."""
    if appointment.mode == Mode.IN_PERSON:
        return ", ".join(part for part in (appointment.site.name, appointment.site.address) if part)
    return str(Mode(appointment.mode).label)


def _describe(appointment: Appointment, organization: Organization, language: str) -> str:
    """With whom and when, in the zones of both, and what to do when it does not work out."""
    lines = [
        gettext("With %(practitioner)s") % {"practitioner": appointment.practitioner.full_name},
        when(appointment.starts_at, appointment.patient_zone, language),
    ]
    if appointment.practitioner_zone != appointment.patient_zone:
        their_time = when(appointment.starts_at, appointment.practitioner_zone, language)
        lines.append(gettext("For the clinician: %(when)s") % {"when": their_time})
    lines.append(gettext("Join, move or cancel: %(link)s") % {"link": get_link(appointment)})
    if organization.telephone:
        lines.append(gettext("If it does not work, call %(phone)s") % {"phone": organization.telephone})
    return "\n".join(lines)


def get_link(appointment: Appointment) -> str:
    """The appointment's page, behind sign-in."""
    return f"{settings.PUBLIC_URL}/care/appointments/{appointment.id}/"
