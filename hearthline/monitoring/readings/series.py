"""The values of one person, as columns for charts, rules and sums: the narrow store and packed days as one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from hearthline.monitoring.readings.flags import NOT_FOR_STATISTICS
from hearthline.monitoring.readings.packing import unpack
from hearthline.monitoring.readings.pipeline.arrays import POSTGRES_EPOCH_US

Column = np.ndarray[Any, np.dtype[Any]]
SECOND_US = 1_000_000
# A device's clock may be off by this much and its readings are still found by it; doors refuse more.
MAX_CORRECTION = timedelta(hours=48)
ARRAY_HEAD_BYTES = 20

NARROW = """
SELECT array_send(array_agg(observed_at)), array_send(array_agg(value)), array_send(array_agg(flags)),
  array_send(array_agg(correction_seconds)), array_send(array_agg(device_number))
FROM readings_reading WHERE organization_id = %s AND patient_number = %s AND metric = %s
  AND observed_at >= %s AND observed_at < %s
"""
PACKED = """
SELECT device_number, version, packed FROM readings_chunk
WHERE organization_id = %s AND patient_number = %s AND metric = %s AND day BETWEEN %s AND %s
"""


@dataclass(frozen=True)
class Series:
    """Values in order of their corrected time. ``at_us`` in microseconds since 1970 UTC, values in canonical units."""

    at_us: Column
    value: Column
    flags: Column
    device_number: Column

    def __len__(self) -> int:
        return len(self.at_us)

    def part(self, first: int, last: int) -> "Series":
        """Return the values from place ``first`` up to ``last``."""
        return Series(
            self.at_us[first:last],
            self.value[first:last],
            self.flags[first:last],
            self.device_number[first:last],
        )

    def for_statistics(self) -> "Series":
        """Return the series without withdrawn, doubled and future values."""
        kept = (self.flags & int(NOT_FOR_STATISTICS)) == 0
        return Series(self.at_us[kept], self.value[kept], self.flags[kept], self.device_number[kept])


def series_of(
    *, organization_id: UUID, patient_number: int, metric: int, since: datetime, until: datetime
) -> Series:
    """Return one person's values of one metric with ``since <= corrected time < until``.

    The transaction must speak for the organization; whoever asks has asked ``access`` before.
    """
    first, last = since - MAX_CORRECTION, until + MAX_CORRECTION
    parts = [
        *_packed(organization_id, patient_number, metric, first, last),
        *_narrow(organization_id, patient_number, metric, first, last),
    ]
    if not parts:
        nothing = np.array([], dtype=np.int64)
        return Series(nothing, nothing.astype(np.float32), nothing.astype(np.int32), nothing)
    observed, value, flags, correction, device = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    at_us = observed + correction * SECOND_US
    places = _once(observed, device)
    places = places[np.argsort(at_us[places], kind="stable")]
    start, end = _us(since), _us(until)
    places = places[(at_us[places] >= start) & (at_us[places] < end)]
    return Series(at_us[places], value[places], flags[places], device[places])


def _once(observed: Column, device: Column) -> Column:
    """Return the place of each value, in order of its key; of one that is there twice, the first place.

    Packed days come first: a value that came again after its day was packed is there twice, and equal.
    """
    places = np.lexsort((device, observed))
    is_first = np.ones(len(places), dtype=bool)
    is_first[1:] = (np.diff(observed[places]) != 0) | (np.diff(device[places]) != 0)
    return places[is_first]


def _narrow(
    organization_id: UUID, patient_number: int, metric: int, first: datetime, last: datetime
) -> list[tuple[Column, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(NARROW, [organization_id, patient_number, metric, first, last])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return []
    observed, value, flags, correction, device = (bytes(one) for one in row)
    return [
        (
            _elements(observed, ">i8").astype(np.int64) + POSTGRES_EPOCH_US,
            _elements(value, ">f4").astype(np.float32),
            _elements(flags, ">i4").astype(np.int32),
            _elements(correction, ">i4").astype(np.int64),
            _elements(device, ">i8").astype(np.int64),
        )
    ]


def _elements(sent: bytes, kind: str) -> Column:
    """Return the elements of an array in PostgreSQL's binary form (no nulls: a length before each)."""
    return np.frombuffer(sent, dtype=[("length", ">i4"), ("value", kind)], offset=ARRAY_HEAD_BYTES)["value"]


def _packed(
    organization_id: UUID, patient_number: int, metric: int, first: datetime, last: datetime
) -> list[tuple[Column, ...]]:
    days = (first.astimezone(UTC).date(), last.astimezone(UTC).date())
    with connection.cursor() as cursor:
        cursor.execute(PACKED, [organization_id, patient_number, metric, *days])
        rows = cursor.fetchall()
    found: list[tuple[Column, ...]] = []
    for device_number, version, packed in rows:
        columns = unpack(bytes(packed), version)
        device = np.full(len(columns.value), device_number, dtype=np.int64)
        correction = columns.correction_seconds.astype(np.int64)
        found.append((columns.observed_us, columns.value, columns.flags, correction, device))
    return found


def _us(at: datetime) -> int:
    return round(at.timestamp() * SECOND_US)
