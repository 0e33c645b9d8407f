"""Values whose device was nobody's: kept as they come, until somebody says whose they are or that they are nobody's."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from django.db.models import Q

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.monitoring.home.models import UnclaimedReading
from hearthline.monitoring.home.services.pairing import free_slot
from hearthline.monitoring.home.services.storing import Measurement, store_measurements
from hearthline.monitoring.readings.devices import assign_device
from hearthline.monitoring.readings.metrics import BY_NUMBER
from hearthline.monitoring.readings.models import DeviceAssignment, MonitoredPatient
from hearthline.monitoring.readings.pipeline import arrays
from hearthline.monitoring.readings.pipeline.arrays import Column
from hearthline.monitoring.readings.pipeline.types import Outcome

DOOR = "claimed"
KEEP = """
INSERT INTO home_unclaimedreading (id, organization_id, created_at, device_id, metric, observed_at, user_index, value,
  flags, correction_seconds, received_at, settled)
SELECT u.id, u.organization_id, now(), d.id, u.metric, u.observed_at, u.user_index, u.value, u.flags,
  u.correction_seconds, u.received_at, ''
FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
  AS u (id, organization_id, number, metric, observed_at, user_index, value, flags, correction_seconds, received_at)
JOIN readings_device d ON d.organization_id = u.organization_id AND d.number = u.number
ON CONFLICT DO NOTHING
"""


def keep_unclaimed(cursor: psycopg.Cursor[Any], rows: Column) -> None:
    """Keep values of nobody in the transaction that refused them; a repeat changes nothing."""
    organizations = [UUID(bytes=one.tobytes()) for one in rows["organization"]]
    places = np.arange(len(rows))
    cursor.execute(
        KEEP,
        [
            arrays.uuids([new_id() for _ in places], places),
            arrays.uuids(organizations, places),
            arrays.bigints(rows["device_number"]),
            arrays.smallints(rows["metric"]),
            arrays.timestamps(rows["observed_us"]),
            arrays.smallints(rows["user_index"]),
            arrays.reals(rows["value"]),
            arrays.integers(rows["flags"]),
            arrays.integers(rows["correction_seconds"]),
            arrays.timestamps(rows["received_us"]),
        ],
    )


def together_with(one: UnclaimedReading) -> list[UnclaimedReading]:
    """Return all open values of the same measurement (one device, one time, one slot)."""
    found = UnclaimedReading.objects.filter(
        organization_id=one.organization_id,
        device_id=one.device_id,
        observed_at=one.observed_at,
        user_index=one.user_index,
        settled="",
    )
    return list(found.select_related("device").select_for_update(of=("self",)).order_by("metric"))


def give_to(*, actor: Actor, one: UnclaimedReading, monitored: MonitoredPatient) -> Outcome:
    """Store a measurement for the person it belongs to. The device measures them in that second, and no longer."""
    rows = together_with(one)
    assignment = _assignment_at(actor, rows[0], monitored)
    measurement = Measurement(
        rows[0].device.number,
        rows[0].observed_at,
        [(BY_NUMBER[row.metric].code, BY_NUMBER[row.metric].unit.ucum, row.value) for row in rows],
        user_index=assignment.user_index,
        correction_seconds=rows[0].correction_seconds,
        flags=rows[0].flags,
    )
    outcome = store_measurements(actor=actor, monitored=monitored, door=DOOR, measurements=[measurement])[0]
    _settle(actor, rows, UnclaimedReading.Settled.CLAIMED)
    record(actor, "reading.claimed", one, patient_id=monitored.patient_id)
    return outcome


def drop(*, actor: Actor, one: UnclaimedReading) -> None:
    """Note that a measurement is no patient's of ours. The row stays, so that a repeat does not ask again."""
    _settle(actor, together_with(one), UnclaimedReading.Settled.DROPPED)
    record(actor, "reading.dropped", one)


def _settle(actor: Actor, rows: Sequence[UnclaimedReading], how: str) -> None:
    ids = [row.pk for row in rows]
    UnclaimedReading.objects.filter(pk__in=ids).update(
        settled=how, settled_at=clock.now(), settled_by_id=actor.user_id
    )


def _assignment_at(actor: Actor, row: UnclaimedReading, monitored: MonitoredPatient) -> DeviceAssignment:
    at = row.observed_at + timedelta(seconds=row.correction_seconds)
    then = DeviceAssignment.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        organization_id=row.organization_id,
        device_id=row.device_id,
        starts_at__lte=at,
    )
    own = then.filter(monitored=monitored).first()
    if own is not None:
        return own
    slots = set(then.values_list("user_index", flat=True))
    return assign_device(
        actor=actor,
        device=row.device,
        monitored=monitored,
        starts_at=at,
        ends_at=at + timedelta(seconds=1),
        user_index=free_slot(slots, row.user_index),
    )
