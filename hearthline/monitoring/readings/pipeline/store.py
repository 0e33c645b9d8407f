"""Store what doors understood: one set-based transaction part for a group of bodies, whatever organizations they mix.

The caller opens the transaction and commits it; nobody is told "stored" before that. Rows go in sorted by their key,
so that two groups at once never wait for each other crosswise.
"""

import hashlib
import zlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import psycopg

from hearthline.foundation.ids import new_id
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.pipeline import arrays, persons
from hearthline.monitoring.readings.pipeline.arrays import Column
from hearthline.monitoring.readings.pipeline.types import (
    NEW_ROW,
    ROW,
    UNCLAIMED_ROW,
    Outcome,
    Submission,
    hooks,
    unclaimed_hooks,
)

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
BODY_COMPRESSION = 1  # bodies are dropped after weeks; time matters more than size
# For a body of one reading, making zlib's usual window of memory costs five times as much as packing into a small one.
SMALL_BODY_BYTES, SMALL_WINDOW_BITS, SMALL_MEMORY_LEVEL = 4096, 12, 5
SEEN_AT_MOST_EVERY = "1 minute"
NOBODY = UUID(int=0)  # no credential: a page or a file
NEVER_LATEST = int(Flag.FUTURE | Flag.RETRACTED)

NUMBERS = "SELECT nextval('readings_ingestion_number') FROM generate_series(1, %s)"
INGESTIONS = """
INSERT INTO readings_ingestion (organization_id, number, credential_id, door, received_at, body_sha256, body,
  accepted, duplicates, conflicts, rejected)
SELECT o, n, nullif(c, '00000000-0000-0000-0000-000000000000'), d, r, s, b, accepted, duplicates, conflicts, rejected
FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
  AS u (o, n, c, d, r, s, b, accepted, duplicates, conflicts, rejected)
"""
INSERT = """
INSERT INTO readings_reading (organization_id, patient_number, metric, observed_at, device_number, value, flags,
  correction_seconds, received_at, ingestion_number)
SELECT * FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING
"""
STORED = """
SELECT wanted.place, r.value, r.ingestion_number FROM unnest(%s, %s, %s, %s, %s, %s)
  AS wanted (place, organization_id, patient_number, metric, observed_at, device_number)
JOIN readings_reading r USING (organization_id, patient_number, metric, observed_at, device_number)
"""
CONFLICTS = """
INSERT INTO readings_readingconflict (id, organization_id, patient_number, metric, observed_at, device_number,
  kept_value, other_value, ingestion_number, received_at)
SELECT * FROM (VALUES (%s::uuid, %s::uuid, %s::bigint, %s::smallint, to_timestamp(%s::bigint / 1000000.0), %s::bigint,
  %s::real, %s::real, %s::bigint, to_timestamp(%s::bigint / 1000000.0)))
  AS other (id, organization_id, patient_number, metric, observed_at, device_number, kept, value, ingestion, received)
WHERE NOT EXISTS (SELECT 1 FROM readings_readingconflict c WHERE c.organization_id = other.organization_id
  AND c.patient_number = other.patient_number AND c.metric = other.metric AND c.observed_at = other.observed_at
  AND c.device_number = other.device_number AND c.other_value = other.value)
"""
LATEST = """
INSERT INTO readings_latest (organization_id, patient_number, metric, observed_at, device_number, value, flags,
  received_at)
SELECT * FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (organization_id, patient_number, metric) DO UPDATE SET observed_at = excluded.observed_at,
  device_number = excluded.device_number, value = excluded.value, flags = excluded.flags,
  received_at = excluded.received_at
WHERE readings_latest.observed_at < excluded.observed_at
"""
DIRTY_DAYS = """
INSERT INTO readings_dirtyday (organization_id, patient_number, metric, day)
SELECT o, p, m, (d AT TIME ZONE 'UTC')::date FROM unnest(%s, %s, %s, %s) AS u (o, p, m, d) ON CONFLICT DO NOTHING
"""
SEEN = f"""
UPDATE readings_device d SET last_seen_at = now() FROM (
  SELECT id FROM readings_device JOIN unnest(%s, %s) AS u (o, n) ON organization_id = u.o AND number = u.n
  WHERE last_seen_at IS NULL OR last_seen_at < now() - interval '{SEEN_AT_MOST_EVERY}'
  ORDER BY id FOR UPDATE OF readings_device SKIP LOCKED) stale
WHERE d.id = stale.id
"""  # noqa: S608 - the only value put in is our constant


@dataclass
class _Batch:
    """The values of a group as columns, sorted by the readings' key."""

    organizations: list[UUID]
    submission: Column
    item: Column
    organization: Column  # place in ``organizations``
    patient: Column
    device: Column
    metric: Column
    observed_us: Column
    at_us: Column
    received_us: Column
    value: Column
    flags: Column
    correction_seconds: Column

    def taken(self, places: Column) -> "_Batch":
        """Return the batch of these places only."""
        columns = {name: column[places] for name, column in vars(self).items() if name != "organizations"}
        return _Batch(organizations=self.organizations, **columns)

    def __len__(self) -> int:
        return len(self.value)

    def differs_from_previous(self, *names: str) -> Column:
        """Return for each row (but the first, which is True) whether a column changed."""
        changed = np.zeros(len(self), dtype=bool)
        changed[:1] = True
        for name in names:
            column = getattr(self, name)
            changed[1:] |= column[1:] != column[:-1]
        return changed


class _Outcomes:
    """The outcomes of all items of a group in one column; an item keeps the worst of its values."""

    def __init__(self, submissions: list[Submission]) -> None:
        self._submissions = submissions
        lengths = [len(one.outcomes) for one in submissions]
        self._starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        self._all = np.concatenate([one.outcomes for one in submissions])

    def settle(self, batch: _Batch, places: Column, outcome: Outcome) -> None:
        """Give the items of these values an outcome."""
        items = self._starts[batch.submission[places]] + batch.item[places]
        self._all[items] = np.maximum(self._all[items], outcome)

    def hand_back(self) -> None:
        """Write the outcomes into the submissions."""
        for one, start, end in zip(self._submissions, self._starts, self._starts[1:], strict=False):
            one.outcomes[:] = self._all[start:end]


KEY = ("organization", "patient", "metric", "observed_us", "device")


def store_group(cursor: psycopg.Cursor[Any], submissions: list[Submission]) -> None:
    """Store a group of submissions in the open transaction and set the outcome of each item.

    ``cursor`` returns tuples. Everything about one new value commits together: the value, what is newest, the day to
    sum up again, and what the hooks (alerts) make of it.
    """
    arrays.teach(cursor)
    cursor.execute(NUMBERS, [len(submissions)])
    numbers = np.array([row[0] for row in cursor.fetchall()], dtype=np.int64)
    outcomes = _Outcomes(submissions)
    batch = _sorted(_columns(submissions))
    if len(batch):
        batch = _with_persons(cursor, batch, outcomes, submissions)
    if len(batch):
        fresh = _insert(cursor, batch, numbers, outcomes)
        if len(fresh):
            _after(cursor, fresh)
        _note_seen(cursor, batch)
    outcomes.hand_back()
    _note_ingestions(cursor, numbers, submissions)


def _columns(submissions: list[Submission]) -> _Batch:
    organizations = list(dict.fromkeys(submission.organization_id for submission in submissions))
    places = {organization: place for place, organization in enumerate(organizations)}
    # Not np.concatenate, which compares the fields of every array with those of the first.
    rows = np.frombuffer(b"".join(submission.rows.tobytes() for submission in submissions), dtype=ROW)
    lengths = [len(submission.rows) for submission in submissions]
    submission = np.repeat(np.arange(len(submissions)), lengths)
    own = np.array([places[one.organization_id] for one in submissions], dtype=np.int64)
    received = np.array([one.received_us for one in submissions], dtype=np.int64)
    correction = rows["correction_seconds"].astype(np.int64)
    return _Batch(
        organizations=organizations,
        submission=submission,
        item=rows["item"],
        organization=own[submission],
        patient=rows["user_index"].astype(np.int64),  # until _with_persons has found whose it is
        device=rows["device_number"],
        metric=rows["metric"],
        observed_us=rows["observed_us"],
        at_us=rows["observed_us"] + correction * SECOND_US,
        received_us=received[submission],
        value=rows["value"],
        flags=rows["flags"],
        correction_seconds=correction,
    )


def _sorted(batch: _Batch) -> _Batch:
    return batch.taken(np.lexsort([getattr(batch, name) for name in reversed(KEY)]))


def _with_persons(
    cursor: psycopg.Cursor[Any], batch: _Batch, outcomes: _Outcomes, submissions: list[Submission]
) -> _Batch:
    """Return the batch with each value's person; values without one get their outcome and are left out."""
    user_index = batch.patient
    batch.patient = persons.patient_numbers(
        cursor,
        batch.organizations,
        organization=batch.organization,
        device=batch.device,
        user_index=user_index,
        at_us=batch.at_us,
    )
    for code, outcome in (
        (persons.NOBODY, Outcome.UNKNOWN_PERSON),
        (persons.NO_DEVICE, Outcome.UNKNOWN_DEVICE),
    ):
        outcomes.settle(batch, np.flatnonzero(batch.patient == code), outcome)
    _keep_unclaimed(cursor, batch, user_index, submissions)
    return _sorted(batch.taken(np.flatnonzero(batch.patient >= 0)))


def _keep_unclaimed(
    cursor: psycopg.Cursor[Any], batch: _Batch, user_index: Column, submissions: list[Submission]
) -> None:
    """Hand values of nobody that a machine sent to those who keep them for a person to look at."""
    if not unclaimed_hooks():
        return
    is_machine = np.array([one.credential_id is not None for one in submissions])
    places = np.flatnonzero((batch.patient == persons.NOBODY) & is_machine[batch.submission])
    if not len(places):
        return
    some = batch.taken(places)
    rows = np.empty(len(some), dtype=UNCLAIMED_ROW)
    table = np.frombuffer(b"".join(one.bytes for one in some.organizations), dtype="V16")
    rows["organization"], rows["user_index"] = table[some.organization], user_index[places]
    for name, column in (
        ("device_number", some.device),
        ("observed_us", some.observed_us),
        ("received_us", some.received_us),
        ("value", some.value),
        ("flags", some.flags),
        ("correction_seconds", some.correction_seconds),
        ("metric", some.metric),
    ):
        rows[name] = column
    for hook in unclaimed_hooks():
        hook(cursor, rows)


def _insert(cursor: psycopg.Cursor[Any], batch: _Batch, numbers: Column, outcomes: _Outcomes) -> _Batch:
    """Insert what is new and return it; what was there already becomes a duplicate or a conflict."""
    is_first = batch.differs_from_previous(*KEY)
    first = np.flatnonzero(is_first)
    unique = batch.taken(first)
    cursor.execute(
        INSERT,
        [
            *_key_columns(unique),
            arrays.reals(unique.value),
            arrays.integers(unique.flags),
            arrays.integers(unique.correction_seconds),
            arrays.timestamps(unique.received_us),
            arrays.bigints(numbers[unique.submission]),
        ],
    )
    group = np.cumsum(is_first) - 1  # for each value, the place of the first with its key in ``unique``
    kept = unique.value.copy()
    is_new = np.ones(len(unique), dtype=bool)
    if cursor.rowcount < len(unique):
        cursor.execute(STORED, [arrays.integers(np.arange(len(unique))), *_key_columns(unique)])
        for place, value, number in cursor.fetchall():
            kept[place] = value
            is_new[place] = number == numbers[unique.submission[place]]
    is_repeat = ~is_first | ~is_new[group]
    is_same = batch.value == kept[group]
    outcomes.settle(batch, np.flatnonzero(is_repeat & is_same), Outcome.DUPLICATE)
    conflicts = np.flatnonzero(is_repeat & ~is_same)
    outcomes.settle(batch, conflicts, Outcome.CONFLICT)
    _note_conflicts(cursor, batch, conflicts, kept[group], numbers)
    return unique.taken(np.flatnonzero(is_new))


def _key_columns(batch: _Batch) -> list[arrays.BinaryArray]:
    return [
        arrays.uuids(batch.organizations, batch.organization),
        arrays.bigints(batch.patient),
        arrays.smallints(batch.metric),
        arrays.timestamps(batch.observed_us),
        arrays.bigints(batch.device),
    ]


def _note_conflicts(
    cursor: psycopg.Cursor[Any], batch: _Batch, places: Column, kept: Column, numbers: Column
) -> None:
    rows = [
        (
            new_id(),
            batch.organizations[batch.organization[place]],
            int(batch.patient[place]),
            int(batch.metric[place]),
            int(batch.observed_us[place]),
            int(batch.device[place]),
            float(kept[place]),
            float(batch.value[place]),
            int(numbers[batch.submission[place]]),
            int(batch.received_us[place]),
        )
        for place in places
    ]
    if rows:
        cursor.executemany(CONFLICTS, rows)


def _after(cursor: psycopg.Cursor[Any], fresh: _Batch) -> None:
    """Update what is newest, mark the days to sum up again, and let the hooks react."""
    usable = fresh.taken(np.flatnonzero((fresh.flags & NEVER_LATEST) == 0))
    if len(usable):
        usable = usable.taken(np.lexsort((usable.at_us, usable.metric, usable.patient, usable.organization)))
        is_last = np.append(usable.differs_from_previous("organization", "patient", "metric")[1:], True)
        newest = usable.taken(np.flatnonzero(is_last))
        cursor.execute(
            LATEST,
            [
                *_key_columns(newest)[:3],
                arrays.timestamps(newest.at_us),
                arrays.bigints(newest.device),
                arrays.reals(newest.value),
                arrays.integers(newest.flags),
                arrays.timestamps(newest.received_us),
            ],
        )
    days = fresh.at_us // DAY_US
    is_new_day = fresh.differs_from_previous("organization", "patient", "metric")
    is_new_day[1:] |= days[1:] != days[:-1]
    dirty = np.flatnonzero(is_new_day)
    some = fresh.taken(dirty)
    cursor.execute(DIRTY_DAYS, [*_key_columns(some)[:3], arrays.timestamps(days[dirty] * DAY_US)])
    rows = _new_rows(fresh)
    for hook in hooks():
        hook(cursor, rows)


def _new_rows(fresh: _Batch) -> Column:
    rows = np.empty(len(fresh), dtype=NEW_ROW)
    table = np.frombuffer(b"".join(one.bytes for one in fresh.organizations), dtype="V16")
    rows["organization"] = table[fresh.organization]
    rows["patient_number"], rows["device_number"] = fresh.patient, fresh.device
    rows["observed_us"], rows["at_us"], rows["received_us"] = (
        fresh.observed_us,
        fresh.at_us,
        fresh.received_us,
    )
    rows["value"], rows["flags"], rows["metric"] = fresh.value, fresh.flags, fresh.metric
    return rows


def _note_seen(cursor: psycopg.Cursor[Any], batch: _Batch) -> None:
    owners, devices, _ = arrays.distinct_pairs(batch.organization, batch.device)
    cursor.execute(SEEN, [arrays.uuids(batch.organizations, owners), arrays.bigints(devices)])


def _note_ingestions(cursor: psycopg.Cursor[Any], numbers: Column, submissions: list[Submission]) -> None:
    every = np.arange(len(submissions))
    counts = np.stack([np.bincount(one.outcomes, minlength=len(Outcome)) for one in submissions])
    cursor.execute(
        INGESTIONS,
        [
            arrays.uuids([one.organization_id for one in submissions], every),
            arrays.bigints(numbers),
            arrays.uuids([one.credential_id or NOBODY for one in submissions], every),
            arrays.texts([one.door for one in submissions]),
            arrays.timestamps(np.array([one.received_us for one in submissions], dtype=np.int64)),
            arrays.byteas([hashlib.sha256(one.body).digest() for one in submissions]),
            arrays.byteas([_packed(one.body) for one in submissions]),
            arrays.integers(counts[:, Outcome.ACCEPTED]),
            arrays.integers(counts[:, Outcome.DUPLICATE]),
            arrays.integers(counts[:, Outcome.CONFLICT]),
            arrays.integers(counts[:, Outcome.UNKNOWN_PERSON :].sum(axis=1)),
        ],
    )


def _packed(body: bytes) -> bytes:
    if len(body) > SMALL_BODY_BYTES:
        return zlib.compress(body, BODY_COMPRESSION)
    packer = zlib.compressobj(BODY_COMPRESSION, zlib.DEFLATED, SMALL_WINDOW_BITS, SMALL_MEMORY_LEVEL)
    return packer.compress(body) + packer.flush()
