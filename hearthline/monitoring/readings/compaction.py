"""Pack finished days of streams: fifty times smaller, read in one row. Values and times stay to the last bit."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from hearthline.foundation import clock
from hearthline.monitoring.readings.metrics import METRICS
from hearthline.monitoring.readings.packing import VERSION, PackedColumns, pack, unpack

KEPT_NARROW_DAYS = 14  # alerts, late data and repeats concern these; older days are read, hardly written
PERSON_DAYS_AT_ONCE = 200
SECOND_US = 1_000_000
STREAMS = [metric.number for metric in METRICS if metric.is_stream]

DAYS = """
SELECT DISTINCT patient_number, metric, device_number, (observed_at AT TIME ZONE 'UTC')::date AS day
FROM readings_reading WHERE organization_id = %s AND metric = ANY (%s) AND observed_at < %s LIMIT %s
"""
ROWS = """
DELETE FROM readings_reading WHERE organization_id = %s AND patient_number = %s AND metric = %s
  AND device_number = %s AND observed_at >= %s AND observed_at < %s
RETURNING observed_at, received_at, value, flags, correction_seconds
"""
OLD = """
SELECT packed, version FROM readings_chunk WHERE organization_id = %s AND patient_number = %s AND metric = %s
  AND device_number = %s AND day = %s FOR UPDATE
"""
KEEP = """
INSERT INTO readings_chunk (organization_id, patient_number, metric, device_number, day, version, count, packed)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (organization_id, patient_number, metric, day, device_number)
DO UPDATE SET version = excluded.version, count = excluded.count, packed = excluded.packed
"""


def pack_finished_days(organization_id: UUID) -> int:
    """Pack some person-days of streams that are old enough; return how many. Late values join their packed day.

    The transaction must speak for the organization: rows leave the narrow store and enter the chunk together.
    """
    before = clock.now().astimezone(UTC).date() - timedelta(days=KEPT_NARROW_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(DAYS, [organization_id, STREAMS, _start(before), PERSON_DAYS_AT_ONCE])
        days = cursor.fetchall()
        for patient_number, metric, device_number, day in days:
            _pack_day(cursor, (organization_id, patient_number, metric, device_number), day)
    return len(days)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _pack_day(cursor: Any, key: tuple[UUID, int, int, int], day: date) -> None:
    cursor.execute(OLD, [*key, day])
    old = cursor.fetchone()
    cursor.execute(ROWS, [*key, _start(day), _start(day + timedelta(days=1))])
    columns = _columns(cursor.fetchall())
    if old is not None:
        columns = _joined(unpack(bytes(old[0]), old[1]), columns)
    cursor.execute(KEEP, [*key, day, VERSION, len(columns.value), pack(columns)])


def _columns(rows: list[tuple[datetime, datetime, float, int, int]]) -> PackedColumns:
    ordered = sorted(rows)
    return PackedColumns(
        observed_us=np.array([_us(row[0]) for row in ordered], dtype=np.int64),
        received_us=np.array([_us(row[1]) for row in ordered], dtype=np.int64),
        value=np.array([row[2] for row in ordered], dtype=np.float32),
        flags=np.array([row[3] for row in ordered], dtype=np.int32),
        correction_seconds=np.array([row[4] for row in ordered], dtype=np.int32),
    )


def _us(at: datetime) -> int:
    return round(at.timestamp() * SECOND_US)


def _joined(packed: PackedColumns, late: PackedColumns) -> PackedColumns:
    """Return both, in order; of two with the same time the packed one stays (the first is never overwritten)."""
    both = {name: np.concatenate([getattr(packed, name), getattr(late, name)]) for name in vars(packed)}
    _, places = np.unique(both["observed_us"], return_index=True)
    return PackedColumns(**{name: column[places] for name, column in both.items()})
