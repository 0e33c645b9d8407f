"""From hours, exceptions and bookings to the times that can be offered. Slots are computed, never stored."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from hearthline.scheduling.rules.times import (
    Interval,
    changes_offset,
    get_instant,
    get_zone,
    is_repeated,
    merge,
)

MAXIMUM_SEARCH_DAYS = 62
MAXIMUM_VISIT_MINUTES = 8 * 60
LONGEST_REPEAT_SECONDS = 3 * 3600


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """One line of a practitioner's hours: "Tuesdays 08:00-12:00 in America/Chicago, every second week"."""

    practitioner_id: UUID
    site_id: UUID
    weekday: int
    starts: time
    ends: time
    zone: str
    valid_from: date
    valid_to: date | None = None
    every_weeks: int = 1


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a service takes, what surrounds it, and how often a start is offered (all minutes)."""

    duration_minutes: int
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    step_minutes: int = 15


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that could be booked: instants, seconds since 1970."""

    practitioner_id: UUID
    site_id: UUID
    start: int
    end: int


@dataclass(slots=True)
class Calendar:
    """What is known of one practitioner between two instants."""

    practitioner_id: UUID
    hours: list[WeeklyHours] = field(default_factory=list)
    closed: list[Interval] = field(default_factory=list)
    closed_sites: list[tuple[Interval, UUID]] = field(default_factory=list)
    extra: list[tuple[Interval, UUID, str]] = field(default_factory=list)
    busy: list[Interval] = field(default_factory=list)
    """Booked time with its buffers."""


def applies_on(hours: WeeklyHours, day: date) -> bool:
    """Whether this line of hours holds on this local day."""
    if day.weekday() != hours.weekday or day < hours.valid_from:
        return False
    if hours.valid_to is not None and day > hours.valid_to:
        return False
    if hours.every_weeks == 1:
        return True
    first_monday = hours.valid_from - timedelta(days=hours.valid_from.weekday())
    return ((day - first_monday).days // 7) % hours.every_weeks == 0


def get_window(hours: WeeklyHours, day: date) -> Interval:
    """The opening time of that local day; hours that end at or before their start run past midnight."""
    zone = get_zone(hours.zone)
    last_day = day if hours.ends > hours.starts else day + timedelta(days=1)
    start = get_instant(day, hours.starts, zone)
    end = get_instant(last_day, hours.ends, zone)
    return int(start.timestamp()), int(end.timestamp())


def list_windows(hours: WeeklyHours, span: Interval) -> Iterator[Interval]:
    """The opening times that touch the span, in order."""
    zone = get_zone(hours.zone)
    day = datetime.fromtimestamp(span[0], zone).date() - timedelta(days=1)
    last = datetime.fromtimestamp(span[1], zone).date()
    day += timedelta(days=(hours.weekday - day.weekday()) % 7)
    while day <= last:
        if applies_on(hours, day):
            window = get_window(hours, day)
            if window[0] < window[1] and window[1] > span[0] and window[0] < span[1]:
                yield window
        day += timedelta(days=7)


def list_open_time(calendar: Calendar, span: Interval) -> dict[tuple[UUID, str], list[Interval]]:
    """Opening time per site and zone within the span, closures not yet taken out."""
    by_place: dict[tuple[UUID, str], list[Interval]] = {}
    for hours in calendar.hours:
        by_place.setdefault((hours.site_id, hours.zone), []).extend(list_windows(hours, span))
    for interval, site_id, zone in calendar.extra:
        if interval[1] > span[0] and interval[0] < span[1]:
            by_place.setdefault((site_id, zone), []).append(interval)
    return {place: merge(found) for place, found in by_place.items()}


def find_slots(calendar: Calendar, timing: Timing, span: Interval) -> list[Slot]:
    """The free starts of one practitioner, in order, each start offered once.

    Starts keep a steady step of elapsed time from the opening, so none falls in an hour that the clock
    skips, and the second pass of a repeated hour is left out, so none is shown twice.
    """
    before, after = timing.buffer_before_minutes * 60, timing.buffer_after_minutes * 60
    length = timing.duration_minutes * 60
    busy = [(start - after, end + before) for start, end in calendar.busy] + calendar.closed
    found: dict[int, Slot] = {}
    for (site_id, zone_name), windows in list_open_time(calendar, span).items():
        zone = get_zone(zone_name)
        taken = merge(busy + [closed for closed, place in calendar.closed_sites if place == site_id])
        taken_starts = [start for start, _ in taken]
        for window in windows:
            check_fold = changes_offset((window[0] - LONGEST_REPEAT_SECONDS, window[1]), zone)
            for start in _list_starts(window, timing, span):
                position = bisect_left(taken_starts, start + length)
                if position and taken[position - 1][1] > start:
                    continue
                if start not in found and not (check_fold and is_repeated(start, zone)):
                    found[start] = Slot(calendar.practitioner_id, site_id, start, start + length)
    return [found[start] for start in sorted(found)]


def _list_starts(window: Interval, timing: Timing, span: Interval) -> range:
    """The steps of the window that lie in the span and leave room for the whole visit."""
    step = timing.step_minutes * 60
    last = min(window[1] - timing.duration_minutes * 60, span[1] - 1)
    first = window[0]
    if first < span[0]:
        first += -(-(span[0] - first) // step) * step
    return range(first, last + 1, step)


def find_all_slots(calendars: Iterable[Calendar], timing: Timing, span: Interval) -> list[Slot]:
    """The free starts of several practitioners, earliest first."""
    found = [slot for calendar in calendars for slot in find_slots(calendar, timing, span)]
    found.sort(key=lambda slot: (slot.start, slot.practitioner_id.bytes))
    return found


def has_slot(slots: Sequence[Slot], practitioner_id: UUID, start: int) -> bool:
    """Whether exactly this start of this practitioner is among the free ones."""
    return any(slot.start == start and slot.practitioner_id == practitioner_id for slot in slots)
