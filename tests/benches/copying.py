"""Readings as PostgreSQL's binary COPY takes them, made as arrays: nothing is done for a single reading in Python."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import psycopg

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH_OF_POSTGRESQL = datetime(2000, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000
ROWS_AT_ONCE = 500_000
SAID_EVERY = 10  # parts
# name, type, bytes: the columns in the order in which they are copied
COLUMNS = (
    ("organization_id", "V16", 16),
    ("patient_number", ">i8", 8),
    ("device_number", ">i8", 8),
    ("ingestion_number", ">i8", 8),
    ("observed_at", ">i8", 8),
    ("received_at", ">i8", 8),
    ("value", ">f4", 4),
    ("flags", ">i4", 4),
    ("correction_seconds", ">i4", 4),
    ("metric", ">i2", 2),
)
COPY = f"COPY readings_reading ({', '.join(name for name, _, _ in COLUMNS)}) FROM STDIN WITH (FORMAT binary)"
FIELDS: list[tuple[str, str]] = [("fields", ">i2")]
for _name, _type, _bytes in COLUMNS:
    FIELDS += [(f"{_name}_length", ">i4"), (_name, _type)]
ROW = np.dtype(FIELDS)


def copy_readings(
    owner: psycopg.Connection[Any],
    *,
    organization_id: UUID,
    metric: int,
    people: int,
    start: datetime,
    steps: int,
    step: timedelta,
    first_device: int,
    say: Callable[[str], None],
) -> None:
    """Store one reading of each person at each step, in the order of time, as they would have come."""
    steps_at_once = max(1, ROWS_AT_ONCE // people)
    begin = round((start - EPOCH_OF_POSTGRESQL).total_seconds()) * SECOND_US
    step_us = round(step.total_seconds() * SECOND_US)
    numbers = np.arange(1, people + 1)
    chance = np.random.default_rng(1)
    said = 0
    with owner.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.write(SIGNATURE)
        for first in range(0, steps, steps_at_once):
            places = np.arange(first, min(steps, first + steps_at_once))
            rows = _blank(len(places) * people, organization_id, metric)
            at = np.repeat(begin + places * step_us, people)
            person = np.tile(numbers, len(places))
            rows["patient_number"], rows["device_number"] = person, first_device + person
            rows["observed_at"] = at
            rows["received_at"] = at + chance.integers(5, 15, len(at)) * SECOND_US
            swing = np.sin(at / (9000 * SECOND_US) + person)
            rows["value"] = np.round(130 + 45 * swing + 8 * chance.random(len(at)))
            copy.write(rows.tobytes())
            tenth = SAID_EVERY * (first + len(places)) // steps
            if tenth > said:
                said = tenth
                say(f"  {tenth * 100 // SAID_EVERY} % of the readings copied")
        copy.write(TRAILER)


def _blank(count: int, organization_id: UUID, metric: int) -> "np.ndarray[Any, np.dtype[np.void]]":
    rows = np.zeros(count, dtype=ROW)
    rows["fields"] = len(COLUMNS)
    for name, _, size in COLUMNS:
        rows[f"{name}_length"] = size
    rows["organization_id"] = np.void(organization_id.bytes)
    rows["metric"] = metric
    return rows
