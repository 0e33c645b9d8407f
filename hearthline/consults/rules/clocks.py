"""When an answer is due, counted in the working time of a desk: its hours, days, holidays and zone. Pure.

A clock pauses while more information is awaited; what was left of it is kept in working seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hearthline.scheduling.rules.times import get_instant, get_zone

MOST_DAYS = 800  # no desk promises an answer later than that; a calendar without a working day ends here
EVERY_DAY = frozenset(range(7))
MIDNIGHT = time(0, 0)


class NoWorkingTimeError(ValueError):
    """The calendar has no working time within the next two years."""


@dataclass(frozen=True)
class WorkingCalendar:
    """When a desk works. ``closes`` at or before ``opens`` runs past midnight; both at midnight: around the clock."""

    zone: str
    opens: time = time(8, 0)
    closes: time = time(17, 0)
    weekdays: frozenset[int] = frozenset(range(5))
    holidays: frozenset[date] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Return the calendar as it is kept with a case."""
        return {
            "zone": self.zone,
            "opens": f"{self.opens:%H:%M}",
            "closes": f"{self.closes:%H:%M}",
            "weekdays": sorted(self.weekdays),
            "holidays": sorted(day.isoformat() for day in self.holidays),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "WorkingCalendar":
        """Return the calendar that ``to_json`` kept."""
        return cls(
            zone=kept["zone"],
            opens=time.fromisoformat(kept["opens"]),
            closes=time.fromisoformat(kept["closes"]),
            weekdays=frozenset(kept["weekdays"]),
            holidays=frozenset(date.fromisoformat(day) for day in kept["holidays"]),
        )


def list_windows(calendar: WorkingCalendar, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the working times that end after ``start``, in order, each from its opening to its closing."""
    zone = get_zone(calendar.zone)
    first = start.astimezone(zone).date() - timedelta(days=1)
    for number in range(MOST_DAYS):
        day = first + timedelta(days=number)
        if day.weekday() not in calendar.weekdays or day in calendar.holidays:
            continue
        last = day if calendar.closes > calendar.opens else day + timedelta(days=1)
        opens = get_instant(day, calendar.opens, zone)
        closes = get_instant(last, calendar.closes, zone)
        if closes > start and closes > opens:
            yield opens, closes


def add_working(calendar: WorkingCalendar, start: datetime, seconds: int) -> datetime:
    """Return the moment at which so many working seconds have passed since ``start``, in UTC.

    Raises:
        NoWorkingTimeError: there is not that much working time in the next two years.
    """
    left = seconds
    for opens, closes in list_windows(calendar, start):
        begins = max(opens, start)
        length = int((closes - begins).total_seconds())
        if left <= length:
            return (begins.astimezone(UTC) + timedelta(seconds=left)).astimezone(UTC)
        left -= length
    raise NoWorkingTimeError


def count_working(calendar: WorkingCalendar, start: datetime, end: datetime) -> int:
    """Return the working seconds between two moments; 0 when the second is not later."""
    total = 0
    for opens, closes in list_windows(calendar, start):
        if opens >= end:
            break
        total += max(0, int((min(closes, end) - max(opens, start)).total_seconds()))
    return total


def seconds_left(calendar: WorkingCalendar, now: datetime, due_at: datetime) -> int:
    """Return the working seconds until an answer is due; negative when it is late."""
    if now <= due_at:
        return count_working(calendar, now, due_at)
    return -count_working(calendar, due_at, now)


def due_after_pause(calendar: WorkingCalendar, now: datetime, left: int) -> datetime:
    """Return when an answer is due once the clock runs again; who was late before the pause stays late."""
    if left > 0:
        return add_working(calendar, now, left)
    return now.astimezone(UTC) + timedelta(seconds=left)


# How many working minutes after the answer was due each further person of a desk is told.
ESCALATION_STEP_MINUTES = 60


def escalation_step(late_seconds: int, people: int) -> int:
    """Return how many people of a desk have to know of an answer that is so late: one at once, one more each hour."""
    if late_seconds < 0:
        return 0
    return min(people, 1 + late_seconds // (ESCALATION_STEP_MINUTES * 60))
