"""Which device a page speaks of, and that it measures this person. A new one becomes theirs; another's never does."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from django.db.models import Q
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.readings.models import Device, DeviceAssignment, MonitoredPatient
from hearthline.monitoring.readings.pipeline.types import NO_USER, UNKNOWN_USER

KINDS = {
    "blood-pressure": Device.Kind.CUFF,
    "weight": Device.Kind.SCALE,
    "glucose": Device.Kind.METER,
    "cgm": Device.Kind.CGM,
    "oximeter": Device.Kind.OXIMETER,
    "thermometer": Device.Kind.THERMOMETER,
}
# What a person's own new device has stored may be theirs from so long ago; of a shared one nothing before today.
OWN_BEFORE = timedelta(days=90)
BROWSERS_OWN = "web-"
FIRST_MADE_UP_SLOT = 200  # for people of one household on a device that does not number its users
MOST_DEVICES = 20


class Saying(msgspec.Struct, rename="camel"):
    """A device as the page met it. ``identifiers``: the maker's own, then this browser's name for it."""

    kind: Literal["blood-pressure", "weight", "glucose", "cgm", "oximeter", "thermometer"]
    name: Annotated[str, msgspec.Meta(max_length=80)]
    identifiers: Annotated[
        list[Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{16}|web-[\x21-\x7e]{1,60})$")]],
        msgspec.Meta(min_length=1, max_length=2),
    ]
    model: Annotated[str, msgspec.Meta(max_length=80)] = ""
    is_shared: bool = False


class PairingRefusedError(Exception):
    """The device may not be used for this person; the message is for them."""


def paired_device(
    *, actor: Actor, monitored: MonitoredPatient, said: Saying, user: int | None
) -> DeviceAssignment:
    """Return the assignment of a device to this person; made for a new device, or for a household's second person.

    Raises:
        PairingRefusedError: it is another person's, was taken back, or there are too many.
    """
    device = _known_device(monitored, said)
    if device is None:
        device = _new_device(monitored, said)
        slot = _said_slot(user) if said.is_shared else NO_USER
        starts_at = clock.now() if said.is_shared else clock.now() - OWN_BEFORE
        return _assign(actor, monitored, device, slot, starts_at)
    if device.retired_at is not None:
        raise PairingRefusedError(_("The clinic does not use this device any more. Ask us for another one."))
    now = clock.now()
    current = DeviceAssignment.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now),
        organization_id=monitored.organization_id,
        device=device,
        starts_at__lte=now,
    ).select_related("device")
    own = current.filter(monitored=monitored).first()
    if own is not None:
        return own
    if not device.identifier.startswith(BROWSERS_OWN):
        raise PairingRefusedError(_("This device is not yours. Ask the clinic to add it for you."))
    slots = set(current.values_list("user_index", flat=True))
    return _assign(actor, monitored, device, free_slot(slots, user), now)


def _known_device(monitored: MonitoredPatient, said: Saying) -> Device | None:
    found = Device.objects.filter(
        organization_id=monitored.organization_id, kind=KINDS[said.kind], identifier__in=said.identifiers
    )
    by_identifier = {device.identifier: device for device in found}
    return next((by_identifier[one] for one in said.identifiers if one in by_identifier), None)


def _new_device(monitored: MonitoredPatient, said: Saying) -> Device:
    held = DeviceAssignment.objects.filter(organization_id=monitored.organization_id, monitored=monitored)
    if held.count() >= MOST_DEVICES:
        raise PairingRefusedError(_("You have many devices here already. Ask the clinic to tidy the list."))
    device = Device.objects.create(
        organization_id=monitored.organization_id,
        kind=KINDS[said.kind],
        name=said.name or said.kind,
        model=said.model,
        identifier=said.identifiers[0],
    )
    device.refresh_from_db(fields=["number"])
    return device


def _said_slot(user: int | None) -> int:
    return NO_USER if user is None or user == UNKNOWN_USER else user


def free_slot(taken: set[int], user: int | None) -> int:
    """Return a slot of a device that nobody has: the one it said itself, none if nobody uses it, else a made-up one."""
    said = _said_slot(user)
    if said not in taken and (said != NO_USER or not taken):
        return said
    return next(slot for slot in range(FIRST_MADE_UP_SLOT, UNKNOWN_USER) if slot not in taken)


def _assign(
    actor: Actor, monitored: MonitoredPatient, device: Device, slot: int, starts_at: datetime
) -> DeviceAssignment:
    made = DeviceAssignment.objects.create(
        organization_id=monitored.organization_id,
        device=device,
        monitored=monitored,
        user_index=slot,
        starts_at=starts_at,
    )
    record(actor, "device.paired", device, patient_id=monitored.patient_id)
    return made
