"""The line of people without an appointment."""

from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.scheduling import errors, events
from hearthline.scheduling.locks import take_turn
from hearthline.scheduling.models import Appointment, Service, WalkInEntry
from hearthline.scheduling.queries import is_licensed_at
from hearthline.scheduling.rules.slots import Slot
from hearthline.scheduling.rules.states import ACTIVE, Status
from hearthline.scheduling.services.appointments import (
    copy_patient,
    finish_booking,
    get_facts,
    make_appointment,
)
from hearthline.scheduling.services.base import translating_conflicts
from hearthline.scheduling.services.expiry import delete_expired_holds
from hearthline.tenancy.models import Site

SHORTEST_WALK_IN_MINUTES = 5


@transaction.atomic
def join_queue(
    actor: Actor,
    *,
    patient: Patient,
    service: Service,
    site: Site,
    mode: str,
    location_jurisdiction: str,
    location_place: str,
) -> WalkInEntry:
    """Give a person a place at the end of the line.

    Raises:
        AlreadyWaitingError: the person has a place already.
        NotBookableError: the service has no line.
    """
    if not service.takes_walk_ins or not service.is_active or mode not in service.modes:
        raise errors.NotBookableError
    entry = WalkInEntry(
        organization_id=actor.organization_id,
        patient=patient,
        service=service,
        site=site,
        mode=mode,
        location_jurisdiction=location_jurisdiction,
        location_place=location_place,
        joined_at=clock.now(),
    )
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as error:
        raise errors.AlreadyWaitingError from error
    record(actor, "walk_in.joined", entry, patient_id=patient.id)
    return entry


@transaction.atomic
def leave_queue(actor: Actor, *, entry: WalkInEntry) -> None:
    """Give up a place; left or called already, nothing happens."""
    current = WalkInEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    if current.status != WalkInEntry.Status.WAITING:
        return
    current.status, current.left_at = WalkInEntry.Status.LEFT, clock.now()
    current.save(update_fields=["status", "left_at"])
    record(actor, "walk_in.left", current, patient_id=current.patient_id)


@transaction.atomic
def call_next(actor: Actor, *, entry: WalkInEntry, practitioner_id: UUID) -> Appointment:
    """Call a person from the line: the place becomes an appointment that starts now, with the patient there.

    Raises:
        NothingWaitingError: someone else has called the person, or they left.
        NotLicensedError: the practitioner may not treat someone who is there.
        NoTimeBeforeNextError: the practitioner's next appointment begins within minutes.
    """
    take_turn(actor.organization_id, practitioner_id, entry.patient_id)
    current = WalkInEntry.objects.select_for_update(of=("self",)).select_related("service").get(pk=entry.pk)
    if current.status != WalkInEntry.Status.WAITING:
        raise errors.NothingWaitingError
    now = clock.now().replace(microsecond=0)
    if current.service.needs_licence and not is_licensed_at(
        practitioner_id, current.location_jurisdiction, now
    ):
        raise errors.NotLicensedError
    delete_expired_holds(practitioner_id=practitioner_id)
    minutes = _get_free_minutes(practitioner_id, current.service)
    second = int(now.timestamp())
    slot = Slot(practitioner_id, current.site_id, second, second + minutes * 60)
    appointment = make_appointment(
        actor, service=current.service, slot=slot, mode=current.mode, key=f"walk-in:{current.id}"
    )
    appointment.period = type(appointment.period)(appointment.starts_at, appointment.ends_at)
    appointment.status, appointment.is_walk_in = Status.ARRIVED.value, True
    appointment.arrived_at = current.joined_at
    appointment.location_jurisdiction = current.location_jurisdiction
    appointment.location_place = current.location_place
    copy_patient(appointment, current.patient)
    with translating_conflicts():
        appointment.save(force_insert=True)
    current.status, current.called_at, current.appointment = (
        WalkInEntry.Status.CALLED,
        clock.now(),
        appointment,
    )
    current.save(update_fields=["status", "called_at", "appointment"])
    record(actor, "walk_in.called", current, patient_id=current.patient_id)
    finish_booking(actor, appointment, before=None)
    publish(events.PatientArrived(**get_facts(appointment)))
    return appointment


def _get_free_minutes(practitioner_id: UUID, service: Service) -> int:
    """How long the practitioner can take now: the service's duration, or until the next appointment."""
    now = clock.now()
    following = (
        Appointment.objects.filter(
            practitioner_id=practitioner_id,
            status__in=sorted(ACTIVE),
            starts_at__gte=now,
            starts_at__lt=now + timedelta(days=1),
        )
        .order_by("starts_at")
        .values_list("period", flat=True)
        .first()
    )
    if following is None:
        return service.duration_minutes
    free = int((following.lower - now).total_seconds() // 60)
    if free < SHORTEST_WALK_IN_MINUTES:
        raise errors.NoTimeBeforeNextError
    return min(service.duration_minutes, free)
