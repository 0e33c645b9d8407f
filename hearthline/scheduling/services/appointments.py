"""Book, move, confirm, cancel, and what happens on the day."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from hearthline.directory.models import CareRelationship, Patient, Practitioner
from hearthline.directory.services.care import add_care_relationship, end_care_relationships_of
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.scheduling import errors, events
from hearthline.scheduling.locks import take_turn
from hearthline.scheduling.models import Appointment, AppointmentChange, Mode, Reason, Service
from hearthline.scheduling.queries import is_licensed_at
from hearthline.scheduling.rules import states
from hearthline.scheduling.rules.requirements import Kind, Wish
from hearthline.scheduling.rules.slots import Slot
from hearthline.scheduling.rules.states import Action, Status
from hearthline.scheduling.services.base import (
    advance,
    find_slot,
    get_door,
    get_period,
    lock_appointment,
    translating_conflicts,
    write_history,
)
from hearthline.scheduling.services.expiry import delete_expired_holds
from hearthline.scheduling.services.requirements import (
    helps_only,
    needs_of,
    note_requirements,
    wishes_of_patient,
)
from hearthline.tenancy.models import Site

RELATIONSHIP_AFTER_VISIT = timedelta(days=180)
RELATIONSHIP_SOURCE = CareRelationship.Source.APPOINTMENT


@transaction.atomic
def book_appointment(
    actor: Actor,
    *,
    patient: Patient,
    service: Service,
    practitioner_id: UUID,
    starts_at: datetime,
    mode: str,
    location_jurisdiction: str,
    location_place: str,
    idempotency_key: str,
    follows: Appointment | None = None,
    wishes: Mapping[Kind, Wish] | None = None,
) -> Appointment:
    """Book a time that is offered, at once (staff, demo); asked again with the same key, answer as before.

    ``wishes`` is what has to be there; None takes it from the patient's record.

    Raises:
        SchedulingError: not offered, taken, not licensed, or the patient is busy.
    """
    take_turn(actor.organization_id, practitioner_id, patient.id)
    before = Appointment.objects.filter(idempotency_key=idempotency_key).first()
    if before is not None:
        return before
    if mode not in service.modes:
        raise errors.NotBookableError
    if service.needs_licence and not is_licensed_at(practitioner_id, location_jurisdiction, starts_at):
        raise errors.NotLicensedError
    delete_expired_holds(practitioner_id=practitioner_id)
    slot = find_slot(
        service=service,
        jurisdiction=location_jurisdiction,
        practitioner_id=practitioner_id,
        starts_at=starts_at,
        is_staff=True,
    )
    appointment = make_appointment(actor, service=service, slot=slot, mode=mode, key=idempotency_key)
    appointment.status = Status.BOOKED.value
    appointment.location_jurisdiction = location_jurisdiction
    appointment.location_place = location_place
    appointment.follows = follows
    copy_patient(appointment, patient)
    with translating_conflicts():
        appointment.save(force_insert=True)
    wishes = wishes_of_patient(patient) if wishes is None else wishes
    finish_booking(actor, appointment, wishes=wishes, before=None)
    return appointment


def make_appointment(actor: Actor, *, service: Service, slot: Slot, mode: str, key: str) -> Appointment:
    """A row for the slot, not saved and without a state."""
    site = Site.objects.get(pk=slot.site_id)
    starts_at, ends_at = get_moments(slot)
    return Appointment(
        organization_id=actor.organization_id,
        service=service,
        practitioner_id=slot.practitioner_id,
        site=site,
        practitioner_zone=site.zone,
        starts_at=starts_at,
        ends_at=ends_at,
        period=get_period(service, starts_at, ends_at),
        mode=mode,
        booked_by_id=actor.user_id,
        idempotency_key=key,
    )


def get_moments(slot: Slot) -> tuple[datetime, datetime]:
    """The slot's start and end."""
    zero = datetime.fromtimestamp(0, tz=clock.now().tzinfo)
    return zero + timedelta(seconds=slot.start), zero + timedelta(seconds=slot.end)


def copy_patient(appointment: Appointment, patient: Patient) -> None:
    """Copy what the visit needs to know of the patient as it stands at booking."""
    appointment.patient = patient
    appointment.patient_zone = appointment.patient_zone or patient.zone
    appointment.language = appointment.language or patient.language
    appointment.access_needs = helps_only(needs_of(patient) | set(appointment.access_needs))


def finish_booking(
    actor: Actor, appointment: Appointment, *, wishes: Mapping[Kind, Wish], before: Appointment | None
) -> None:
    """What has to be there, history, audit, the clinician's relationship to the patient, and the event."""
    note_requirements(appointment, wishes)
    write_history(actor, appointment, Action.BOOK, before=before, door=get_door(actor))
    relate(actor, appointment)
    publish(events.AppointmentBooked(**get_facts(appointment)))


def relate(actor: Actor, appointment: Appointment) -> None:
    """Make the clinician of the appointment, and nobody else because of it, one who cares for the patient."""
    end_care_relationships_of(actor=actor, source=RELATIONSHIP_SOURCE, source_id=appointment.id)
    add_care_relationship(
        actor=actor,
        patient=appointment.patient,
        practitioner=Practitioner.objects.get(pk=appointment.practitioner_id),
        source=RELATIONSHIP_SOURCE,
        source_id=appointment.id,
        ends_at=appointment.ends_at + RELATIONSHIP_AFTER_VISIT,
    )


def get_facts(appointment: Appointment) -> dict[str, Any]:
    """The identifiers and times that every event of an appointment carries."""
    return {
        "organization_id": appointment.organization_id,
        "appointment_id": appointment.id,
        "patient_id": appointment.patient_id,
        "practitioner_id": appointment.practitioner_id,
        "starts_at": appointment.starts_at,
    }


@transaction.atomic
def move_appointment(
    actor: Actor,
    *,
    appointment: Appointment,
    practitioner_id: UUID,
    starts_at: datetime,
    door: AppointmentChange.Door | None = None,
) -> Appointment:
    """Give the appointment another time or practitioner; it keeps its id. Moved there already, nothing happens.

    Raises:
        SchedulingError: not offered, taken, not licensed, begun, or the patient is busy.
    """
    take_turn(actor.organization_id, practitioner_id, appointment.practitioner_id, appointment.patient_id)
    current = lock_appointment(appointment)
    if current.starts_at == starts_at and current.practitioner_id == practitioner_id:
        return current
    door = door or get_door(actor)
    refuse_after_start(current, door)
    before = copy(current)
    advance(current, Action.MOVE)
    service = current.service
    if service.needs_licence and not is_licensed_at(
        practitioner_id, current.location_jurisdiction, starts_at
    ):
        raise errors.NotLicensedError
    delete_expired_holds(practitioner_id=practitioner_id)
    slot = find_slot(
        service=service,
        jurisdiction=current.location_jurisdiction,
        practitioner_id=practitioner_id,
        starts_at=starts_at,
        is_staff=door == AppointmentChange.Door.STAFF,
        ignoring=current.id,
    )
    site = Site.objects.get(pk=slot.site_id)
    current.site, current.practitioner_zone, current.practitioner_id = site, site.zone, practitioner_id
    current.starts_at, current.ends_at = get_moments(slot)
    current.period = get_period(service, current.starts_at, current.ends_at)
    current.moved_from_at, current.confirmed_at = before.starts_at, None
    current.sequence += 1
    with translating_conflicts():
        current.save()
    write_history(actor, current, Action.MOVE, before=before, door=door)
    relate(actor, current)
    facts = get_facts(current)
    publish(
        events.AppointmentMoved(
            **facts, moved_from_at=before.starts_at, moved_from_practitioner_id=before.practitioner_id
        )
    )
    return current


def refuse_after_start(appointment: Appointment, door: AppointmentChange.Door) -> None:
    """Patients change an appointment before it begins; later they call the clinic.

    Raises:
        TooLateError: it has begun and the door is not the staff's.
    """
    is_begun = appointment.starts_at <= clock.now()
    if is_begun and door not in (AppointmentChange.Door.STAFF, AppointmentChange.Door.SYSTEM):
        raise errors.TooLateError


@transaction.atomic
def cancel_appointment(
    actor: Actor, *, appointment: Appointment, reason_code: str, door: AppointmentChange.Door | None = None
) -> Appointment:
    """Cancel with a reason; cancelled already, nothing happens."""
    current = lock_appointment(appointment)
    if current.status == Status.CANCELLED:
        return current
    door = door or get_door(actor)
    refuse_after_start(current, door)
    before = copy(current)
    advance(current, Action.CANCEL)
    current.reason_code = Reason(reason_code).value
    current.sequence += 1
    current.save(update_fields=["status", "reason_code", "sequence"])
    write_history(actor, current, Action.CANCEL, before=before, door=door)
    end_care_relationships_of(actor=actor, source=RELATIONSHIP_SOURCE, source_id=current.id)
    publish(events.AppointmentCancelled(**get_facts(current)))
    return current


@transaction.atomic
def confirm_attendance(
    actor: Actor, *, appointment: Appointment, door: AppointmentChange.Door | None = None
) -> Appointment:
    """Note that the patient said they will come; said already, nothing happens."""
    current = lock_appointment(appointment)
    if current.confirmed_at is not None and current.status in (Status.BOOKED, Status.ARRIVED):
        return current
    door = door or get_door(actor)
    refuse_after_start(current, door)
    before = copy(current)
    advance(current, Action.CONFIRM)
    current.confirmed_at = clock.now()
    current.save(update_fields=["confirmed_at"])
    write_history(actor, current, Action.CONFIRM, before=before, door=door)
    publish(events.AppointmentConfirmed(**get_facts(current)))
    return current


@transaction.atomic
def mark_arrived(actor: Actor, *, appointment: Appointment) -> Appointment:
    """Note that the patient is there; noted already, nothing happens."""
    current = lock_appointment(appointment)
    if current.status == Status.ARRIVED:
        return current
    before = copy(current)
    if current.status == Status.NOSHOW:
        advance(current, Action.UNDO_NOSHOW)
        current.reason_code = ""
    advance(current, Action.ARRIVE)
    current.arrived_at = clock.now()
    with translating_conflicts():
        current.save(update_fields=["status", "arrived_at", "reason_code"])
    write_history(actor, current, Action.ARRIVE, before=before, door=get_door(actor))
    publish(events.PatientArrived(**get_facts(current)))
    return current


@transaction.atomic
def undo_arrived(actor: Actor, *, appointment: Appointment) -> Appointment:
    """Take back an arrival noted by mistake."""
    return _change(actor, appointment, Action.UNDO_ARRIVE, {"arrived_at": None})


@transaction.atomic
def mark_noshow(actor: Actor, *, appointment: Appointment, reason_code: str) -> Appointment:
    """Note that the patient did not come, and why as far as known; not before the start."""
    current = lock_appointment(appointment)
    if current.status == Status.NOSHOW:
        return current
    now = clock.now()
    if states.is_too_early_for_noshow(int(current.starts_at.timestamp()), int(now.timestamp())):
        raise errors.TooEarlyError
    changed = _change(actor, current, Action.NOSHOW, {"reason_code": Reason(reason_code).value})
    publish(events.AppointmentMissed(**get_facts(changed)))
    return changed


@transaction.atomic
def undo_noshow(actor: Actor, *, appointment: Appointment) -> Appointment:
    """Take back a no-show noted by mistake; refused when the time has been given to someone else."""
    return _change(actor, appointment, Action.UNDO_NOSHOW, {"reason_code": ""})


@transaction.atomic
def fulfil_appointment(actor: Actor, *, appointment: Appointment) -> Appointment:
    """Note that the visit took place (``visits`` calls this when it ends); noted already, nothing happens."""
    current = lock_appointment(appointment)
    if current.status == Status.FULFILLED:
        return current
    return _change(actor, current, Action.FULFIL, {})


@transaction.atomic
def change_to_telephone(actor: Actor, *, appointment: Appointment) -> Appointment:
    """Hold an appointment by telephone, as agreed with the patient; held so already, nothing happens.

    The patient is told, and reminded, as of a visit by telephone from now on.
    """
    current = lock_appointment(appointment)
    if current.mode == Mode.PHONE:
        return current
    changed = _change(
        actor, current, Action.TO_TELEPHONE, {"mode": Mode.PHONE, "sequence": current.sequence + 1}
    )
    publish(events.AppointmentToTelephone(**get_facts(changed)))
    return changed


def _change(actor: Actor, appointment: Appointment, action: Action, values: dict[str, object]) -> Appointment:
    """Apply an action that changes the state and some values, and nothing else."""
    current = lock_appointment(appointment)
    before = copy(current)
    advance(current, action)
    for name, value in values.items():
        setattr(current, name, value)
    with translating_conflicts():
        current.save(update_fields=["status", *values])
    write_history(actor, current, action, before=before, door=get_door(actor))
    return current
