"""Wall-clock times and instants, across the days on which clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Interval = tuple[int, int]
"""Seconds since 1970 (UTC), from included, to excluded."""


@lru_cache(maxsize=512)
def get_zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; ``ZoneInfoNotFoundError`` when there is none."""
    return ZoneInfo(name)


@lru_cache(maxsize=8192)
def get_instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant at which a clock on the wall shows this time on this day.

    A time that the spring change skips becomes the moment of the change; a time that the autumn
    change shows twice is the first of the two.
    """
    local = datetime.combine(day, wall.replace(fold=0), tzinfo=zone)
    instant = local.astimezone(UTC)
    back = instant.astimezone(zone)
    if back.replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _find_change(instant - timedelta(hours=3), instant, zone)


def _find_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first whole second between two instants at which the zone's offset differs."""
    start = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == start:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def is_repeated(second: int, zone: ZoneInfo) -> bool:
    """Whether the clock already showed this wall time once (the second pass of the autumn change)."""
    return bool(datetime.fromtimestamp(second, zone).fold)


def changes_offset(interval: Interval, zone: ZoneInfo) -> bool:
    """Whether the zone's offset differs between the ends of the interval."""
    first = datetime.fromtimestamp(interval[0], zone).utcoffset()
    return first != datetime.fromtimestamp(interval[1], zone).utcoffset()


def merge(intervals: list[Interval]) -> list[Interval]:
    """The same time as sorted intervals that neither touch nor overlap."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        elif end > start:
            merged.append((start, end))
    return merged
