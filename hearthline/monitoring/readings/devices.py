"""Who is monitored, and which device measures whom from when until when."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.readings.credentials import revoke_credential
from hearthline.monitoring.readings.models import (
    Device,
    DeviceAssignment,
    DeviceCredential,
    MonitoredPatient,
)
from hearthline.monitoring.readings.pipeline.types import NO_USER

_LEAST = timedelta(seconds=1)  # an assignment that is ended in its first second still was one


def start_monitoring(*, actor: Actor, patient: Patient) -> MonitoredPatient:
    """Let a patient's readings come in from now on; a second call changes nothing."""
    monitored, is_new = MonitoredPatient.objects.get_or_create(
        organization_id=patient.organization_id, patient=patient
    )
    if is_new:
        record(actor, "monitoring.started", monitored, patient_id=patient.pk)
    monitored.refresh_from_db(fields=["number"])
    return monitored


def add_device(*, actor: Actor, kind: str, name: str, model: str = "", identifier: str = "") -> Device:
    """Take a device into the list.

    Raises:
        ValidationError: another one of its kind has this number.
    """
    taken = Device.objects.filter(organization_id=actor.organization_id, kind=kind, identifier=identifier)
    if identifier and taken.exists():
        raise ValidationError(
            {"identifier": _("A device of this kind with this number is in the list already.")}
        )
    device = Device.objects.create(
        organization_id=actor.organization_id, kind=kind, name=name, model=model, identifier=identifier
    )
    device.refresh_from_db(fields=["number"])
    record(actor, "device.added", device)
    return device


def assign_device(
    *,
    actor: Actor,
    device: Device,
    monitored: MonitoredPatient,
    starts_at: datetime,
    ends_at: datetime | None = None,
    user_index: int = NO_USER,
) -> DeviceAssignment:
    """Say that a device measures a person from a time on.

    Raises:
        ValidationError: it measures somebody else then, or the end lies before the beginning.
    """
    if ends_at is not None and ends_at <= starts_at:
        raise ValidationError({"ends_on": _("The end lies before the beginning.")})
    try:
        with transaction.atomic():
            made = DeviceAssignment.objects.create(
                organization_id=monitored.organization_id,
                device=device,
                monitored=monitored,
                user_index=user_index,
                starts_at=starts_at,
                ends_at=ends_at,
            )
    except IntegrityError as refused:
        if "device_measures_one_person_at_a_time" not in str(refused):
            raise
        message = _(
            "This device measures somebody else at that time. End that first, or give it a user number."
        )
        raise ValidationError(message) from refused
    record(actor, "device.assigned", device, patient_id=monitored.patient_id)
    return made


def end_assignment(*, actor: Actor, assignment: DeviceAssignment, is_retired: bool = False) -> None:
    """End a device's time with a person; a retired device is let in no more, nor is what it was let in with."""
    now = clock.now()
    if assignment.ends_at is None or assignment.ends_at > now:
        assignment.ends_at = max(now, assignment.starts_at + _LEAST)
        assignment.save(update_fields=["ends_at"])
    if is_retired:
        Device.objects.filter(pk=assignment.device_id).update(retired_at=now)
        for credential in DeviceCredential.objects.filter(device=assignment.device, revoked_at__isnull=True):
            revoke_credential(actor=actor, credential=credential, reason="device returned")
    record(
        actor,
        "device.returned" if is_retired else "device.assignment-ended",
        assignment.device,
        patient_id=assignment.monitored.patient_id,
    )
