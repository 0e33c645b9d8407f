from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hearthline.monitoring.plots.blood_pressure import BY_CODE, Pressures, average_of, category_of, is_morning
from hearthline.monitoring.plots.local_time import microseconds
from hearthline.monitoring.plots.weight import daily_weights, may_be_someone_else, running_median, trend_of

CHICAGO = ZoneInfo("America/Chicago")
FIRST = datetime(2026, 11, 2, 7, 0, tzinfo=CHICAGO)


def week(days: int = 7, per_session: int = 2, cuffless: bool = False) -> Pressures:
    """Mornings and evenings; systolic 100 + 10 for each day passed + the place in the session."""
    rows = [
        (FIRST + timedelta(days=day, hours=hours, minutes=place), 100 + 10 * day + place)
        for day in range(days)
        for hours in (0, 13)
        for place in range(per_session)
    ]
    times = np.array([microseconds(moment.astimezone(UTC)) for moment, _ in rows])
    systolic = np.array([float(value) for _, value in rows])
    return Pressures(times, systolic, systolic - 40, np.full(times.shape, cuffless))


def test_aha_averages_all_of_seven_days() -> None:
    found = average_of(week(), BY_CODE["aha-7-day"], CHICAGO)
    assert (found.count, found.days, found.is_enough) == (28, 7, True)
    assert found.systolic == pytest.approx(130.5)
    assert found.diastolic == pytest.approx(90.5)


def test_canada_drops_the_first_day() -> None:
    found = average_of(week(), BY_CODE["canada-7-day"], CHICAGO)
    assert (found.count, found.days, found.is_enough) == (24, 6, True)
    assert found.systolic == pytest.approx(135.5)


def test_triplets_drop_two_days_and_the_first_of_each_session() -> None:
    found = average_of(week(5, 3), BY_CODE["triplet-5-day"], CHICAGO)
    assert (found.count, found.days, found.is_enough) == (12, 3, True)
    assert found.systolic == pytest.approx(131.5)


def test_too_few_readings_are_an_average_but_not_enough() -> None:
    found = average_of(week(2), BY_CODE["aha-7-day"], CHICAGO)
    assert (found.count, found.is_enough) == (8, False)


def test_older_days_do_not_replace_missed_ones() -> None:
    assert average_of(week(9), BY_CODE["aha-7-day"], CHICAGO).count == 28


def test_cuffless_devices_are_left_out_and_said() -> None:
    found = average_of(week(cuffless=True), BY_CODE["aha-7-day"], CHICAGO)
    assert (found.count, found.systolic, found.cuffless_count) == (0, None, 28)


@pytest.mark.parametrize(
    ("systolic", "diastolic", "code"),
    [
        (119.9, 79.9, "normal"),
        (120, 79, "elevated"),
        (129.9, 79.9, "elevated"),
        (130, 79, "stage-1"),
        (119, 80, "stage-1"),
        (139.9, 89.9, "stage-1"),
        (140, 70, "stage-2"),
        (110, 90, "stage-2"),
        (180, 120, "stage-2"),
        (180.5, 80, "severe"),
        (120, 121, "severe"),
    ],
)
def test_categories_of_2025(systolic: float, diastolic: float, code: str) -> None:
    assert category_of(systolic, diastolic).code == code


def test_morning_is_on_the_persons_clock() -> None:
    assert is_morning(week(1).times, CHICAGO).tolist() == [True, True, False, False]


def test_dry_weight_and_the_trend_of_medians() -> None:
    days = np.arange(10)
    weights = np.array([80, 80.5, 79.5, 80, 80, 80.4, 79.6, 82, 82.5, 95.0])
    found = trend_of(days, weights, today=9, dry_weight=79)
    assert found.recent_median == 82.5
    assert found.change == pytest.approx(2.5)
    assert found.above_dry == pytest.approx(3.5)
    assert may_be_someone_else(weights) == (9,)


def test_a_trend_needs_weights_on_both_sides() -> None:
    found = trend_of(np.array([8, 9]), np.array([80.0, 81.0]), today=9)
    assert (found.recent_median, found.change, found.above_dry) == (80.5, None, None)
    assert trend_of(np.array([9]), np.array([80.0]), today=9).recent_median is None


def test_the_first_weight_of_a_local_day_counts() -> None:
    times = np.array([microseconds(FIRST + timedelta(hours=hours)) for hours in (5, 0, 24)])
    days, weights = daily_weights(times, np.array([81.0, 80.0, np.nan]), CHICAGO)
    assert weights.tolist() == [80.0]
    assert days.size == 1


def test_the_running_median_looks_back_three_days_and_never_ahead() -> None:
    days, weights = np.array([1, 2, 3, 4, 9]), np.array([80.0, 90.0, 81.0, 82.0, 70.0])
    assert running_median(days, weights).tolist() == [80.0, 85.0, 81.0, 82.0, 70.0]
