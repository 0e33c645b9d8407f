"""What a door hands to the store, and what the store says back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from uuid import UUID

import numpy as np
import psycopg

# One value as a door understood it: canonical unit, times in microseconds since 1970 UTC. ``observed_us`` is the
# device's own clock; ``item`` is the place in the submission that the value's outcome belongs to.
ROW = np.dtype(
    [
        ("device_number", "<i8"),
        ("observed_us", "<i8"),
        ("value", "<f4"),
        ("flags", "<i4"),
        ("correction_seconds", "<i4"),
        ("item", "<i4"),
        ("metric", "<i2"),
        ("user_index", "<i2"),
    ]
)
# A scale that did not know who stood on it says so with this index (Bluetooth Weight Scale Service 1.0: 0xFF).
UNKNOWN_USER = 255
NO_USER = -1
# One value that is new, as those who react in the same transaction see it; ``at_us`` is the corrected time.
NEW_ROW = np.dtype(
    [
        ("organization", "V16"),
        ("patient_number", "<i8"),
        ("device_number", "<i8"),
        ("observed_us", "<i8"),
        ("at_us", "<i8"),
        ("received_us", "<i8"),
        ("value", "<f4"),
        ("flags", "<i4"),
        ("metric", "<i2"),
    ]
)
# One value of a machine whose device was nobody's, as those who keep it for a person to look at see it.
UNCLAIMED_ROW = np.dtype(
    [
        ("organization", "V16"),
        ("device_number", "<i8"),
        ("observed_us", "<i8"),
        ("received_us", "<i8"),
        ("value", "<f4"),
        ("flags", "<i4"),
        ("correction_seconds", "<i4"),
        ("metric", "<i2"),
        ("user_index", "<i2"),
    ]
)


class Outcome(IntEnum):
    """What became of one item. An item with several values has the worst outcome of its values."""

    ACCEPTED = 0
    DUPLICATE = 1  # stored before, with the same value
    CONFLICT = 2  # stored before, with another value: the first is kept, both are noted
    UNKNOWN_PERSON = 3  # the device was nobody's at that time, or the scale did not know who stood on it
    UNKNOWN_DEVICE = 4
    UNKNOWN_METRIC = 5
    UNKNOWN_UNIT = 6
    IMPLAUSIBLE = 7
    NO_VALUE = 8  # the device itself said that it has none
    BAD_TIME = 9
    MALFORMED = 10


@dataclass
class Submission:
    """One body from one door: who sent it, the values understood, and an outcome for each of its items."""

    organization_id: UUID
    credential_id: UUID | None
    door: str
    received_us: int
    body: bytes
    rows: "np.ndarray[Any, np.dtype[np.void]]"
    outcomes: "np.ndarray[Any, np.dtype[np.int8]]" = field(repr=False)  # one for each item


StoredHook = Callable[[psycopg.Cursor[Any], "np.ndarray[Any, np.dtype[np.void]]"], None]
_hooks: list[StoredHook] = []
_unclaimed_hooks: list[StoredHook] = []


def when_stored(hook: StoredHook) -> StoredHook:
    """Have ``hook(cursor, new_rows)`` called in the transaction that stored the rows (dtype ``NEW_ROW``).

    It may concern many organizations at once (the ingest edge's groups mix them), so its statements carry the
    organization in every key. What it writes commits with the readings or not at all.
    """
    _hooks.append(hook)
    return hook


def hooks() -> tuple[StoredHook, ...]:
    """Return what has to be called with new rows."""
    return tuple(_hooks)


def when_unclaimed(hook: StoredHook) -> StoredHook:
    """Have ``hook(cursor, rows)`` called with values whose device was nobody's (dtype ``UNCLAIMED_ROW``).

    Only of machines: where a person sends, that person is told. The rules of ``when_stored`` hold.
    """
    if hook not in _unclaimed_hooks:
        _unclaimed_hooks.append(hook)
    return hook


def unclaimed_hooks() -> tuple[StoredHook, ...]:
    """Return what has to be called with values of nobody."""
    return tuple(_unclaimed_hooks)
