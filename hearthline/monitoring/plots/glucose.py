"""The consensus metrics of a glucose sensor, as pure functions over arrays (times in µs UTC, values in mg/dL).

Battelino et al., Diabetes Care 2019;42:1593; GMI: Bergenstal et al., Diabetes Care 2018;41:2275. GMI is an estimate
from the sensor and is never called A1C. Equal to iglu-python and py-agata to 1e-9 (tests/test_references.py).
"""

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import product

import numpy as np
import numpy.typing as npt

from hearthline.monitoring.plots.local_time import DAY, MINUTE
from hearthline.monitoring.plots.targets import (
    BAND_COUNT,
    HIGH,
    IN_RANGE,
    LOW,
    MMOL,
    TIGHT_HIGH,
    TIGHT_LOW,
    VERY_HIGH,
    VERY_LOW,
    Floats,
    Goal,
    Integers,
    Limits,
    is_above,
)
from hearthline.monitoring.readings.flags import NOT_FOR_STATISTICS, Flag
from hearthline.monitoring.readings.metrics import BY_CODE as METRIC_BY_CODE

DAYS_NEEDED = 14
ACTIVE_PERCENT_NEEDED = 70.0
INTERVAL_DEFAULT = 5 * MINUTE
STANDS_FOR_MAX = 22.5 * MINUTE  # half again the slowest sensor's 15 minutes; a longer silence is a gap
FAST_GAP_MAX = 7.5 * MINUTE
MIXED_SHARE = 0.1  # both rates must make up a tenth before the metric is weighted by time
GAPS_FOR_A_RATE = 24
SHOWN_DECIMALS_MAX = 6
PERCENT_DECIMALS = 1


class Unit(StrEnum):
    """How glucose is shown."""

    MASS = "mg/dL"
    MOLAR = "mmol/L"


@dataclass(frozen=True)
class Trace:
    """Values in order of time, without what is no value."""

    times: Integers
    values: Floats

    @property
    def count(self) -> int:
        """How many values there are."""
        return int(self.values.size)


@dataclass(frozen=True)
class GlucoseMetrics:
    """Metrics of one stretch of time; ``bands`` in percent of the values, or of time when ``is_weighted``."""

    count: int
    mean: float
    deviation: float
    bands: tuple[float, ...]
    tight_percent: float
    is_weighted: bool

    @property
    def cv(self) -> float:
        """Coefficient of variation in percent (sample deviation)."""
        return 100 * self.deviation / self.mean

    @property
    def gmi_percent(self) -> float:
        """Glucose management indicator in percent."""
        return 3.31 + 0.02392 * self.mean

    @property
    def gmi_mmol_per_mol(self) -> float:
        """Glucose management indicator in mmol/mol."""
        return 12.71 + 4.70587 * self.mean / MMOL


@dataclass(frozen=True)
class Sufficiency:
    """Whether the data carry a judgement: 14 days and 70 % of the time (consensus); otherwise what is missing."""

    days: int
    days_with_data: int
    active_percent: float

    @property
    def lacks_days(self) -> bool:
        """Whether the stretch is too short."""
        return self.days < DAYS_NEEDED

    @property
    def lacks_activity(self) -> bool:
        """Whether the sensor was silent for too much of it."""
        return self.active_percent < ACTIVE_PERCENT_NEEDED

    @property
    def is_enough(self) -> bool:
        """Whether metrics may be judged against targets."""
        return not (self.lacks_days or self.lacks_activity)


def cleaned(times: Integers, values: Floats, flags: npt.NDArray[np.integer] | None = None) -> Trace:
    """Return what counts: sorted, without NaN and withdrawn values; LOW and HIGH at the sensor's own sentinels."""
    times, values = np.asarray(times, dtype=np.int64), np.asarray(values, dtype=np.float64).copy()
    keep = np.ones(times.shape, dtype=bool)
    if flags is not None:
        metric = METRIC_BY_CODE["glucose"]
        keep &= (flags & int(NOT_FOR_STATISTICS)) == 0
        for flag, sentinel in ((Flag.LOW, metric.low_sentinel), (Flag.HIGH, metric.high_sentinel)):
            values[((flags & int(flag)) != 0) & ~np.isfinite(values)] = sentinel
    keep &= np.isfinite(values)
    order = np.argsort(times[keep], kind="stable")
    return Trace(times[keep][order], values[keep][order])


def interval_of(times: Integers) -> int:
    """Return the sensor's sampling interval in µs: the median gap, to the whole minute, at least one."""
    if times.size < 2:
        return INTERVAL_DEFAULT
    return max(MINUTE, round(float(np.median(np.diff(times))) / MINUTE) * MINUTE)


def durations(times: Integers) -> Floats:
    """Return for how long each value stands, in µs: until the next one, or across a gap as long as the one before."""
    if times.size < 2:
        return np.full(times.shape, float(INTERVAL_DEFAULT))
    gaps = np.diff(times).astype(np.float64)
    usual = float(interval_of(times))
    after, before = np.append(gaps, np.inf), np.insert(gaps, 0, np.inf)
    instead = np.where((before > 0) & (before <= STANDS_FOR_MAX), before, usual)
    return np.where(after <= STANDS_FOR_MAX, after, instead)


def has_mixed_rates(times: Integers) -> bool:
    """Whether fast and slow sampling both make up a good part, so that counting values would favour the fast one.

    A slow step beside a fast one is a missing value, not another rate.
    """
    gaps = np.diff(times)
    gaps = gaps[(gaps > 0) & (gaps <= STANDS_FOR_MAX)]
    if gaps.size < GAPS_FOR_A_RATE:
        return False
    slow = gaps > FAST_GAP_MAX
    steady = float(np.mean(slow[1:] & slow[:-1]))
    return MIXED_SHARE <= steady <= 1 - MIXED_SHARE


def metrics_of(trace: Trace, limits: Limits, *, is_weighted: bool | None = None) -> GlucoseMetrics | None:
    """Return the metrics, weighted by time when rates mix (or as told); None with fewer than two values."""
    if trace.count < 2:
        return None
    weighted = has_mixed_rates(trace.times) if is_weighted is None else is_weighted
    values = trace.values
    weights = durations(trace.times) if weighted else np.ones(values.shape)
    total = weights.sum()
    mean = float((weights * values).sum() / total)
    freedom = total - (weights**2).sum() / total  # n - 1 when all weigh the same
    deviation = math.sqrt(float((weights * (values - mean) ** 2).sum() / freedom))
    shares = np.bincount(limits.bands_of(values), weights=weights, minlength=BAND_COUNT) * 100 / total
    tight = weights[(values >= TIGHT_LOW) & ~is_above(values, TIGHT_HIGH)].sum() * 100 / total
    return GlucoseMetrics(
        trace.count, mean, deviation, tuple(float(share) for share in shares), float(tight), weighted
    )


def sufficiency_of(trace: Trace, starts: int, ends: int, days_with_data: int) -> Sufficiency:
    """Judge a stretch [starts, ends): how much of it the sensor spoke for, each moment counted once."""
    inside = trace.times[(trace.times >= starts) & (trace.times < ends)]
    standing = durations(inside)
    if not has_mixed_rates(inside):
        usual = interval_of(inside)
        standing = np.where(standing > 1.5 * usual, usual, standing)  # what is missing was not active
    active = min(100.0, 100 * float(standing.sum()) / max(1, ends - starts))
    return Sufficiency(round((ends - starts) / DAY), days_with_data, active)


def reconciled(percentages: tuple[float, ...], goals: tuple[Goal, ...]) -> tuple[Decimal, ...]:
    """Return the percentages as shown: in tenths, or as many more decimals as it takes to be true.

    They sum to 100, no goal looks met that is not (or the reverse), and a band that held time is never nothing.
    """
    for decimals in range(PERCENT_DECIMALS, SHOWN_DECIMALS_MAX + 1):
        shown = _reconciled_at(percentages, goals, decimals)
        if shown is not None:
            return shown
    return tuple(Decimal(str(round(one, SHOWN_DECIMALS_MAX))) for one in percentages)


def _reconciled_at(
    percentages: tuple[float, ...], goals: tuple[Goal, ...], decimals: int
) -> tuple[Decimal, ...] | None:
    scale = 10**decimals
    exact = [round(one * scale, 6) for one in percentages]
    choices = [
        {math.floor(one), math.ceil(one)} if one == 0 or one >= 1 else {1}  # something is never nothing
        for one in exact
    ]
    best: tuple[float, tuple[int, ...]] | None = None
    for candidate in product(*choices):
        if sum(candidate) != 100 * scale:
            continue
        shown = tuple(one / scale for one in candidate)
        if any(goal.is_met_by(shown) != goal.is_met_by(percentages) for goal in goals):
            continue
        distance = sum((a - b) ** 2 for a, b in zip(candidate, exact, strict=True))
        if best is None or distance < best[0]:
            best = (distance, candidate)
    return None if best is None else tuple(Decimal(one) / scale for one in best[1])


def shown_limit(limit: float, unit: Unit) -> Decimal:
    """Return a limit as people know it: 70 mg/dL, 3.9 mmol/L."""
    return _rounded(limit, unit)


def shown_value(value: float, unit: Unit, limits: Limits) -> Decimal:
    """Return a value in the person's unit, rounded but never to the other side of a limit."""
    shown = _rounded(value, unit)
    step = Decimal(1) if unit is Unit.MASS else Decimal("0.1")
    band = limits.band_of(value)
    while distance := band - _band_as_shown(shown, unit, limits):
        shown += step if distance > 0 else -step
    return shown


def _band_as_shown(shown: Decimal, unit: Unit, limits: Limits) -> int:
    if limits.very_high is not None and shown > _rounded(limits.very_high, unit):
        return VERY_HIGH
    if shown > _rounded(limits.high, unit):
        return HIGH
    if shown >= _rounded(limits.low, unit):
        return IN_RANGE
    return LOW if shown >= _rounded(limits.very_low, unit) else VERY_LOW


def _rounded(value: float, unit: Unit) -> Decimal:
    exact = Decimal(repr(float(value)))
    if unit is Unit.MASS:
        return exact.quantize(Decimal(1), ROUND_HALF_UP)
    return (exact / METRIC_BY_CODE["glucose"].units[1].factor).quantize(Decimal("0.1"), ROUND_HALF_UP)
