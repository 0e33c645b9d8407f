"""Is it good or not, is it believable, how often was it measured; and numbers in the units people know."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.charting.vital_kinds import KINDS as VITAL_KINDS
from hearthline.monitoring.home import pictures, rules, units
from hearthline.monitoring.home.rules import (
    Aim,
    Standing,
    has_gained,
    is_other_person,
    standing_of,
    streak_of,
)
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE, METRICS

TODAY = date(2026, 11, 24)
PRESSURE = Aim(low=100, high=129)


@pytest.mark.parametrize(
    ("code", "value", "aim", "standing"),
    [
        ("systolic", 120, PRESSURE, Standing.GOOD),
        ("systolic", 129, PRESSURE, Standing.GOOD),
        ("systolic", 130, PRESSURE, Standing.ABOVE),
        ("systolic", 99, PRESSURE, Standing.BELOW),
        ("systolic", 90, PRESSURE, Standing.CALL_LOW),
        ("systolic", 180, PRESSURE, Standing.ABOVE),
        ("systolic", 181, PRESSURE, Standing.DANGER_HIGH),
        ("systolic", 181, None, Standing.DANGER_HIGH),
        ("systolic", 120, None, Standing.NO_GOAL),
        ("systolic", 160, Aim(high=129, urgent_high=160), Standing.DANGER_HIGH),
        ("diastolic", 120, None, Standing.NO_GOAL),
        ("diastolic", 121, None, Standing.DANGER_HIGH),
        ("glucose", 54, None, Standing.CALL_LOW),
        ("glucose", 53, None, Standing.DANGER_LOW),
        ("glucose", 250, Aim(70, 180), Standing.ABOVE),
        ("glucose", 251, Aim(70, 180), Standing.CALL_HIGH),
        ("oxygen-saturation", 95, Aim(low=95), Standing.GOOD),
        ("oxygen-saturation", 94, Aim(low=95), Standing.CALL_LOW),
        ("oxygen-saturation", 92, Aim(low=95), Standing.DANGER_LOW),
        ("oxygen-saturation", 90, Aim(low=88, high=92, urgent_low=85), Standing.GOOD),
        ("oxygen-saturation", 85, Aim(low=88, high=92, urgent_low=85), Standing.DANGER_LOW),
        ("temperature", 38.0, None, Standing.CALL_HIGH),
        ("weight", 250, None, Standing.NO_GOAL),
    ],
)
def test_how_a_value_stands(code: str, value: float, aim: Aim | None, standing: Standing) -> None:
    assert standing_of(code, value, 0, aim) is standing


def test_what_is_beyond_the_device_is_beyond_every_limit() -> None:
    assert standing_of("glucose", 39, int(Flag.LOW), Aim(urgent_low=30)) is Standing.DANGER_LOW
    assert standing_of("glucose", 401, int(Flag.HIGH), None) is Standing.CALL_HIGH


def test_a_measurement_stands_as_the_worst_of_its_values() -> None:
    assert rules.worst([Standing.GOOD, Standing.DANGER_HIGH, Standing.ABOVE]) is Standing.DANGER_HIGH
    assert rules.worst([Standing.NO_GOAL, Standing.GOOD]) is Standing.GOOD
    assert rules.worst([]) is Standing.NO_GOAL


@given(value=st.floats(20, 400), low=st.floats(60, 100), width=st.floats(1, 60))
def test_no_value_outside_its_goal_is_called_good(value: float, low: float, width: float) -> None:
    aim = Aim(low, low + width)
    for code in rules.USUAL:
        standing = standing_of(code, value, 0, aim)
        assert (standing is Standing.GOOD) <= (low <= value <= low + width)


@pytest.mark.parametrize(
    ("weight", "known", "answer"),
    [(80, None, False), (80, 84.9, False), (80, 85.1, True), (12, 10.5, True), (11, 10.5, False)],
)
def test_who_stands_on_the_scale(weight: float, known: float | None, answer: bool) -> None:
    assert is_other_person(weight, known) is answer


def test_a_fast_gain() -> None:
    days = [TODAY - timedelta(days=back) for back in (4, 3, 1, 0)]
    assert has_gained(list(zip(days, [80.0, 80.0, 81.0, 82.1], strict=True)))
    assert not has_gained(list(zip(days, [80.0, 80.0, 81.0, 82.0], strict=True)))
    assert not has_gained(list(zip(days, [79.0, 80.5, 81.0, 82.1], strict=True))), "four days ago is too long"
    assert not has_gained([])


def test_the_week_counts_days_and_forgets_none() -> None:
    streak = streak_of({TODAY, TODAY - timedelta(days=6), TODAY - timedelta(days=7)}, TODAY)
    assert (streak.count, len(streak.days), streak.days[-1]) == (2, 7, (TODAY, True))


def test_usual_ranges_are_the_charts() -> None:
    by_loinc = {kind.loinc: kind for kind in VITAL_KINDS.values()}
    for metric in METRICS:
        kind = by_loinc.get(metric.loinc)
        if kind is not None:
            assert rules.USUAL[metric.code] == (float(kind.usual.low), float(kind.usual.high)), metric.code


@pytest.mark.parametrize(
    ("code", "value", "place", "text", "unit"),
    [
        ("weight", 81.25, "US-TX", "179.1", "lb"),
        ("weight", 81.25, "GB", "81.2", "kg"),
        ("temperature", 38.0, "US-TX", "100.4", "°F"),
        ("glucose", 100, "US-TX", "100", "mg/dL"),
        ("glucose", 99.1, "GB", "5.5", "mmol/L"),
        ("systolic", 128, "DE", "128", "mmHg"),
    ],
)
def test_numbers_are_shown_as_people_know_them(
    code: str, value: float, place: str, text: str, unit: str
) -> None:
    assert units.shown(value, BY_CODE[code], place) == units.Shown(text, unit)


@given(tenths=st.integers(11, 388))
def test_a_typed_molar_value_comes_back_as_it_was(tenths: int) -> None:
    metric = BY_CODE["glucose"]
    unit = metric.factor_of("mmol/L")
    assert unit is not None
    typed = Decimal(tenths) / 10
    assert units.in_unit(float(units.canonical(typed, unit)), metric, unit) == typed


@given(code=st.sampled_from(sorted(rules.USUAL)), value=st.floats(1, 600))
def test_the_gauge_stays_inside_its_drawing(code: str, value: float) -> None:
    gauge = pictures.gauge_of(code, value, Aim(90, 120))
    assert gauge is not None
    assert pictures.EDGE <= gauge.mark <= pictures.WIDTH - pictures.EDGE
    assert gauge.band_start + gauge.band_width <= pictures.WIDTH
    assert pictures.gauge_of(code, value, None) is None
