"""NEWS2 as a rule looks at it: from one complete set or not at all. Pure; the points are ``plots.news2``."""

from collections.abc import Mapping
from dataclasses import dataclass

from hearthline.monitoring.alerts.rules.kinds import MINUTE_US, SCORED, Score
from hearthline.monitoring.alerts.rules.looks import UNKNOWN, Look, Sample, Sight
from hearthline.monitoring.plots.news2 import Consciousness, Observations, score_of

CLEAR_BELOW = 2  # points under the limit, from where it counts as good again


@dataclass(frozen=True)
class Told:
    """What was told of consciousness and oxygen at a time; None and "" were not asked."""

    at_us: int
    consciousness: str
    is_on_oxygen: bool | None


def look_at_set(rule: Score, newest: Mapping[str, Sample], told: Told | None) -> tuple[Sight, Sample | None]:
    """Return how a person's newest values look as one set, and its last value (None: there is no complete set)."""
    values = [newest[code] for code in SCORED if code in newest and newest[code].is_judged]
    if len(values) < len(SCORED) or told is None or not told.consciousness or told.is_on_oxygen is None:
        return UNKNOWN, None
    last = max(values)
    times = [one.at_us for one in values] + [told.at_us]
    if max(times) - min(times) > rule.window_minutes * MINUTE_US:
        return UNKNOWN, None
    found = score_of(
        Observations(
            respiration=newest["respiratory-rate"].value,
            oxygen_saturation=newest["oxygen-saturation"].value,
            is_on_oxygen=told.is_on_oxygen,
            systolic=newest["systolic"].value,
            pulse=newest["pulse"].value,
            consciousness=Consciousness(told.consciousness),
            temperature=newest["temperature"].value,
            is_scale_2_ordered=rule.is_scale_2,
        )
    )
    if found is None:
        return UNKNOWN, None
    if found.total >= rule.limit:
        return Sight(Look.BEYOND, found.total), last
    is_clear = found.total <= rule.limit - CLEAR_BELOW
    return Sight(Look.CLEAR if is_clear else Look.BETWEEN, found.total), last
