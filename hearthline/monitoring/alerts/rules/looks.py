"""How one value looks to a rule: beyond, clear, between, or no answer for want of data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import fmean, median

from hearthline.monitoring.alerts.rules.kinds import (
    DAY_US,
    MINUTE_US,
    Change,
    Direction,
    Kind,
    Limit,
    Mean,
    Trend,
)
from hearthline.monitoring.readings.flags import Flag

# Never judged: withdrawn, doubled, from the future, replaced, come too late; and values during exertion, since every
# limit here is one of rest (research/rpm.md 4.6).
NEVER_JUDGED = int(
    Flag.RETRACTED | Flag.NEAR_DUPLICATE | Flag.FUTURE | Flag.CORRECTED | Flag.LATE | Flag.EXERTION
)


@dataclass(frozen=True, order=True)
class Sample:
    """One value of one metric: corrected time, and what names the reading."""

    at_us: int
    device_number: int
    value: float
    flags: int = 0
    observed_us: int = 0
    received_us: int = 0

    @property
    def is_judged(self) -> bool:
        """Whether rules look at it at all."""
        return math.isfinite(self.value) and not self.flags & NEVER_JUDGED

    @property
    def extent(self) -> float:
        """The value for limits: "below what I can measure" is below every limit, whatever number stands for it."""
        if self.flags & Flag.LOW:
            return -math.inf
        return math.inf if self.flags & Flag.HIGH else self.value


@dataclass(frozen=True)
class Report:
    """What a person said of themselves at a time: codes of symptoms that were there."""

    at_us: int
    symptoms: frozenset[str]


class Look(Enum):
    """What a rule sees."""

    BEYOND = "beyond"
    BETWEEN = "between"
    CLEAR = "clear"
    UNKNOWN = "unknown"  # not enough data: nothing moves
    DOUBTFUL = "doubtful"  # probably another person: ask, do not alert


@dataclass(frozen=True)
class Sight:
    """How it looks, and the figure it was judged by (the value, the change, the mean)."""

    look: Look
    figure: float = 0.0


UNKNOWN = Sight(Look.UNKNOWN)


def look_at(rule: Kind, past: Sequence[Sample], reports: Sequence[Report] = ()) -> Sight:
    """Return how the last of ``past`` looks: judged samples in order, as far back as the rule wants."""
    match rule:
        case Limit():
            return _limit(rule, past[-1], reports)
        case Change():
            return _change(rule, past)
        case Trend():
            return _trend(rule, past)
        case Mean():
            return _mean(rule, past)
    return UNKNOWN


def is_beyond(rule: Limit, sample: Sample) -> bool:
    """Whether a value alone is beyond a limit."""
    return rule.direction.is_beyond(sample.extent, rule.limit, is_inclusive=rule.is_inclusive)


def _limit(rule: Limit, now: Sample, reports: Sequence[Report]) -> Sight:
    if is_beyond(rule, now):
        if not rule.symptoms or symptoms_near(rule, now, reports):
            return Sight(Look.BEYOND, now.value)
        return Sight(Look.BETWEEN, now.value)
    return Sight(_side(rule.direction, now.extent, rule.clear), now.value)


def symptoms_near(rule: Kind, now: Sample, reports: Sequence[Report]) -> frozenset[str]:
    """Return the symptoms that a rule asks for and that were reported near a value."""
    if not isinstance(rule, Limit):
        return frozenset()
    window = rule.symptom_minutes * MINUTE_US
    near = (report.symptoms for report in reports if abs(report.at_us - now.at_us) <= window)
    return frozenset(rule.symptoms).intersection(frozenset().union(*near))


def _side(direction: Direction, value: float, clear: float) -> Look:
    is_bad = direction.is_beyond(value, clear, is_inclusive=False)
    return Look.BETWEEN if is_bad else Look.CLEAR


def _change(rule: Change, past: Sequence[Sample]) -> Sight:
    now = past[-1]
    before = [one.value for one in past[:-1] if one.at_us >= now.at_us - rule.history_us]
    if not before:
        return UNKNOWN
    is_rise = rule.direction is Direction.HIGH
    change = now.value - min(before) if is_rise else max(before) - now.value
    if rule.doubt_amount is not None and abs(now.value - before[-1]) >= rule.doubt_amount:
        return Sight(Look.DOUBTFUL, now.value - before[-1])
    figure = change if is_rise else -change
    if Direction.HIGH.is_beyond(change, rule.amount, is_inclusive=rule.is_inclusive):
        return Sight(Look.BEYOND, figure)
    return Sight(Look.CLEAR if change <= rule.amount / 2 else Look.BETWEEN, figure)


def _trend(rule: Trend, past: Sequence[Sample]) -> Sight:
    now = past[-1].at_us
    edge = now - rule.recent_days * DAY_US
    recent = [one.value for one in past if one.at_us > edge]
    baseline = [one.value for one in past if now - rule.history_us < one.at_us <= edge]
    if len(recent) < rule.recent_count or len(baseline) < rule.baseline_count:
        return UNKNOWN
    figure = median(recent) - median(baseline)
    change = figure if rule.direction is Direction.HIGH else -figure
    if change >= rule.amount:
        return Sight(Look.BEYOND, figure)
    return Sight(Look.CLEAR if change <= rule.amount / 2 else Look.BETWEEN, figure)


def _mean(rule: Mean, past: Sequence[Sample]) -> Sight:
    since = past[-1].at_us - rule.history_us
    values = [one.value for one in past if one.at_us > since]
    if len(values) < rule.value_count:
        return UNKNOWN
    figure = fmean(values)
    if rule.direction.is_beyond(figure, rule.limit, is_inclusive=True):
        return Sight(Look.BEYOND, figure)
    return Sight(_side(rule.direction, figure, rule.clear), figure)
