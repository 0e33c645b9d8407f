"""What the worker asks of the house: every database work of telephones, in the transaction of one organization.

The telephone acts as the system, in the name "telephone": a caller's number is no proof of anybody, the digits of an
appointment are what opens it, and they open this appointment only.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache

from hearthline.audit import services as audit
from hearthline.foundation import clock
from hearthline.foundation.crypto import blind_index
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role
from hearthline.messaging import notices
from hearthline.messaging.models import StaffNotice
from hearthline.messaging.recipients import normal_telephone
from hearthline.messaging.rules import Intent
from hearthline.messaging.wording import say_moment
from hearthline.scheduling import errors
from hearthline.scheduling.models import Appointment, AppointmentChange
from hearthline.scheduling.queries import find_offered_slots
from hearthline.scheduling.replying import act_on
from hearthline.scheduling.rules.states import Status
from hearthline.scheduling.services.appointments import get_moments, move_appointment
from hearthline.scheduling.services.pins import find_appointment_by_pin
from hearthline.telephony.menu import TIMES_MOST, Facts
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import PhoneCall, Visit
from hearthline.visits.rules import OPEN_STATES
from hearthline.visits.services import telephone
from hearthline.visits.services.lifecycle import visit_for_appointment

ACTOR_NAME = "telephone"
WRONG_MOST = 30  # of one organization in one stretch; then nobody's digits are taken until it is over
WRONG_MOST_OF_CALLER = 9
WRONG_SECONDS = 15 * 60
CALLER_PURPOSE = "telephone_caller"
EXPECTED_AROUND, EXPECTED_MOST = timedelta(days=2), 1_000
SEARCHED_AHEAD = timedelta(days=21)
REFUSALS = {"too_early": "too_early", "too_late": "too_late", "closed": "no_appointment"}
Door = AppointmentChange.Door
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clinic:
    """The organization whose number was dialled."""

    organization_id: UUID
    name: str
    slug: str
    languages: Sequence[str]


@dataclass(frozen=True)
class Known:
    """The appointment that somebody named by its digits, and what is said of it."""

    organization_id: UUID
    appointment_id: UUID
    language: str
    facts: Facts


@dataclass(frozen=True)
class Slot:
    """Another time that is offered."""

    practitioner_id: UUID
    starts_at: datetime
    words: str


@dataclass(frozen=True)
class Checked:
    """What became of typed digits."""

    known: Known | None = None
    is_locked: bool = False


@dataclass(frozen=True)
class Changed:
    """What became of a wish: the line to say, and the appointment as it is now."""

    line: str
    facts: Facts = field(default_factory=Facts)


def actor_of(organization_id: UUID) -> Actor:
    """Return as whom the telephone acts."""
    return Actor.system(organization_id, ACTOR_NAME)


def clinic_at(number: str) -> Clinic | None:
    """Return the organization that a dialled number belongs to."""
    digits = "+" + "".join(sign for sign in number if sign.isdigit())
    found = Organization.objects.filter(dial_in_number=digits, is_active=True).first()
    if found is None:
        return None
    languages = [
        found.default_language,
        *(code for code, _ in settings.LANGUAGES if code != found.default_language),
    ]
    return Clinic(found.pk, found.name, found.slug, languages)


def check_pin(clinic: Clinic, pin: str, caller: str) -> Checked:
    """Look digits up. Wrong ones are counted by clinic and by caller, in the shared counters, at once.

    When strangers have used up what a clinic bears, the line stays open to the telephones of those who are expected,
    with a count of their own: whoever guesses closes it for strangers only. That number proves nothing, it is a
    place in another queue; the digits open the appointment (docs/decisions/telephones.md).
    """
    organization_key = f"telephone_pin:{clinic.organization_id}"
    caller_key = f"{organization_key}:{blind_index(clinic.organization_id, CALLER_PURPOSE, caller).hex()}"
    if caller and _count(caller_key) >= WRONG_MOST_OF_CALLER:
        return Checked(is_locked=True)
    group_key = f"{organization_key}:strangers"
    if _count(group_key) >= WRONG_MOST:
        group_key = f"{organization_key}:expected"
        if not is_expected(clinic.organization_id, caller) or _count(group_key) >= WRONG_MOST:
            return Checked(is_locked=True)
    with acting_in(clinic.organization_id):
        organization = Organization.objects.get(pk=clinic.organization_id)
        appointment = find_appointment_by_pin(organization, pin)
        if appointment is not None:
            actor = actor_of(clinic.organization_id)
            audit.record(
                actor, "appointment.named_by_telephone", appointment, patient_id=appointment.patient_id
            )
            language = appointment.patient.page_language
            return Checked(
                Known(clinic.organization_id, appointment.pk, language, facts_of(appointment, language))
            )
    total = _add(group_key)
    of_caller = _add(caller_key) if caller else 0
    audit.record_denial(
        actor_of(clinic.organization_id),
        "appointment.named_by_telephone",
        ("organization", clinic.organization_id),
    )
    if total == WRONG_MOST:
        _alarm(clinic.organization_id)
    return Checked(is_locked=total >= WRONG_MOST or of_caller >= WRONG_MOST_OF_CALLER)


def is_expected(organization_id: UUID, caller: str) -> bool:
    """Whether a number is the one of somebody who has an appointment of these days, as agreed or on record."""
    now = clock.now()
    with acting_in(organization_id):
        country = Organization.objects.get(pk=organization_id).jurisdiction[:2]
        number = normal_telephone(caller, country=country)
        coming = Visit.objects.filter(
            state__in=OPEN_STATES, starts_at__gt=now - EXPECTED_AROUND, starts_at__lt=now + EXPECTED_AROUND
        ).select_related("patient")
        known = {
            one
            for visit in coming[:EXPECTED_MOST]
            for one in (visit.call_back_number, visit.patient.telephone)
        }
        return bool(number) and number in {normal_telephone(one, country=country) for one in known if one}


def _count(key: str) -> int:
    return int(cache.get(key, 0))


def _add(key: str) -> int:
    cache.add(key, 0, timeout=WRONG_SECONDS)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out in between
        cache.set(key, 1, timeout=WRONG_SECONDS)
        return 1


def _alarm(organization_id: UUID) -> None:
    """Tell the front desk once that somebody guesses digits, and that dialling in is closed for a while."""
    with acting_in(organization_id):
        notices.tell_roles(
            organization_id=organization_id,
            roles=(Role.NAVIGATOR, Role.ADMINISTRATOR),
            kind=StaffNotice.Kind.OTHER,
            about=("organization", organization_id),
            path="/",
            key=f"telephone_pin:{organization_id}:{clock.now():%Y%m%d%H%M}",
        )


def facts_of(appointment: Appointment, language: str) -> Facts:
    """Return what is said of an appointment: who, when, and what may be done. Nothing clinical is in it."""
    visit = Visit.objects.filter(appointment=appointment).first()
    is_ahead = appointment.status == Status.BOOKED and appointment.starts_at > clock.now()
    return Facts(
        practitioner=appointment.practitioner.full_name,
        when=_say_when(appointment, appointment.starts_at, language),
        may_join=visit is not None and visit.is_open,
        may_change=is_ahead,
    )


def _say_when(appointment: Appointment, moment: datetime, language: str) -> str:
    return say_moment(
        moment, zone=ZoneInfo(appointment.patient_zone or appointment.practitioner_zone), language=language
    )


def _get(known: Known) -> Appointment:
    return Appointment.objects.select_related("service", "practitioner", "site", "patient").get(
        pk=known.appointment_id
    )


def wish(known: Known, intent: Intent) -> Changed:
    """Confirm or cancel, by the same way as an answer to a text."""
    line = {Intent.CONFIRM: "confirmed", Intent.CANCEL: "cancelled"}[intent]
    with acting_in(known.organization_id):
        try:
            act_on(actor_of(known.organization_id), _get(known), intent, door=Door.TELEPHONE)
        except errors.SchedulingError:
            line = "not_possible"
        return Changed(line, facts_of(_get(known), known.language))


def other_times(known: Known) -> list[Slot]:
    """Return the next free times of the same clinician, one a day where there are several days."""
    with acting_in(known.organization_id):
        appointment = _get(known)
        now = clock.now()
        slots = find_offered_slots(
            service=appointment.service,
            jurisdiction=appointment.location_jurisdiction,
            start=now,
            end=now + SEARCHED_AHEAD,
            practitioner_id=appointment.practitioner_id,
            ignoring=appointment.pk,
        )
        zone = ZoneInfo(appointment.patient_zone or appointment.practitioner_zone)
        found: list[Slot] = []
        days = set()
        for slot in slots:
            starts_at = get_moments(slot)[0]
            day = starts_at.astimezone(zone).date()
            if starts_at == appointment.starts_at or day in days or len(found) == TIMES_MOST:
                continue
            days.add(day)
            words = _say_when(appointment, starts_at, known.language)
            found.append(Slot(slot.practitioner_id, starts_at, words))
        return found


def move(known: Known, slot: Slot) -> Changed:
    """Give the appointment one of the times that were offered."""
    line = "moved"
    with acting_in(known.organization_id):
        try:
            move_appointment(
                actor_of(known.organization_id),
                appointment=_get(known),
                practitioner_id=slot.practitioner_id,
                starts_at=slot.starts_at,
                door=Door.TELEPHONE,
            )
        except errors.SchedulingError:
            line = "not_possible"
        return Changed(line, facts_of(_get(known), known.language))


def call_back(known: Known) -> Changed:
    """Note that somebody wants to be called, where their visit can still take place."""
    with acting_in(known.organization_id):
        visit = visit_for_appointment(_get(known))
        try:
            if visit is None:
                raise VisitRefusedError("closed")
            telephone.want_call_back(actor=actor_of(known.organization_id), visit=visit)
        except VisitRefusedError:
            return Changed("not_possible", facts_of(_get(known), known.language))
        return Changed("call_back")


def join(known: Known, number: str) -> PhoneCall | Changed:
    """Bring the caller into the waiting room of their visit, or say why not."""
    with acting_in(known.organization_id):
        appointment = _get(known)
        visit = visit_for_appointment(appointment)
        try:
            if visit is None:
                raise VisitRefusedError("closed")
            return telephone.dial_in(actor=actor_of(known.organization_id), visit=visit, number=number)
        except VisitRefusedError as refused:
            return Changed(REFUSALS.get(refused.code, "not_possible"), facts_of(appointment, known.language))
