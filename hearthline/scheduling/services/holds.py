"""Keeping a time while someone decides, and turning it into a booking."""

from copy import copy
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.scheduling import errors
from hearthline.scheduling.locks import take_turn
from hearthline.scheduling.models import Appointment, BookingDraft, Service
from hearthline.scheduling.queries import is_licensed_at
from hearthline.scheduling.rules.states import Action, Status
from hearthline.scheduling.services.appointments import copy_patient, finish_booking, make_appointment
from hearthline.scheduling.services.base import advance, find_slot, translating_conflicts
from hearthline.scheduling.services.expiry import delete_expired_holds, delete_holds
from hearthline.scheduling.services.requirements import helps_only, wishes_of_draft

HOLD = timedelta(minutes=10)
MAXIMUM_ANONYMOUS_HOLDS = 40


@transaction.atomic
def hold_slot(
    actor: Actor, *, draft: BookingDraft, practitioner_id: UUID, starts_at: datetime
) -> Appointment:
    """Keep a time for ten minutes. The draft's former hold is given back only when the new one is ours.

    Raises:
        SchedulingError: the red-flag screen is not clear, an answer is missing, or the time is gone.
    """
    draft = BookingDraft.objects.select_for_update(of=("self",)).select_related("service").get(pk=draft.pk)
    refuse_unready(draft)
    take_turn(actor.organization_id, practitioner_id, draft.patient_id)
    former = draft.appointment
    if former is not None and former.status != Status.HELD:
        raise errors.ChangeNotAllowedError
    _refuse_crowd(actor, former)
    delete_expired_holds(practitioner_id=practitioner_id)
    slot = find_slot(
        service=draft.service,
        jurisdiction=draft.location_jurisdiction,
        practitioner_id=practitioner_id,
        starts_at=starts_at,
        is_staff=False,
        ignoring=former.id if former else None,
    )
    held = make_appointment(actor, service=draft.service, slot=slot, mode=draft.mode, key="")
    held.idempotency_key = f"hold:{held.id}"
    held.status, held.held_until = Status.HELD.value, clock.now() + HOLD
    held.patient_id = draft.patient_id
    copy_draft(held, draft)
    with translating_conflicts():
        if former is not None:
            delete_holds([former.id])
        held.save(force_insert=True)
    draft.appointment = held
    draft.save(update_fields=["appointment"])
    record(actor, "appointment.held", held, patient_id=held.patient_id)
    return held


def refuse_unready(draft: BookingDraft) -> None:
    """Refuse to keep a time before the questions that decide about it are answered.

    Raises:
        NeedsHelpNowError: a red flag was answered with yes.
        AnswersMissingError: an answer is missing.
        NotBookableError: the service is closed or not to be had that way.
    """
    if draft.urgency and not draft.is_clear:
        raise errors.NeedsHelpNowError
    service: Service | None = draft.service
    if service is None or not draft.urgency or not draft.location_jurisdiction or not draft.mode:
        raise errors.AnswersMissingError
    if service.red_flags and not draft.service_urgency:
        raise errors.AnswersMissingError
    if not service.is_active or draft.mode not in service.modes:
        raise errors.NotBookableError
    if service.booked_by == Service.BookedBy.STAFF:
        raise errors.NotBookableError


def _refuse_crowd(actor: Actor, former: Appointment | None) -> None:
    """Strangers together may hold only so many times, so that a script cannot empty the clinic's week."""
    if actor.user_id is not None or former is not None:
        return
    held = Appointment.objects.filter(status=Status.HELD, booked_by__isnull=True, held_until__gt=clock.now())
    if held.count() >= MAXIMUM_ANONYMOUS_HOLDS:
        raise errors.TooManyHoldsError


def copy_draft(appointment: Appointment, draft: BookingDraft) -> None:
    """Copy the answers to the appointment."""
    appointment.location_jurisdiction = draft.location_jurisdiction
    appointment.location_place = draft.location_place
    appointment.patient_zone = draft.zone
    appointment.language = draft.language
    appointment.access_needs = helps_only(set(draft.access_needs))
    appointment.follows_id = draft.follows_id


@transaction.atomic
def book_draft(actor: Actor, *, draft: BookingDraft, patient: Patient) -> Appointment:
    """Turn the hold into a booking of the patient; asked again, answer as before.

    Raises:
        HoldExpiredError: the time was given back (and, if it is still free, must be chosen again).
        SchedulingError: not licensed, patient busy, an answer missing.
    """
    draft = BookingDraft.objects.select_for_update(of=("self",)).select_related("service").get(pk=draft.pk)
    held: Appointment | None = draft.appointment
    if held is not None and held.status != Status.HELD:
        return held
    refuse_unready(draft)
    if held is None:
        raise errors.HoldExpiredError
    take_turn(actor.organization_id, held.practitioner_id, patient.id)
    held = (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("service")
        .filter(pk=held.pk)
        .first()
    )
    if held is None or held.held_until is None or held.held_until <= clock.now():
        raise errors.HoldExpiredError
    jurisdiction = draft.location_jurisdiction
    if held.service.needs_licence and not is_licensed_at(held.practitioner_id, jurisdiction, held.starts_at):
        raise errors.NotLicensedError
    before = copy(held)
    advance(held, Action.BOOK)
    held.held_until = None
    held.booked_by_id = actor.user_id
    copy_draft(held, draft)
    copy_patient(held, patient)
    with translating_conflicts():
        held.save()
    draft.patient = patient
    draft.save(update_fields=["patient"])
    finish_booking(actor, held, wishes=wishes_of_draft(draft, patient), before=before)
    return held


@transaction.atomic
def release_draft(actor: Actor, *, draft: BookingDraft) -> None:
    """Give back the time that a draft holds, if it holds one."""
    held = draft.appointment
    if held is not None and held.status == Status.HELD:
        record(actor, "appointment.released", held, patient_id=held.patient_id)
        delete_holds([held.id])


def release_expired_holds() -> int:
    """Give back every time whose hold has run out, in the organization signed into the transaction."""
    with transaction.atomic():
        return delete_expired_holds()
