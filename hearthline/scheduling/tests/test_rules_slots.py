from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hearthline.scheduling.rules.slots import (
    Calendar,
    Timing,
    WeeklyHours,
    applies_on,
    find_all_slots,
    find_slots,
    has_slot,
)
from hearthline.scheduling.rules.times import get_instant, get_zone, merge

ONE, TWO, SITE = UUID(int=1), UUID(int=2), UUID(int=9)
ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Phoenix",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Europe/Madrid",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "UTC",
]


def hours(day: date, starts: time, ends: time, zone: str, **more: object) -> WeeklyHours:
    return WeeklyHours(ONE, SITE, day.weekday(), starts, ends, zone, valid_from=day, **more)  # type: ignore[arg-type]


def span(day: date, days: int = 2) -> tuple[int, int]:
    start = datetime.combine(day, time(), UTC) - timedelta(days=1)
    return int(start.timestamp()), int((start + timedelta(days=days + 1)).timestamp())


def local_starts(calendar: Calendar, timing: Timing, day: date, zone: str) -> list[str]:
    found = find_slots(calendar, timing, span(day))
    return [datetime.fromtimestamp(slot.start, ZoneInfo(zone)).strftime("%H:%M%z") for slot in found]


def test_a_plain_morning() -> None:
    day = date(2026, 6, 2)
    calendar = Calendar(ONE, [hours(day, time(8), time(10), "America/Chicago")])
    assert local_starts(calendar, Timing(30, step_minutes=30), day, "America/Chicago") == [
        "08:00-0500",
        "08:30-0500",
        "09:00-0500",
        "09:30-0500",
    ]


def test_spring_change_skips_an_hour_and_keeps_durations() -> None:
    day = date(2026, 3, 8)  # 02:00 becomes 03:00 in New York
    calendar = Calendar(ONE, [hours(day, time(1), time(4), "America/New_York")])
    assert local_starts(calendar, Timing(30, step_minutes=30), day, "America/New_York") == [
        "01:00-0500",
        "01:30-0500",
        "03:00-0400",
        "03:30-0400",
    ]


def test_opening_inside_the_skipped_hour_opens_at_the_change() -> None:
    day = date(2026, 3, 8)
    calendar = Calendar(ONE, [hours(day, time(2, 30), time(4), "America/New_York")])
    assert local_starts(calendar, Timing(60, step_minutes=60), day, "America/New_York") == ["03:00-0400"]


def test_autumn_change_offers_the_repeated_hour_once() -> None:
    day = date(2026, 11, 1)  # 02:00 EDT becomes 01:00 EST
    calendar = Calendar(ONE, [hours(day, time(0, 30), time(3), "America/New_York")])
    assert local_starts(calendar, Timing(30, step_minutes=30), day, "America/New_York") == [
        "00:30-0400",
        "01:00-0400",
        "01:30-0400",
        "02:00-0500",
        "02:30-0500",
    ]


def test_hours_past_midnight_belong_to_the_day_they_start() -> None:
    day = date(2026, 6, 2)
    calendar = Calendar(ONE, [hours(day, time(23), time(1), "Europe/Madrid")])
    assert local_starts(calendar, Timing(60, step_minutes=60), day, "Europe/Madrid") == [
        "23:00+0200",
        "00:00+0200",
    ]


def test_buffers_keep_distance_from_bookings_but_not_from_opening() -> None:
    day = date(2026, 6, 2)
    booked = int(datetime(2026, 6, 2, 9, tzinfo=UTC).timestamp())
    calendar = Calendar(ONE, [hours(day, time(8), time(11), "UTC")], busy=[(booked, booked + 1800)])
    timing = Timing(30, buffer_before_minutes=10, buffer_after_minutes=10, step_minutes=30)
    assert local_starts(calendar, timing, day, "UTC") == ["08:00+0000", "10:00+0000", "10:30+0000"]


def test_closure_takes_time_away_and_extra_gives_it() -> None:
    day = date(2026, 6, 2)
    nine = int(datetime(2026, 6, 2, 9, tzinfo=UTC).timestamp())
    calendar = Calendar(
        ONE,
        [hours(day, time(8), time(10), "UTC")],
        closed=[(nine - 600, nine + 600)],
        extra=[((nine + 5 * 3600, nine + 6 * 3600), SITE, "UTC")],
    )
    assert local_starts(calendar, Timing(30, step_minutes=30), day, "UTC") == [
        "08:00+0000",
        "09:30+0000",
        "14:00+0000",
        "14:30+0000",
    ]


def test_every_second_week_counts_from_the_first() -> None:
    line = hours(date(2026, 6, 3), time(8), time(9), "UTC", every_weeks=2, valid_to=date(2026, 7, 15))
    days = [date(2026, 6, 3) + timedelta(days=7 * week) for week in range(-1, 8)]
    assert [day.isoformat() for day in days if applies_on(line, day)] == [
        "2026-06-03",
        "2026-06-17",
        "2026-07-01",
        "2026-07-15",
    ]


def test_two_practitioners_are_offered_together_earliest_first() -> None:
    day = date(2026, 6, 2)
    first = Calendar(ONE, [hours(day, time(9), time(10), "UTC")])
    second = Calendar(TWO, [hours(day, time(8), time(10), "UTC")])
    found = find_all_slots([first, second], Timing(60, step_minutes=60), span(day))
    assert [(slot.practitioner_id.int, slot.start % 86400 // 3600) for slot in found] == [
        (2, 8),
        (1, 9),
        (2, 9),
    ]
    assert has_slot(found, ONE, found[1].start)
    assert not has_slot(found, ONE, found[0].start)


@pytest.mark.parametrize("zone", ZONES)
@given(
    day=st.dates(date(2025, 1, 1), date(2029, 12, 31)),
    start=st.integers(0, 1439),
    length=st.integers(15, 600),
    duration=st.sampled_from([10, 15, 20, 30, 45, 60]),
    step=st.sampled_from([5, 10, 15, 30, 60]),
    busy=st.lists(st.tuples(st.integers(0, 1800), st.integers(5, 120)), max_size=4),
    before=st.sampled_from([0, 5, 15]),
    after=st.sampled_from([0, 10]),
)
@settings(max_examples=60, deadline=None)
def test_every_slot_is_real_free_whole_and_shown_once(
    zone: str,
    day: date,
    start: int,
    length: int,
    duration: int,
    step: int,
    busy: list[tuple[int, int]],
    before: int,
    after: int,
) -> None:
    ends = (start + length) % 1440
    line = hours(day, time(start // 60, start % 60), time(ends // 60, ends % 60), zone)
    midnight = int(get_instant(day, time(), get_zone(zone)).timestamp())
    booked = [(midnight + at * 60, midnight + (at + minutes) * 60) for at, minutes in busy]
    timing = Timing(duration, before, after, step)
    found = find_slots(Calendar(ONE, [line], busy=booked), timing, span(day, 3))
    labels = [
        datetime.fromtimestamp(slot.start, ZoneInfo(zone)).replace(tzinfo=None, fold=0) for slot in found
    ]
    assert len(set(labels)) == len(labels), "a wall time is offered twice"
    assert labels == sorted(labels)
    for slot, label in zip(found, labels, strict=True):
        again = label.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        assert int(again.timestamp()) == slot.start, "a wall time that the clock skips, or its second pass"
        assert slot.end - slot.start == duration * 60
        for taken_from, taken_to in booked:
            assert slot.end + after * 60 <= taken_from or slot.start - before * 60 >= taken_to


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=12))
def test_merge_covers_the_same_seconds(intervals: list[tuple[int, int]]) -> None:
    covered = {second for start, end in intervals for second in range(start, end)}
    merged = merge([pair for pair in intervals if pair[0] < pair[1]])
    assert {second for start, end in merged for second in range(start, end)} == covered
    assert all(first[1] < second[0] for first, second in pairwise(merged))
