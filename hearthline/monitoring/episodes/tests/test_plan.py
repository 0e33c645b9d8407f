from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.monitoring.episodes.plan import (
    WHOLE_DAY,
    Adherence,
    Planned,
    Slot,
    adherence,
    filled,
    slots_on,
    streak,
)

MONDAY = date(2026, 3, 2)
MORNING = (time(6), time(10))
EVENING = (time(18), time(22))
CUFF = Planned("systolic", MONDAY, windows=(MORNING, EVENING))
SCALE = Planned("weight", MONDAY, windows=(MORNING,), weekdays=(0, 3))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute))


def test_a_day_awaits_what_is_planned_for_it() -> None:
    assert [(slot.metric, slot.starts) for slot in slots_on([CUFF, SCALE], MONDAY)] == [
        ("systolic", time(6)),
        ("weight", time(6)),
        ("systolic", time(18)),
    ]
    assert len(slots_on([CUFF, SCALE], MONDAY + timedelta(days=1))) == 2
    assert slots_on([CUFF], MONDAY - timedelta(days=1)) == []
    ended = Planned("systolic", MONDAY, MONDAY, windows=(MORNING,))
    assert slots_on([ended], MONDAY + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("moment", "is_filled"),
    [((4, 59), False), ((5, 0), True), ((8, 0), True), ((10, 59), True), ((11, 0), False)],
)
def test_an_hour_early_or_late_still_counts(moment: tuple[int, int], is_filled: bool) -> None:
    slot = Slot(MONDAY, *MORNING, "systolic")
    assert filled([slot], {"systolic": [at(MONDAY, *moment)]}) == {slot: is_filled}


def test_the_whole_day_is_the_local_day() -> None:
    (slot,) = slots_on([Planned("weight", MONDAY, windows=(WHOLE_DAY,))], MONDAY)
    assert slot.holds(at(MONDAY, 0))
    assert slot.holds(at(MONDAY, 23, 59))
    assert not slot.holds(at(MONDAY + timedelta(days=1), 0))
    assert not slot.holds(at(MONDAY - timedelta(days=1), 23, 59))


def test_one_value_fills_one_slot() -> None:
    first, second = Slot(MONDAY, time(6), time(8), "weight"), Slot(MONDAY, time(8), time(10), "weight")
    assert list(filled([first, second], {"weight": [at(MONDAY, 8)]}).values()) == [True, False]


def test_adherence_counts_slots_and_never_rounds_up_to_all() -> None:
    moments = [at(MONDAY + timedelta(days=number), 7) for number in range(3)]
    found = adherence([CUFF], {"systolic": moments}, MONDAY, MONDAY + timedelta(days=2))
    assert (found.came, found.awaited, found.percent) == (3, 6, 50)
    assert Adherence(999, 1000).percent == 99
    assert Adherence(0, 0).percent is None


def test_a_streak_forgives_today_and_free_days() -> None:
    days = {MONDAY, MONDAY + timedelta(days=3)}  # Monday and Thursday, as planned
    assert streak([SCALE], {"weight": days}, MONDAY + timedelta(days=5)) == 2
    assert streak([SCALE], {"weight": days}, MONDAY + timedelta(days=7)) == 2  # Monday again, not yet done
    assert streak([SCALE], {"weight": days}, MONDAY + timedelta(days=8)) == 0  # that Monday was missed
    assert streak([], {}, MONDAY) == 0


@given(st.lists(st.integers(0, 14 * 24 * 60), max_size=60), st.randoms())
def test_adherence_is_bounded_and_order_does_not_matter(minutes: list[int], random: Any) -> None:
    moments = [at(MONDAY, 0) + timedelta(minutes=minute) for minute in minutes]
    shuffled = list(moments)
    random.shuffle(shuffled)
    last = MONDAY + timedelta(days=13)
    found = adherence([CUFF], {"systolic": moments}, MONDAY, last)
    assert found == adherence([CUFF], {"systolic": shuffled}, MONDAY, last)
    assert found.awaited == 28
    assert 0 <= found.came <= min(len(moments), 28)
