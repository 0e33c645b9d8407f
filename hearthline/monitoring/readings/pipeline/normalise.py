"""From what a door understood to rows for the store: canonical units, believable values, what the time says.

Pure: no database, no clock, no settings. A door appends values to a ``Draft``; ``normalise`` works on whole columns.
Units are never guessed and never inferred from magnitude (research/rpm.md 6.5): a unit that is not in the metric's
table is refused for that item alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain
from typing import Any

import numpy as np

from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import METRICS
from hearthline.monitoring.readings.pipeline.types import ROW, Outcome

Array = np.ndarray[Any, np.dtype[Any]]

SECOND_US = 1_000_000
FUTURE_US = 5 * 60 * SECOND_US  # further ahead of the server than this is a wrong clock (research/rpm.md 6.4)
EARLIEST_US = 946_684_800 * SECOND_US  # 2000-01-01: where clocks start that know nothing
FURTHEST_AHEAD_US = 366 * 24 * 3600 * SECOND_US  # beyond a year ahead no clock can be put right
LONGEST_CORRECTION_SECONDS = 40 * 366 * 24 * 3600
NO_DEVICE = 0  # numbers of devices start at one
NO_USER = -1
UNKNOWN_METRIC, UNKNOWN_UNIT = -1, -2
SENTINEL_WORDS = {"LOW": Flag.LOW, "HIGH": Flag.HIGH, "LO": Flag.LOW, "HI": Flag.HIGH}

_PAIRS = [(metric, unit) for metric in METRICS for unit in metric.units]
_KINDS = {(metric.code, unit.ucum): place for place, (metric, unit) in enumerate(_PAIRS)}
_CODES = frozenset(metric.code for metric in METRICS)
_FACTOR = np.array([float(unit.factor) for _, unit in _PAIRS])
_OFFSET = np.array([float(unit.offset) for _, unit in _PAIRS])
_NUMBER = np.array([metric.number for metric, _ in _PAIRS], np.int16)
_LOWEST = np.array([metric.possible_low for metric, _ in _PAIRS])
_HIGHEST = np.array([metric.possible_high for metric, _ in _PAIRS])
_LATE_US = np.array([int(metric.late_after.total_seconds()) * SECOND_US for metric, _ in _PAIRS])


def _sentinels(name: str) -> Array:
    found = [getattr(metric, name) for metric, _ in _PAIRS]
    return np.array([math.nan if value is None else value for value in found])


_LOW, _HIGH = _sentinels("low_sentinel"), _sentinels("high_sentinel")


def kind_of(metric: str, ucum: str) -> int:
    """Return the number of a metric in a unit, or ``UNKNOWN_METRIC`` or ``UNKNOWN_UNIT``."""
    kind = _KINDS.get((metric, ucum))
    if kind is not None:
        return kind
    return UNKNOWN_UNIT if metric in _CODES else UNKNOWN_METRIC


@dataclass
class Draft:
    """The values of one submission, column by column, and how many items it has.

    ``values`` are as sent, in the unit of ``kinds``; NaN means that the device had none. ``outcomes`` holds what a
    door itself found wrong with an item (an item may have no value at all). ``is_whole``: all of it is stored or
    nothing.
    """

    items: int
    item: list[int] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    observed_us: list[int] = field(default_factory=list)
    devices: list[int] = field(default_factory=list)
    users: list[int] = field(default_factory=list)
    corrections: list[int] = field(default_factory=list)  # seconds, to add to the device's clock
    flags: list[int] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    is_whole: bool = False

    def add(
        self,
        item: int,
        kind: int,
        value: float,
        observed_us: int,
        device: int,
        user: int = NO_USER,
        correction: int = 0,
        flags: int = 0,
    ) -> None:
        """Take one value."""
        self.item.append(item)
        self.kinds.append(kind)
        self.values.append(value)
        self.observed_us.append(observed_us)
        self.devices.append(device)
        self.users.append(user)
        self.corrections.append(correction)
        self.flags.append(flags)


def normalise(draft: Draft, received_us: int) -> tuple[Array, Array]:
    """Return the rows that may be stored (dtype ``ROW``) and the first outcome of each item.

    An item of several values is taken whole: one that is impossible makes the rest of that measurement doubtful. A
    value the device itself did not have (NaN) only leaves its own place empty, unless nothing else is there.
    """
    return normalise_all([draft], [received_us])[0]


def normalise_all(drafts: Sequence[Draft], received_us: Sequence[int]) -> list[tuple[Array, Array]]:
    """Return for each of many drafts what ``normalise`` returns: columns of numpy are worth it for many values only."""
    lengths = [len(draft.item) for draft in drafts]
    starts = list(accumulate((draft.items for draft in drafts), initial=0))
    outcomes = np.zeros(starts[-1], np.int8)
    for draft, start in zip(drafts, starts, strict=False):
        for place, outcome in draft.outcomes.items():
            outcomes[start + place] = outcome
    rows = np.zeros(0, ROW)
    kept_before = [0] * (len(drafts) + 1)
    if any(lengths):
        owner = np.repeat(np.arange(len(drafts)), lengths)
        received = np.array(received_us, np.int64)[owner]
        rows, keep = _rows(drafts, np.array(starts, np.int64)[owner], received, outcomes)
        bounds = np.concatenate([[0], np.cumsum(lengths)])
        kept_before = np.concatenate([[0], np.cumsum(keep)])[bounds].tolist()
    return [
        (rows[kept_before[n] : kept_before[n + 1]], outcomes[starts[n] : starts[n + 1]])
        for n in range(len(drafts))
    ]


def _column(drafts: Sequence[Draft], name: str, kind: Any) -> Array:
    return np.array(list(chain.from_iterable(getattr(draft, name) for draft in drafts)), kind)


def _rows(drafts: Sequence[Draft], start: Array, received: Array, outcomes: Array) -> tuple[Array, Array]:
    """Return the rows of the values that may be stored and which they are; write the outcomes of the others."""
    own_item = _column(drafts, "item", np.int32)
    item = own_item + start
    kind = _column(drafts, "kinds", np.int32)
    known = np.maximum(kind, 0)
    observed = _column(drafts, "observed_us", np.int64)
    correction = _column(drafts, "corrections", np.int64)
    device = _column(drafts, "devices", np.int64)
    value, flags = _values(_column(drafts, "values", np.float64), _column(drafts, "flags", np.int32), known)
    is_empty = np.isnan(value)
    at = observed + correction * SECOND_US
    verdict = _verdicts(kind, known, value, device)
    verdict = np.maximum(verdict, np.where(_has_bad_time(at, correction, received), Outcome.BAD_TIME, 0))
    np.maximum.at(outcomes, item, verdict.astype(np.int8))
    has_value = np.zeros(len(outcomes), bool)
    has_value[item[~is_empty]] = True
    outcomes[item] = np.where(has_value[item] | (outcomes[item] > 0), outcomes[item], Outcome.NO_VALUE)
    keep = (outcomes[item] == 0) & ~is_empty
    flags = flags | np.where(correction != 0, Flag.CLOCK_CORRECTED, 0)
    flags |= np.where(at > received + FUTURE_US, Flag.FUTURE, 0)
    flags |= np.where(received - at > _LATE_US[known], Flag.LATE, 0)
    columns = {
        "device_number": device,
        "observed_us": observed,
        "value": value,
        "flags": flags,
        "correction_seconds": correction,
        "item": own_item,
        "metric": _NUMBER[known],
        "user_index": _column(drafts, "users", np.int16),
    }
    rows = np.zeros(int(keep.sum()), ROW)
    for name, column in columns.items():
        rows[name] = column[keep]
    return rows, keep


def _values(value: Array, flags: Array, known: Array) -> tuple[Array, Array]:
    """Return values in canonical units, those beyond what the device can measure at its limit, and their flags."""
    said = value * _FACTOR[known] + _OFFSET[known]
    said = np.where(flags & Flag.LOW, _LOW[known], said)
    said = np.where(flags & Flag.HIGH, _HIGH[known], said)
    flags = flags | np.where(said == _LOW[known], Flag.LOW, 0) | np.where(said == _HIGH[known], Flag.HIGH, 0)
    return said, flags


def _verdicts(kind: Array, known: Array, value: Array, device: Array) -> Array:
    with np.errstate(invalid="ignore"):
        impossible = (value < _LOWEST[known]) | (value > _HIGHEST[known])
    verdict = np.where(impossible, Outcome.IMPLAUSIBLE, 0)
    verdict = np.where(kind == UNKNOWN_UNIT, Outcome.UNKNOWN_UNIT, verdict)
    verdict = np.where(kind == UNKNOWN_METRIC, Outcome.UNKNOWN_METRIC, verdict)
    return np.where(device == NO_DEVICE, Outcome.UNKNOWN_DEVICE, verdict)


def _has_bad_time(at: Array, correction: Array, received: Array) -> Array:
    unbelievable = (at < EARLIEST_US) | (at > received + FURTHEST_AHEAD_US)
    return np.asarray(unbelievable | (np.abs(correction) > LONGEST_CORRECTION_SECONDS))
