"""Readings that a person types in, and putting them right. Always flagged: they count for care, not for device days."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from hearthline.identity.actor import Actor
from hearthline.monitoring.home.kinds import Kind
from hearthline.monitoring.home.services.storing import Measurement, own_device, store_measurements
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Device, Latest, MonitoredPatient
from hearthline.monitoring.readings.pipeline.types import Outcome

DOOR = "typed"
KNOWN_FOR = timedelta(days=60)  # an older weight says little about who stands on the scale


def type_in(
    *, actor: Actor, monitored: MonitoredPatient, kind: Kind, values: Mapping[str, float], at: datetime
) -> Outcome:
    """Store one measurement that was typed in, in canonical units. Its time counts in whole minutes.

    So the same form sent twice is one reading; another value for the same minute is a conflict that the page explains.
    """
    device = own_device(monitored, Device.Kind.MANUAL, "Typed in")
    units = {metric.code: metric.unit.ucum for metric in kind.metrics}
    measurement = Measurement(
        device.number,
        at.replace(second=0, microsecond=0),
        [(code, units[code], value) for code, value in values.items()],
        flags=int(Flag.MANUAL),
    )
    return store_measurements(actor=actor, monitored=monitored, door=DOOR, measurements=[measurement])[0]


def known_weight(monitored: MonitoredPatient, now: datetime) -> float | None:
    """Return the person's last weight in kilograms, unless it is too old to tell who is who."""
    found = Latest.objects.filter(
        organization_id=monitored.organization_id,
        patient_number=monitored.number,
        metric=BY_CODE["weight"].number,
        observed_at__gt=now - KNOWN_FOR,
    )
    return found.values_list("value", flat=True).first()
