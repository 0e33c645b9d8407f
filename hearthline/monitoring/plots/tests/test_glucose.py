from datetime import date
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.monitoring.plots.glucose import (
    Trace,
    Unit,
    cleaned,
    durations,
    has_mixed_rates,
    metrics_of,
    reconciled,
    shown_limit,
    shown_value,
    sufficiency_of,
)
from hearthline.monitoring.plots.local_time import (
    DAY,
    MINUTE,
    day_bounds,
    local_days,
    microseconds,
    moment_of,
)
from hearthline.monitoring.plots.targets import BY_CODE, PREGNANCY_LIMITS, STANDARD_LIMITS, TARGETS
from hearthline.monitoring.readings.flags import Flag

CHICAGO = ZoneInfo("America/Chicago")
EDGES = [
    (53.99, 0),
    (54, 1),
    (69.99, 1),
    (70, 2),
    (180, 2),
    (180.5, 3),
    (181, 3),
    (250, 3),
    (251, 4),
]


def values_at(values: list[float], every: int = 5) -> Trace:
    return Trace(np.arange(len(values)) * every * MINUTE, np.array(values, dtype=float))


@pytest.mark.parametrize(("value", "band"), EDGES)
def test_limits_belong_where_the_consensus_puts_them(value: float, band: int) -> None:
    assert STANDARD_LIMITS.band_of(value) == band


@pytest.mark.parametrize(
    ("value", "band"), [(53, 0), (54, 1), (62, 1), (63, 2), (140, 2), (141, 3), (300, 3)]
)
def test_pregnancy_has_four_bands(value: float, band: int) -> None:
    assert PREGNANCY_LIMITS.band_of(value) == band


@pytest.mark.parametrize(
    ("molar", "band"),
    [("3.0", 1), ("3.8", 1), ("3.9", 2), ("10.0", 2), ("10.1", 3), ("13.9", 3), ("14.0", 4)],
)
def test_a_sensor_in_mmol_is_classified_as_it_spoke(molar: str, band: int) -> None:
    stored = float(np.float32(Decimal(molar) * Decimal("18.0182")))
    assert STANDARD_LIMITS.band_of(stored) == band
    assert str(shown_value(stored, Unit.MOLAR, STANDARD_LIMITS)) == molar


@given(st.floats(20, 700), st.sampled_from(list(Unit)), st.sampled_from(TARGETS))
def test_a_shown_value_is_on_its_own_side_of_every_limit(value: float, unit: Unit, targets: object) -> None:
    limits = targets.limits  # type: ignore[attr-defined]
    shown = shown_value(value, unit, limits)
    low, high = shown_limit(limits.low, unit), shown_limit(limits.high, unit)
    band = limits.band_of(value)
    assert (shown < low) == (band < 2)
    assert (shown > high) == (band > 2)
    assert abs(float(shown) - (value if unit is Unit.MASS else value / 18.0182)) < 1.5 * (
        1 if unit is Unit.MASS else 0.1
    )


def test_sentinels_count_in_the_bands_and_missing_values_in_nothing() -> None:
    times = np.arange(6) * 5 * MINUTE
    flags = np.array([int(Flag.LOW), int(Flag.HIGH), 0, 0, int(Flag.RETRACTED), int(Flag.FUTURE)])
    kept = cleaned(times, np.array([39.0, np.nan, np.nan, 100.0, 100.0, 100.0]), flags)
    assert kept.values.tolist() == [39.0, 401.0, 100.0]
    found = metrics_of(kept, STANDARD_LIMITS)
    assert found is not None
    assert [round(one, 2) for one in found.bands] == [33.33, 0, 33.33, 0, 33.33]


def test_values_are_put_in_order_of_time() -> None:
    kept = cleaned(np.array([3, 1, 2]), np.array([30.0, 10.0, 20.0]))
    assert kept.values.tolist() == [10.0, 20.0, 30.0]


def test_mixed_rates_weigh_each_value_by_its_time() -> None:
    fast, slow = np.arange(0, DAY, 5 * MINUTE), np.arange(DAY, 2 * DAY, 15 * MINUTE)
    times = np.concatenate([fast, slow])
    values = np.concatenate([np.full(fast.shape, 60.0), np.full(slow.shape, 100.0)])
    found = metrics_of(Trace(times, values), STANDARD_LIMITS)
    assert has_mixed_rates(times)
    assert found is not None
    assert found.is_weighted
    assert found.bands[2] == pytest.approx(50.0)
    by_count = metrics_of(Trace(times, values), STANDARD_LIMITS, is_weighted=False)
    assert by_count is not None
    assert by_count.bands[2] == pytest.approx(25.0)


def test_a_gap_is_nobodys_time() -> None:
    times = np.array([0, 5, 10, 300, 305]) * MINUTE
    assert (durations(times) / MINUTE).tolist() == [5, 5, 5, 5, 5]


@given(st.lists(st.floats(20, 700), min_size=2, max_size=60))
def test_weighting_even_steps_changes_nothing(values: list[float]) -> None:
    trace = values_at(values)
    ours, weighted = (metrics_of(trace, STANDARD_LIMITS, is_weighted=one) for one in (False, True))
    assert ours is not None
    assert weighted is not None
    assert weighted.mean == pytest.approx(ours.mean)
    assert weighted.deviation == pytest.approx(ours.deviation, abs=1e-6)
    assert weighted.bands == pytest.approx(ours.bands)


def test_too_few_values_have_no_metrics() -> None:
    assert metrics_of(values_at([100.0]), STANDARD_LIMITS) is None


def test_sufficiency_says_which_part_is_missing() -> None:
    times = np.arange(0, 14 * DAY, 5 * MINUTE)
    enough = sufficiency_of(Trace(times, np.full(times.shape, 100.0)), 0, 14 * DAY, 14)
    assert enough.is_enough
    assert enough.active_percent == 100.0
    short = sufficiency_of(Trace(times, np.full(times.shape, 100.0)), 0, 13 * DAY, 13)
    assert (short.lacks_days, short.lacks_activity) == (True, False)
    part = times[: times.size * 69 // 100]
    silent = sufficiency_of(Trace(part, np.full(part.shape, 100.0)), 0, 14 * DAY, 10)
    assert (silent.lacks_days, silent.lacks_activity) == (False, True)


def test_gmi_in_both_units() -> None:
    found = metrics_of(values_at([154.0, 154.0]), STANDARD_LIMITS)
    assert found is not None
    assert found.gmi_percent == pytest.approx(3.31 + 0.02392 * 154)
    assert found.gmi_mmol_per_mol == pytest.approx(12.71 + 4.70587 * 154 / 18.0182)


@given(st.lists(st.integers(0, 4032), min_size=5, max_size=5).filter(any), st.sampled_from(TARGETS))
def test_shown_percentages_sum_to_100_and_keep_every_judgement(counts: list[int], targets: object) -> None:
    goals = targets.goals  # type: ignore[attr-defined]
    exact = tuple(100 * one / sum(counts) for one in counts)
    shown = reconciled(exact, goals)
    assert sum(shown) == 100
    for goal in goals:
        assert goal.is_met_by(tuple(map(float, shown))) == goal.is_met_by(exact)
    assert all((one > 0) == (count > 0) for one, count in zip(shown, counts, strict=True))


def test_a_percentage_is_not_rounded_over_its_goal() -> None:
    exact = (0.99, 2.98, 69.99, 21.04, 5.0)
    shown = reconciled(exact, BY_CODE["diabetes"].goals)
    assert shown[0] < 1
    assert shown[0] + shown[1] < 4
    assert shown[2] <= 70


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 7, 1), 24)]
)
def test_local_days_have_the_length_they_have(day: date, hours: int) -> None:
    starts, ends = day_bounds(day, CHICAGO)
    assert ends - starts == hours * 60 * MINUTE
    numbers, minutes = local_days(np.arange(starts, ends, 5 * MINUTE), CHICAGO)
    assert set(numbers.tolist()) == {(day - date(1970, 1, 1)).days}
    assert minutes[0] == 0
    assert minutes[-1] == 1435


@given(
    st.sampled_from(["America/Chicago", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]),
    st.data(),
)
def test_local_times_are_those_of_the_calendar(name: str, data: st.DataObject) -> None:
    zone = ZoneInfo(name)
    first = microseconds(moment_of(0).replace(year=2026))
    times = np.array(
        sorted(data.draw(st.lists(st.integers(first, first + 400 * DAY), min_size=1, max_size=20)))
    )
    numbers, minutes = local_days(times, zone)
    for time, number, minute in zip(times.tolist(), numbers.tolist(), minutes.tolist(), strict=True):
        local = moment_of(time).astimezone(zone)
        assert (local.date() - date(1970, 1, 1)).days == number
        assert local.hour * 60 + local.minute == minute


def test_targets_name_their_source_and_rise_in_limits() -> None:
    for targets in TARGETS:
        limits = [targets.limits.very_low, targets.limits.low, targets.limits.high]
        assert all(a < b for a, b in pairwise(limits))
        assert "Diabetes Care" in targets.source
