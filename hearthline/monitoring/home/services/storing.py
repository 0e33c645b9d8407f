"""The pages' way into the one pipeline: measurements in a person's words become a submission that is stored."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.readings.models import Device, DeviceAssignment, MonitoredPatient
from hearthline.monitoring.readings.pipeline.normalise import Draft, kind_of, normalise
from hearthline.monitoring.readings.pipeline.store import store_group
from hearthline.monitoring.readings.pipeline.types import NO_USER, Outcome, Submission

SECOND_US = 1_000_000
OLDEST = timedelta(days=400)  # how far back a person may type in or bring along readings


@dataclass(frozen=True)
class Measurement:
    """What one device said at one time. ``values``: metric code, UCUM unit, number (NaN: it had none)."""

    device_number: int
    observed_at: datetime
    values: Sequence[tuple[str, str, float]]
    user_index: int = NO_USER
    correction_seconds: int = 0
    flags: int = 0
    details: dict[str, Any] = field(default_factory=dict)


def store_measurements(
    *,
    actor: Actor,
    monitored: MonitoredPatient,
    door: str,
    measurements: Sequence[Measurement],
    original: bytes = b"",
    source_id: UUID | None = None,
) -> list[Outcome]:
    """Store measurements of one person and return what became of each; the reading of it is in the audit.

    ``source_id`` names the machine's way in (a link to a vendor): a value that was nobody's then waits for a person
    to say whose it is, as with any machine.
    """
    draft = Draft(items=len(measurements))
    for item, one in enumerate(measurements):
        for code, ucum, value in one.values:
            draft.add(
                item,
                kind_of(code, ucum),
                value,
                microseconds(one.observed_at),
                one.device_number,
                one.user_index,
                one.correction_seconds,
                one.flags,
            )
    received = clock.now()
    rows, outcomes = normalise(draft, microseconds(received))
    body = original or json.dumps([_as_sent(one) for one in measurements], sort_keys=True).encode()
    submission = Submission(
        monitored.organization_id, source_id, door, microseconds(received), body, rows, outcomes
    )
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        store_group(cursor, [submission])
    record(actor, "readings.added", monitored, patient_id=monitored.patient_id, fields=[door])
    return [Outcome(one) for one in submission.outcomes]


def own_device(monitored: MonitoredPatient, kind: Device.Kind, name: str) -> Device:
    """Return what stands for "typed in" or "read from a file" of one person; made when it is first needed."""
    device, is_new = Device.objects.get_or_create(
        organization_id=monitored.organization_id,
        kind=kind,
        identifier=f"{kind.value}-{monitored.number}",
        defaults={"name": name, "is_automatic": False},
    )
    if is_new:
        DeviceAssignment.objects.create(
            organization_id=monitored.organization_id,
            device=device,
            monitored=monitored,
            starts_at=clock.now() - OLDEST,
        )
        device.refresh_from_db(fields=["number"])
    return device


def microseconds(at: datetime) -> int:
    """Return a moment as microseconds since 1970 UTC."""
    return round(at.timestamp() * SECOND_US)


def _as_sent(one: Measurement) -> dict[str, Any]:
    return {
        "observed_at": one.observed_at.isoformat(),
        "values": [[code, ucum, f"{value:.9g}"] for code, ucum, value in one.values],
        "user_index": one.user_index,
        "correction_seconds": one.correction_seconds,
        "flags": one.flags,
        **one.details,
    }
