"""Our metrics are those of iglu-python and py-agata on every real trace and ten simulated people.

Where a reference deviates it is by definition: py-agata's ``time_in_target`` leaves the limits 70 and 180 themselves
outside (the consensus puts them in range), and iglu's ``active_percent`` starts counting at the first reading (we
count the whole window). Both definitions are tested here, beside the equality under ours.
"""

import math
from typing import Any

import iglu_python as iglu  # type: ignore[import-untyped]
import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from py_agata import time_in_ranges, variability  # type: ignore[import-untyped]

from hearthline.monitoring.plots.glucose import GlucoseMetrics, Trace, cleaned, metrics_of, sufficiency_of
from hearthline.monitoring.plots.local_time import DAY, MINUTE
from hearthline.monitoring.plots.targets import PREGNANCY_LIMITS, STANDARD_LIMITS
from hearthline.monitoring.plots.tests.traces import REAL, SIMULATED, raw, trace

EVERY = REAL + SIMULATED


def same(ours: float, theirs: Any) -> None:
    assert math.isclose(ours, float(theirs), rel_tol=1e-9, abs_tol=1e-9), (ours, theirs)


def counted(name: str) -> GlucoseMetrics:
    found = metrics_of(trace(name), STANDARD_LIMITS, is_weighted=False)
    assert found is not None
    return found


def on_a_grid(values: Any) -> pd.DataFrame:
    """py-agata wants even steps; none of these metrics looks at the time."""
    return pd.DataFrame(
        {"t": pd.date_range("2026-01-01", periods=len(values), freq="5min"), "glucose": values}
    )


@pytest.mark.parametrize("name", EVERY)
def test_equals_iglu(name: str) -> None:
    ours, (_, values) = counted(name), raw(name)
    series = pd.Series(values).dropna()
    same(ours.mean, iglu.mean_glu(series))
    same(ours.deviation, iglu.sd_glu(series))
    same(ours.cv, iglu.cv_glu(series))
    same(ours.gmi_percent, iglu.gmi(series))
    ranges = iglu.in_range_percent(series, target_ranges=[[70, 180], [70, 140]])
    same(ours.bands[2], ranges["in_range_70_180"])
    same(ours.tight_percent, ranges["in_range_70_140"])
    below = iglu.below_percent(series, targets_below=[54, 70])
    same(ours.bands[0], below["below_54"])
    same(ours.bands[0] + ours.bands[1], below["below_70"])
    above = iglu.above_percent(series, targets_above=[180, 250])
    same(ours.bands[4], above["above_250"])
    same(ours.bands[3] + ours.bands[4], above["above_180"])


@pytest.mark.parametrize("name", EVERY)
def test_equals_agata(name: str) -> None:
    ours, (_, values) = counted(name), raw(name)
    frame = on_a_grid(values)
    same(ours.mean, variability.mean_glucose(frame))
    same(ours.deviation, variability.std_glucose(frame))
    same(ours.cv, variability.cv_glucose(frame))
    same(ours.gmi_percent, variability.gmi(frame))
    given = time_in_ranges.time_in_given_range
    same(ours.bands[2], given(frame, 70.0, 180.0, include_th_l=True, include_th_h=True))
    same(ours.tight_percent, given(frame, 70.0, 140.0, include_th_l=True, include_th_h=True))
    same(ours.bands[1], given(frame, 54.0, 70.0, include_th_l=True))
    same(ours.bands[3], given(frame, 180.0, 250.0, include_th_h=True))
    same(ours.bands[0], time_in_ranges.time_in_given_below_range(frame, 54.0))
    same(ours.bands[4], time_in_ranges.time_in_given_above_range(frame, 250.0))


def test_pregnancy_equals_iglu() -> None:
    ours = metrics_of(trace("pregnancy"), PREGNANCY_LIMITS, is_weighted=False)
    _, values = raw("pregnancy")
    assert ours is not None
    ranges = iglu.in_range_percent(pd.Series(values).dropna(), target_ranges=[[63, 140]])
    same(ours.bands[2], ranges["in_range_63_140"])
    assert ours.bands[4] == 0.0, "pregnancy knows no second high level"


def test_limits_are_in_range_where_agata_leaves_them_out() -> None:
    values = np.array([70.0, 180.0, 100.0, 120.0])
    ours = metrics_of(Trace(np.arange(4) * 5 * MINUTE, values), STANDARD_LIMITS)
    assert ours is not None
    assert ours.bands[2] == 100.0
    assert time_in_ranges.time_in_target(on_a_grid(values)) == 50.0


def test_active_time_equals_iglu_between_first_and_last_and_then_counts_the_whole_window() -> None:
    times = np.arange(0, 2 * DAY, 5 * MINUTE)
    times = np.delete(times, slice(100, 150))
    values = np.full(times.shape, 110.0)
    frame = pd.DataFrame({"id": "a", "time": pd.to_datetime(times, unit="us"), "gl": values})
    theirs = float(iglu.active_percent(frame, tz="UTC")["active_percent"].iloc[0])
    kept = cleaned(times, values)
    same(sufficiency_of(kept, 0, 2 * DAY, 2).active_percent, theirs)
    assert theirs > 90
    fortnight = sufficiency_of(kept, 0, 14 * DAY, 2)
    same(fortnight.active_percent, theirs / 7)
    assert fortnight.lacks_activity
