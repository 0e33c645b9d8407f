"""How a case climbs when nobody takes it, and what breaks a snooze."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.monitoring.alerts.rules.kinds import Direction, Severity
from hearthline.monitoring.alerts.rules.ladder import (
    DEFAULT_LADDERS,
    Whom,
    acknowledge_by,
    is_broken,
    standing,
)

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "reached", "next_minutes"), [(0, 1, 5), (4.9, 1, 5), (5, 2, 15), (15, 3, 30), (30, 4, None)]
)
def test_a_danger_climbs_by_the_clock(minutes: float, reached: int, next_minutes: int | None) -> None:
    found = standing(
        DEFAULT_LADDERS[Severity.DANGER], started_at=START, now=START + timedelta(minutes=minutes)
    )
    expected = None if next_minutes is None else START + timedelta(minutes=next_minutes)
    assert (found.reached, found.next_at) == (reached, expected)


@given(st.sampled_from(list(Severity)), st.lists(st.integers(0, 5000), min_size=2, max_size=2).map(sorted))
def test_nobody_ever_climbs_down_and_the_end_is_a_breach(severity: Severity, minutes: list[int]) -> None:
    ladder = DEFAULT_LADDERS[severity]
    earlier, later = (
        standing(ladder, started_at=START, now=START + timedelta(minutes=one)) for one in minutes
    )
    assert earlier.reached <= later.reached
    assert ladder[-1].whom is Whom.NOBODY_LEFT
    assert standing(ladder, started_at=START, now=acknowledge_by(ladder, started_at=START)).next_at is None


def test_a_snoozed_high_is_broken_by_a_higher_value_and_not_by_a_low_one() -> None:
    assert is_broken(direction=Direction.HIGH, snoozed_at=260, now=280, worsening=20)
    assert not is_broken(direction=Direction.HIGH, snoozed_at=260, now=275, worsening=20)
    assert not is_broken(direction=Direction.HIGH, snoozed_at=260, now=50, worsening=20)
    assert is_broken(direction=Direction.LOW, snoozed_at=65, now=54, worsening=10)
