"""The line of people without an appointment."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.directory.queries import contact_rules_of
from hearthline.directory.rules import Channel, may_contact
from hearthline.foundation import clock
from hearthline.foundation.changes import announce
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.messaging.services import withdraw
from hearthline.scheduling import errors, events
from hearthline.scheduling.lines import LONGEST_WAIT, MAXIMUM_LINE
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
from hearthline.scheduling.services.requirements import wishes_of_patient
from hearthline.tenancy.models import Site

SHORTEST_WALK_IN_MINUTES = 5
LINE_TOPIC = "line"
SUBJECT = "scheduling.walkinentry"  # what messages to people in line are about


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
    call_back_number: str = "",
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
        call_back_number=call_back_number,
        joined_at=clock.now(),
    )
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as error:
        raise errors.AlreadyWaitingError from error
    record(actor, "walk_in.joined", entry, patient_id=patient.id)
    _tell_line(entry)
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
    withdraw(actor=actor, about=(SUBJECT, current.pk))
    _tell_line(current)


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
    withdraw(actor=actor, about=(SUBJECT, current.pk))
    finish_booking(actor, appointment, wishes=wishes_of_patient(current.patient), before=None)
    publish(events.PatientArrived(**get_facts(appointment)))
    publish(events.WalkInCalled(organization_id=current.organization_id, entry_id=current.pk))
    _tell_line(current)
    return appointment


@transaction.atomic
def want_call_back(actor: Actor, *, entry: WalkInEntry, call_back_number: str) -> None:
    """Note that the person goes away and wants to be called when it is their turn; the place is kept.

    Raises:
        NothingWaitingError: they have no place any more.
        CallsNotWantedError: they asked for no calls, or for none at this hour.
    """
    current = WalkInEntry.objects.select_for_update(of=("self",)).select_related("patient").get(pk=entry.pk)
    if current.status != WalkInEntry.Status.WAITING:
        raise errors.NothingWaitingError
    if not may_call_back(current):
        raise errors.CallsNotWantedError
    if current.call_wanted_at is not None and current.call_back_number == call_back_number:
        return
    current.call_wanted_at = current.call_wanted_at or clock.now()
    current.call_back_number = call_back_number
    current.save(update_fields=["call_wanted_at", "call_back_number"])
    record(actor, "walk_in.call_wanted", current, patient_id=current.patient_id)
    announce(current.organization_id, LINE_TOPIC)


@transaction.atomic
def stay_on_page(actor: Actor, *, entry: WalkInEntry) -> None:
    """Note that the person waits on the page after all; called or left meanwhile, nothing happens."""
    current = WalkInEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    if current.status != WalkInEntry.Status.WAITING or current.call_wanted_at is None:
        return
    current.call_wanted_at = None
    current.save(update_fields=["call_wanted_at"])
    record(actor, "walk_in.call_not_wanted", current, patient_id=current.patient_id)
    announce(current.organization_id, LINE_TOPIC)


def may_call_back(entry: WalkInEntry) -> bool:
    """Whether the person's safe-contact rules let us telephone them at this hour."""
    patient = entry.patient
    return may_contact(contact_rules_of(patient), Channel.VOICE, clock.now(), ZoneInfo(patient.zone))


def note_seen(entry: WalkInEntry) -> None:
    """Note that the person's own page shows the place at this moment."""
    WalkInEntry.objects.filter(pk=entry.pk).update(seen_at=clock.now())


@transaction.atomic
def close_old_places() -> int:
    """Take those out of the lines who joined on another day; return how many."""
    old = WalkInEntry.objects.filter(
        status=WalkInEntry.Status.WAITING, joined_at__lte=clock.now() - LONGEST_WAIT
    )
    entries = list(old[:MAXIMUM_LINE])
    for entry in entries:
        leave_queue(Actor.system(entry.organization_id, "line"), entry=entry)
    return len(entries)


def _tell_line(entry: WalkInEntry) -> None:
    """Tell open pages, and those behind, that the line is another one now."""
    announce(entry.organization_id, LINE_TOPIC)
    publish(
        events.LineMoved(
            organization_id=entry.organization_id, service_id=entry.service_id, site_id=entry.site_id
        )
    )


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
