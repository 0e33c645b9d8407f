"""Values that were wrong: replaced or withdrawn, never silently. The first value stays in ``ReadingCorrection``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.readings.compaction import KEPT_NARROW_DAYS
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.models import (
    DirtyDay,
    Latest,
    MonitoredPatient,
    Reading,
    ReadingCorrection,
)
from hearthline.monitoring.readings.pipeline.store import NEVER_LATEST
from hearthline.monitoring.readings.series import series_of

CORRECTED_FOR = timedelta(days=KEPT_NARROW_DAYS)  # older days are packed
LATEST_SOUGHT_FOR = timedelta(days=400)


@dataclass(frozen=True)
class MeasurementKey:
    """What names all readings of one device at one time, by the device's own clock."""

    device_number: int
    observed_at: datetime


def readings_of(monitored: MonitoredPatient, key: MeasurementKey) -> list[Reading]:
    """Return the values of a measurement that can still be corrected, in order of their metric."""
    found = Reading.objects.filter(
        organization_id=monitored.organization_id,
        patient_number=monitored.number,
        device_number=key.device_number,
        observed_at=key.observed_at,
    )
    since = clock.now() - CORRECTED_FOR
    return [
        one for one in found.order_by("metric") if one.observed_at > since and not one.flags & Flag.RETRACTED
    ]


def correct_measurement(
    *,
    actor: Actor,
    monitored: MonitoredPatient,
    key: MeasurementKey,
    values: Mapping[int, float] | None,
    reason: str,
) -> int:
    """Replace values of a measurement (by metric), or with ``None`` withdraw all of it; return how many changed.

    What is newest and the sums of the day follow. The caller has asked who may do this.
    """
    changed = 0
    for reading in readings_of(monitored, key):
        new = None if values is None else values.get(reading.metric, reading.value)
        if new is not None and np.float32(new) == np.float32(reading.value):
            continue
        _replace(actor, monitored, reading, new, reason)
        changed += 1
    if changed:
        action = "reading.withdrawn" if values is None else "reading.corrected"
        record(actor, action, monitored, patient_id=monitored.patient_id, reason=reason)
    return changed


def _replace(
    actor: Actor, monitored: MonitoredPatient, reading: Reading, new: float | None, reason: str
) -> None:
    key = {
        "organization_id": monitored.organization_id,
        "patient_number": monitored.number,
        "metric": reading.metric,
    }
    flags = reading.flags | int(Flag.RETRACTED if new is None else Flag.CORRECTED)
    value = reading.value if new is None else new
    place = {"observed_at": reading.observed_at, "device_number": reading.device_number}
    Reading.objects.filter(**key, **place).update(value=value, flags=flags)
    ReadingCorrection.objects.create(
        **key, **place, old_value=reading.value, new_value=new, reason=reason, corrected_by_id=actor.user_id
    )
    at = reading.observed_at + timedelta(seconds=reading.correction_seconds)
    DirtyDay.objects.bulk_create([DirtyDay(**key, day=at.astimezone(UTC).date())], ignore_conflicts=True)
    renew_latest(monitored, reading.metric)


def renew_latest(monitored: MonitoredPatient, metric: int) -> None:
    """Let what is newest be the newest that still stands."""
    now = clock.now()
    series = series_of(
        organization_id=monitored.organization_id,
        patient_number=monitored.number,
        metric=metric,
        since=now - LATEST_SOUGHT_FOR,
        until=now + timedelta(days=1),
    )
    standing = np.flatnonzero((series.flags & NEVER_LATEST) == 0)
    found = Latest.objects.filter(
        organization_id=monitored.organization_id, patient_number=monitored.number, metric=metric
    )
    if not len(standing):
        found.delete()
        return
    place = standing[-1]
    found.update(
        observed_at=datetime.fromtimestamp(int(series.at_us[place]) / 1_000_000, UTC),
        value=float(series.value[place]),
        flags=int(series.flags[place]),
        device_number=int(series.device_number[place]),
    )
