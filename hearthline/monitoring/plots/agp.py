"""The ambulatory glucose profile: percentiles for each slot of the local day, and the single days."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from hearthline.monitoring.plots.glucose import Trace
from hearthline.monitoring.plots.local_time import date_of, local_days
from hearthline.monitoring.plots.targets import Floats

PERCENTILES = (5, 25, 50, 75, 95)
MINUTES_OF_DAY = 1440
SLOT_MINUTES = 15
SMOOTHED_SLOTS = 1  # a slot of the drawing looks so many slots to both sides, so that its curve is smooth
VALUES_PER_SLOT_NEEDED = 5  # fewer say nothing of a fifth percentile; the drawing leaves a gap


@dataclass(frozen=True)
class DayTrace:
    """One local day: minutes of the wall clock and values."""

    day: date
    minutes: Floats
    values: Floats


def profile_of(
    trace: Trace, zone: ZoneInfo, slot_minutes: int = SLOT_MINUTES, smoothed_slots: int = 0
) -> Floats:
    """Return percentiles (rows as ``PERCENTILES``) by slot of the local day; NaN where a slot has too few values.

    With ``smoothed_slots`` each slot also takes the values of so many slots before and after it.
    """
    slot_count = MINUTES_OF_DAY // slot_minutes
    profile = np.full((len(PERCENTILES), slot_count), np.nan)
    if not trace.count:
        return profile
    own = local_days(trace.times, zone)[1] // slot_minutes
    near = np.arange(-smoothed_slots, smoothed_slots + 1)
    by_value = np.argsort(trace.values, kind="stable")
    slots = (
        ((own[by_value][:, None] + near) % slot_count).ravel().astype(np.int16)
    )  # 16 bits sort in one pass
    order = np.argsort(slots, kind="stable")
    values = np.repeat(trace.values[by_value], near.size)[order]
    counts = np.bincount(slots, minlength=slot_count)
    firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    full = counts >= VALUES_PER_SLOT_NEEDED
    positions = np.array(PERCENTILES)[:, None] / 100 * (counts[full] - 1)[None, :]
    below = np.floor(positions).astype(np.int64)
    above = np.minimum(below + 1, counts[full] - 1)
    low, high = values[firsts[full] + below], values[firsts[full] + above]
    profile[:, full] = low + (high - low) * (positions - below)
    return profile


def days_of(trace: Trace, zone: ZoneInfo, first_day: date, count: int) -> tuple[DayTrace, ...]:
    """Return every local day from ``first_day`` on, also the empty ones."""
    numbers, minutes = local_days(trace.times, zone)
    found = []
    for day in (first_day + timedelta(days=offset) for offset in range(count)):
        of_day = numbers == (day - date_of(0)).days
        found.append(DayTrace(day, minutes[of_day].astype(np.float64), trace.values[of_day]))
    return tuple(found)
