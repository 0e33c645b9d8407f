"""When a line opens: hours, closures of a person and of a site, extra hours."""

from datetime import UTC, date, datetime, time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.scheduling.rules.opening import find_open_site, find_opening
from hearthline.scheduling.rules.slots import Calendar, WeeklyHours

ONE, SITE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
HOUR = 3600
MONDAY = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
SPAN = (MONDAY, MONDAY + 48 * HOUR)
hour = st.integers(0, 47)


def at(value: float) -> int:
    return MONDAY + int(value * HOUR)


def monday(starts: int, ends: int) -> WeeklyHours:
    return WeeklyHours(ONE, SITE, 0, time(starts), time(ends), "UTC", valid_from=date(2026, 6, 1))


@pytest.mark.parametrize(
    ("closed", "closed_site", "opens"),
    [
        ([], [], 9),
        ([(8, 10)], [], 10),
        ([(8, 13)], [], None),
        ([], [((8, 11), SITE)], 11),
        ([], [((8, 11), OTHER)], 9),
        ([(10, 11)], [], 9),
    ],
)
def test_the_first_moment_somebody_is_there(
    closed: list[tuple[int, int]], closed_site: list[tuple[tuple[int, int], UUID]], opens: int | None
) -> None:
    calendar = Calendar(
        ONE,
        hours=[monday(9, 12)],
        closed=[(at(start), at(end)) for start, end in closed],
        closed_sites=[((at(start), at(end)), site) for (start, end), site in closed_site],
    )
    assert find_opening([calendar], SPAN) == (None if opens is None else at(opens))


def test_extra_hours_open_a_line_and_bookings_do_not_close_it() -> None:
    calendar = Calendar(ONE, extra=[((at(20), at(22)), OTHER, "UTC")], busy=[(at(20), at(22))])
    assert find_opening([calendar], SPAN) == at(20)
    assert find_open_site(calendar, at(21)) == OTHER
    assert find_open_site(calendar, at(22)) is None
    assert find_opening([], SPAN) is None


@given(st.integers(0, 22), st.integers(1, 23), st.lists(st.tuples(hour, hour), max_size=4))
def test_open_at_the_opening_and_closed_at_every_half_hour_before(
    starts: int, length: int, closed: list[tuple[int, int]]
) -> None:
    calendar = Calendar(
        ONE,
        hours=[monday(starts, min(starts + length, 23))],
        closed=[(at(min(pair)), at(max(pair))) for pair in closed],
    )
    opening = find_opening([calendar], SPAN)
    end = SPAN[1] if opening is None else opening
    assert all(find_open_site(calendar, second) is None for second in range(SPAN[0], end, HOUR // 2))
    if opening is not None:
        assert find_open_site(calendar, opening) == SITE
