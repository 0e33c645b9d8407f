"""The answers of a booking that is being made."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import get_language

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.scheduling import errors
from hearthline.scheduling.models import Appointment, BookingDraft, Service, UrgencyScreen
from hearthline.scheduling.rules.states import Status
from hearthline.scheduling.rules.urgency import (
    RedFlag,
    Urgency,
    get_crisis_number,
    get_emergency_number,
    screen,
)
from hearthline.scheduling.services.holds import release_draft
from hearthline.tenancy.models import Organization

KEEP_DRAFT = timedelta(days=2)


@transaction.atomic
def start_draft(actor: Actor, *, patient: Any = None, follows: Appointment | None = None) -> BookingDraft:
    """Begin a booking, for a patient when it is known for whom."""
    return BookingDraft.objects.create(
        organization_id=actor.organization_id,
        user_id=actor.user_id,
        patient=patient,
        follows=follows,
        expires_at=clock.now() + KEEP_DRAFT,
    )


@transaction.atomic
def change_draft(
    actor: Actor, *, draft: BookingDraft, gives_back_time: bool = False, **answers: Any
) -> BookingDraft:
    """Store answers; those that decide which times are offered give back the time that was kept.

    Raises:
        ChangeNotAllowedError: the draft has become a booking.
    """
    refuse_booked(draft)
    if gives_back_time:
        release_draft(actor, draft=draft)
        draft.appointment = None
    for name, value in answers.items():
        setattr(draft, name, value)
    draft.save()
    return draft


def refuse_booked(draft: BookingDraft) -> None:
    """Refuse to change what has become a booking.

    Raises:
        ChangeNotAllowedError: it has.
    """
    held = draft.appointment
    if held is not None and held.status != Status.HELD:
        raise errors.ChangeNotAllowedError


@transaction.atomic
def answer_red_flags(
    actor: Actor,
    *,
    draft: BookingDraft,
    service: Service | None,
    flags: Sequence[RedFlag],
    answers: Mapping[str, bool],
) -> Urgency:
    """Conclude from a red-flag screen and record it with the number that is shown."""
    refuse_booked(draft)
    urgency = screen(flags, answers)
    emergency, crisis = get_numbers(draft)
    shown = {Urgency.EMERGENCY: emergency, Urgency.CRISIS: crisis or emergency, Urgency.CLEAR: ""}[urgency]
    done = UrgencyScreen.objects.create(
        organization_id=actor.organization_id,
        draft=draft,
        patient=draft.patient,
        service=service,
        answers=json.dumps(dict(answers)),
        urgency=urgency.value,
        number_shown=shown,
        language=get_language() or "en",
    )
    record(actor, "urgency_screen.answered", done, patient_id=draft.patient_id)
    name = "urgency" if service is None else "service_urgency"
    gives_back = urgency is not Urgency.CLEAR
    change_draft(actor, draft=draft, gives_back_time=gives_back, **{name: urgency.value})
    return urgency


def emergency_number_at(organization: Organization, place: str) -> str:
    """The number for an ambulance where a person is: the clinic's own in its country, else that country's."""
    is_local = place[:2] == organization.jurisdiction[:2]
    return (is_local and organization.emergency_number) or get_emergency_number(place)


def get_numbers(draft: BookingDraft) -> tuple[str, str]:
    """The emergency number and the crisis line of where the person is, as far as that is known."""
    organization = Organization.objects.get(pk=draft.organization_id)
    patient = draft.patient
    place = (
        draft.location_jurisdiction or (patient.jurisdiction if patient else "") or organization.jurisdiction
    )
    return emergency_number_at(organization, place), get_crisis_number(place)


def bookable_services(actor: Actor, draft: BookingDraft) -> QuerySet[Service]:
    """The services that this person may book; strangers get those that are open to new patients."""
    levels = [Service.BookedBy.ANYONE]
    if draft.patient_id is not None:
        levels.append(Service.BookedBy.KNOWN_PATIENTS)
    return Service.objects.filter(
        organization_id=actor.organization_id, is_active=True, booked_by__in=levels, offers__isnull=False
    ).distinct()


@transaction.atomic
def claim_draft(actor: Actor, *, draft: BookingDraft, patient: Any) -> BookingDraft:
    """Make a stranger's draft that of the person who has signed in, and of their patient when there is one only.

    The time that is kept stays kept: it is now the patient's.
    """
    if draft.user_id is None and actor.user_id is not None:
        draft.user_id = actor.user_id
    if draft.patient_id is None and patient is not None:
        draft.patient = patient
        UrgencyScreen.objects.filter(draft=draft, patient__isnull=True).update(patient=patient)
    draft.save(update_fields=["user", "patient"])
    return draft
