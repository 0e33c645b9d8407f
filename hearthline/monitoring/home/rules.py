"""Is it good or not, is it believable, and how often somebody measured. Pure: no database, clock or settings.

What is said here guides a person at home. It raises no alert: that is for the rules of ``monitoring.alerts``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from hearthline.monitoring.readings.flags import Flag

# Another person on the scale, probably (research/rpm.md 4.4: a jump of more than 5 kg); less for the small.
OTHER_PERSON_KILOGRAMS = 5.0
OTHER_PERSON_SHARE = 0.1
# Heart failure: more than 2 kg in 3 days (ESC patient guidance, heartfailurematters.org).
GAIN_KILOGRAMS = 2.0
GAIN_DAYS = 3
STREAK_DAYS = 7


class Standing(StrEnum):
    """How a value stands, from calm to danger."""

    NO_GOAL = "no-goal"
    GOOD = "good"
    BELOW = "below"
    ABOVE = "above"
    CALL_LOW = "call-low"
    CALL_HIGH = "call-high"
    DANGER_LOW = "danger-low"
    DANGER_HIGH = "danger-high"

    @property
    def is_danger(self) -> bool:
        """Whether the person may be in danger now."""
        return self in (Standing.DANGER_LOW, Standing.DANGER_HIGH)

    @property
    def is_call(self) -> bool:
        """Whether the clinic should hear of it today."""
        return self in (Standing.CALL_LOW, Standing.CALL_HIGH)


@dataclass(frozen=True)
class Limits:
    """Where to call the clinic, and where it may be an emergency. All inclusive; None: there is no such limit."""

    call_low: float | None = None
    call_high: float | None = None
    danger_low: float | None = None
    danger_high: float | None = None


# For adults at rest; a person's own goal carries other emergency limits where these are wrong (pregnancy, lungs).
DEFAULT_LIMITS: dict[str, Limits] = {
    # 2025 AHA/ACC guideline: severe above 180 or above 120; NEWS2 (RCP 2017): urgent review at 90 or less.
    "systolic": Limits(call_low=90, danger_high=181),
    "diastolic": Limits(danger_high=121),
    "pulse": Limits(call_low=40, call_high=131),  # NEWS2: three points
    # International Consensus on CGM: level 2 below 54 and above 250.
    "glucose": Limits(call_low=69, call_high=251, danger_low=53),
    # NHS pulse oximetry pathway: 93 and 94 call the same day, 92 or less emergency.
    "oxygen-saturation": Limits(call_low=94, danger_low=92),
    "temperature": Limits(call_low=35.0, call_high=38.0),  # fever from 38.0; NEWS2: three points at 35.0
    "respiratory-rate": Limits(call_low=8, call_high=25),  # NEWS2: three points
}


@dataclass(frozen=True)
class Aim:
    """A person's goal for a metric, and their own emergency limits (None: the defaults)."""

    low: float | None = None
    high: float | None = None
    urgent_low: float | None = None
    urgent_high: float | None = None


def limits_for(metric_code: str, aim: Aim | None) -> Limits:
    """Return the limits that hold for a person. An own emergency limit also replaces the call on that side."""
    default = DEFAULT_LIMITS.get(metric_code, Limits())
    if aim is None:
        return default
    low, high = aim.urgent_low, aim.urgent_high
    return Limits(
        call_low=default.call_low if low is None else None,
        call_high=default.call_high if high is None else None,
        danger_low=default.danger_low if low is None else low,
        danger_high=default.danger_high if high is None else high,
    )


def standing_of(metric_code: str, value: float, flags: int, aim: Aim | None) -> Standing:
    """Return how a value stands. "Below what I can measure" is below every limit, and above likewise."""
    if flags & Flag.LOW:
        value = float("-inf")
    elif flags & Flag.HIGH:
        value = float("inf")
    limits = limits_for(metric_code, aim)
    for standing, low in ((Standing.DANGER_LOW, limits.danger_low), (Standing.CALL_LOW, limits.call_low)):
        if low is not None and value <= low:
            return standing
    for standing, high in (
        (Standing.DANGER_HIGH, limits.danger_high),
        (Standing.CALL_HIGH, limits.call_high),
    ):
        if high is not None and value >= high:
            return standing
    if aim is None or (aim.low is None and aim.high is None):
        return Standing.NO_GOAL
    if aim.low is not None and value < aim.low:
        return Standing.BELOW
    if aim.high is not None and value > aim.high:
        return Standing.ABOVE
    return Standing.GOOD


SEVERITY = {standing: place for place, standing in enumerate(Standing)}


def worst(standings: Collection[Standing]) -> Standing:
    """Return the one that matters most; a measurement of several values stands as its worst."""
    return max(standings, key=SEVERITY.__getitem__, default=Standing.NO_GOAL)


def has_gained(weights: Sequence[tuple[date, float]]) -> bool:
    """Whether the last weight (of days in order) is more than 2 kg above one of the three days before it."""
    if not weights:
        return False
    last_day, last = weights[-1]
    before = [
        value for day, value in weights[:-1] if timedelta(0) <= last_day - day <= timedelta(days=GAIN_DAYS)
    ]
    return bool(before) and last - min(before) > GAIN_KILOGRAMS


def is_other_person(weight: float, known_weight: float | None) -> bool:
    """Whether a weight (kg) is so far from the person's last that somebody else may have stood there."""
    if known_weight is None:
        return False
    return abs(weight - known_weight) > min(OTHER_PERSON_KILOGRAMS, known_weight * OTHER_PERSON_SHARE)


def is_usual(metric_code: str, value: float) -> bool:
    """Whether nobody needs to be asked "is that right?". Guards against slips of the hand; says nothing of health."""
    low, high = USUAL[metric_code]
    return low <= value <= high


# Wide on purpose, in canonical units; the same ranges as the chart's (charting/vital_kinds.py), and glucose.
USUAL: dict[str, tuple[float, float]] = {
    "glucose": (40, 400),
    "systolic": (80, 200),
    "diastolic": (40, 120),
    "pulse": (40, 140),
    "weight": (35, 200),
    "oxygen-saturation": (88, 100),
    "temperature": (35, 40),
    "respiratory-rate": (8, 30),
}


@dataclass(frozen=True)
class Streak:
    """The last seven days, oldest first, each with whether there was a reading. Nothing is ever broken or lost."""

    days: tuple[tuple[date, bool], ...]

    @property
    def count(self) -> int:
        """On how many of the days there was a reading."""
        return sum(is_measured for _day, is_measured in self.days)


def streak_of(measured: Collection[date], today: date) -> Streak:
    """Return the seven days up to today."""
    days = [today - timedelta(days=back) for back in reversed(range(STREAK_DAYS))]
    return Streak(tuple((day, day in measured) for day in days))
