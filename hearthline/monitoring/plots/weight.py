"""Weight in heart failure: difference to dry weight and the trend of medians (research/rpm.md 4.4).

The trend compares the median of three days with that of the seven before them: in a stable person (day-to-day
deviation 0.6 kg) it is wrong once in two years, the rule of a pound or two in a day every week.
"""

from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from hearthline.monitoring.plots.local_time import local_days
from hearthline.monitoring.plots.targets import Floats, Integers

RECENT_DAYS, PRIOR_DAYS = 3, 7
RECENT_NEEDED, PRIOR_NEEDED = 2, 3  # days with a weight
OTHER_PERSON_KG = 5.0  # a jump above this between weighings is asked about, not alerted


@dataclass(frozen=True)
class WeightTrend:
    """The newest days' median, its change, and its difference to dry weight, in kg; None where data are missing."""

    recent_median: float | None
    change: float | None
    above_dry: float | None
    recent_days: int
    prior_days: int


def daily_weights(times: Integers, values: Floats, zone: ZoneInfo) -> tuple[Integers, Floats]:
    """Return each local day's first weight (the morning's), without days that have none."""
    keep = np.isfinite(values)
    order = np.argsort(times[keep], kind="stable")
    days, _ = local_days(times[keep][order], zone)
    found, first = np.unique(days, return_index=True)
    return found, values[keep][order][first]


def trend_of(days: Integers, weights: Floats, today: int, dry_weight: float | None = None) -> WeightTrend:
    """Return the trend on ``today`` (days since 1970)."""
    recent = weights[(days > today - RECENT_DAYS) & (days <= today)]
    prior = weights[(days > today - RECENT_DAYS - PRIOR_DAYS) & (days <= today - RECENT_DAYS)]
    newest = float(np.median(recent)) if recent.size >= RECENT_NEEDED else None
    before = float(np.median(prior)) if prior.size >= PRIOR_NEEDED else None
    return WeightTrend(
        newest,
        None if newest is None or before is None else newest - before,
        None if newest is None or dry_weight is None else newest - dry_weight,
        int(recent.size),
        int(prior.size),
    )


def may_be_someone_else(weights: Floats) -> tuple[int, ...]:
    """Return the positions of weights that jump from the one before by more than a person does."""
    pairs = enumerate(pairwise(weights.tolist()), 1)
    return tuple(index for index, (before, after) in pairs if abs(after - before) > OTHER_PERSON_KG)


def running_median(days: Integers, weights: Floats) -> Floats:
    """Return for each day the median of the weights of that day and the two before it."""
    return np.array([np.median(weights[(days > day - RECENT_DAYS) & (days <= day)]) for day in days.tolist()])
