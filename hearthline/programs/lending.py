"""Joins the thing that is lent (fleet) with the device that measures a person (monitoring)."""

from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hearthline.fleet.models import Asset, Placement
from hearthline.fleet.rules import LENT, Kind, State
from hearthline.fleet.services import move_asset
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.episodes.access import may_run
from hearthline.monitoring.readings.devices import assign_device, end_assignment
from hearthline.monitoring.readings.models import Device, DeviceAssignment
from hearthline.programs.models import Enrollment

REAL_DEVICES = tuple(kind for kind in Device.Kind if kind not in {Device.Kind.MANUAL, Device.Kind.FILE})
MEASURES = {
    Kind.CUFF: Device.Kind.CUFF,
    Kind.SCALE: Device.Kind.SCALE,
    Kind.METER: Device.Kind.METER,
    Kind.SENSOR: Device.Kind.CGM,
    Kind.OXIMETER: Device.Kind.OXIMETER,
    Kind.THERMOMETER: Device.Kind.THERMOMETER,
    Kind.OTHER: Device.Kind.OTHER,
}


def lendable() -> QuerySet[Asset]:
    """Return the things that can be lent to a person now."""
    return Asset.objects.filter(state=State.READY, kind__in=list(MEASURES))


@transaction.atomic
def lend(actor: Actor, *, enrollment: Enrollment, asset_id: UUID) -> DeviceAssignment:
    """Lend a thing to a person: from now on its readings are this person's.

    Raises:
        PermissionDenied: the actor is no clinician of this patient.
        ValidationError: it is not ready to be lent (any more), or the program has ended.
    """
    _require(actor, enrollment)
    if enrollment.episode.ends_on is not None:
        raise ValidationError(_("This program has ended."))
    asset = lendable().select_for_update().filter(pk=asset_id).first()
    if asset is None:
        raise ValidationError(_("This device is not ready to be lent any more. Choose another one."))
    placement = move_asset(actor, asset_id=asset.pk, to=State.PLACED)
    device, _is_new = Device.objects.update_or_create(
        organization_id=actor.organization_id,
        kind=MEASURES[Kind(asset.kind)],
        identifier=asset.serial,
        defaults={
            "name": str(asset),
            "model": asset.model,
            "placement_reference": placement.reference if placement else None,
            "retired_at": None,
        },
    )
    end_assignments(actor, device)
    return assign_device(
        actor=actor, device=device, monitored=enrollment.episode.monitored, starts_at=clock.now()
    )


@transaction.atomic
def take_back(actor: Actor, *, enrollment: Enrollment, device_id: UUID) -> None:
    """Have a lent thing back: what it measures from now on is nobody's, until it is lent again.

    Raises:
        PermissionDenied: the actor is no clinician of this patient.
        ValidationError: this person does not have it.
    """
    _require(actor, enrollment)
    assignment = lent_to(enrollment).filter(device_id=device_id).first()
    if assignment is None:
        raise ValidationError(_("This person does not have this device."))
    placement = Placement.objects.filter(
        reference=assignment.device.placement_reference, ended_at=None
    ).first()
    if placement is not None and placement.asset.state in LENT:
        if placement.asset.state == State.SHIPPED:
            move_asset(actor, asset_id=placement.asset_id, to=State.RETURNING)
        move_asset(actor, asset_id=placement.asset_id, to=State.RETURNED)
    end_assignments(actor, assignment.device)


def lent_to(enrollment: Enrollment) -> QuerySet[DeviceAssignment]:
    """Return the assignments of real devices that a person has now."""
    return DeviceAssignment.objects.filter(
        monitored=enrollment.episode.monitored, ends_at=None, device__kind__in=REAL_DEVICES
    ).select_related("device")


def end_assignments(actor: Actor, device: Device) -> None:
    """End whoever's a device is, now."""
    open_ones = DeviceAssignment.objects.filter(device=device, ends_at=None)
    for assignment in open_ones.select_for_update(of=("self",)).select_related("device", "monitored"):
        end_assignment(actor=actor, assignment=assignment)


def _require(actor: Actor, enrollment: Enrollment) -> None:
    if not may_run(actor, enrollment.episode.monitored):
        raise PermissionDenied
