"""What every change of an appointment shares: writing against the constraints, history, audit, events."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from psycopg.types.range import TimestamptzRange

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.scheduling import errors
from hearthline.scheduling.models import Appointment, AppointmentChange, Service
from hearthline.scheduling.queries import find_offered_slots
from hearthline.scheduling.rules import states
from hearthline.scheduling.rules.slots import Slot
from hearthline.scheduling.rules.states import Action

Door = AppointmentChange.Door
ERRORS_BY_CONSTRAINT = {
    "appointment_practitioner_free": errors.SlotTakenError,
    "appointment_patient_free": errors.PatientBusyError,
}


def get_period(service: Service, starts_at: datetime, ends_at: datetime) -> TimestamptzRange:
    """The clinician's time for a visit: its buffers included."""
    return TimestamptzRange(
        starts_at - timedelta(minutes=service.buffer_before_minutes),
        ends_at + timedelta(minutes=service.buffer_after_minutes),
    )


@contextmanager
def translating_conflicts() -> Iterator[None]:
    """Run a write in a savepoint; what the exclusion constraints refuse becomes an error with words."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnostic = getattr(error.__cause__, "diag", None)
        kind = ERRORS_BY_CONSTRAINT.get(getattr(diagnostic, "constraint_name", "") or "")
        if kind is None:
            raise
        raise kind from error


def get_door(actor: Actor) -> AppointmentChange.Door:
    """The door through which an actor comes."""
    if actor.kind != "user":
        return Door.SYSTEM
    return Door.STAFF if actor.is_staff else Door.PATIENT


def find_slot(
    *,
    service: Service,
    jurisdiction: str,
    practitioner_id: UUID,
    starts_at: datetime,
    is_staff: bool,
    ignoring: UUID | None = None,
) -> Slot:
    """The offered slot that starts exactly then.

    Raises:
        SlotNotOfferedError: there is none (any more).
    """
    second = int(starts_at.timestamp())
    found = find_offered_slots(
        service=service,
        jurisdiction=jurisdiction,
        start=starts_at,
        end=starts_at + timedelta(seconds=1),
        practitioner_id=practitioner_id,
        ignoring=ignoring,
        is_staff=is_staff,
    )
    for slot in found:
        if slot.start == second:
            return slot
    raise errors.SlotNotOfferedError


def advance(appointment: Appointment, action: Action) -> None:
    """Set the state that the action leads to.

    Raises:
        ChangeNotAllowedError: the appointment's state does not allow it.
    """
    target = states.get_next(appointment.status, action)
    if target is None:
        raise errors.ChangeNotAllowedError
    appointment.status = target.value


def lock_appointment(appointment: Appointment) -> Appointment:
    """The row as it is now, locked until the transaction ends."""
    return (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("service", "practitioner")
        .get(pk=appointment.pk)
    )


def write_history(
    actor: Actor,
    appointment: Appointment,
    action: Action,
    *,
    before: Appointment | None,
    door: AppointmentChange.Door,
) -> None:
    """Add the change to the history and to the audit."""
    AppointmentChange.objects.create(
        organization_id=appointment.organization_id,
        appointment=appointment,
        action=action.value,
        from_status=before.status if before else "",
        to_status=appointment.status,
        from_starts_at=before.starts_at if before else None,
        to_starts_at=appointment.starts_at,
        from_practitioner_id=before.practitioner_id if before else None,
        to_practitioner_id=appointment.practitioner_id,
        reason_code=appointment.reason_code if action in states.NEEDS_REASON else "",
        door=door,
        changed_by_id=actor.user_id,
        created_at=clock.now(),
    )
    record(
        actor,
        f"appointment.{PAST_TENSE[action]}",
        appointment,
        patient_id=appointment.patient_id,
        reason=appointment.reason_code if action in states.NEEDS_REASON else "",
    )


PAST_TENSE = {
    Action.BOOK: "booked",
    Action.MOVE: "moved",
    Action.CONFIRM: "confirmed",
    Action.CANCEL: "cancelled",
    Action.ARRIVE: "arrived",
    Action.UNDO_ARRIVE: "arrival_undone",
    Action.NOSHOW: "missed",
    Action.UNDO_NOSHOW: "missed_undone",
    Action.FULFIL: "fulfilled",
    Action.TO_TELEPHONE: "changed_to_telephone",
}
