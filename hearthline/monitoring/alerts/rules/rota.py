"""Who is on call when: a weekly pattern on the clocks of sites, and exceptions to it. Pure.

An exception takes the place of the pattern for its time. Where nobody is left there is a gap; where two of the pattern
are, an overlap: both are told.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from hearthline.scheduling.rules.times import get_instant

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """Hours of a weekday (Monday is 0) in a zone; ``ends`` at or before ``starts`` is the next morning."""

    user: UUID
    weekday: int
    starts: time
    ends: time
    zone: ZoneInfo
    first: date
    last: date | None = None


@dataclass(frozen=True)
class Shift:
    """One person, from (included) until (excluded)."""

    user: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Stretch:
    """Who is on call from (included) until (excluded), without a change."""

    starts_at: datetime
    ends_at: datetime
    users: tuple[UUID, ...]

    @property
    def is_gap(self) -> bool:
        """Whether nobody is on call."""
        return not self.users

    @property
    def is_overlap(self) -> bool:
        """Whether more than one is."""
        return len(self.users) > 1


def occurrences(line: Line, *, since: datetime, until: datetime) -> Iterator[Shift]:
    """Yield when a line holds between two moments; hours that the spring change swallows whole are none."""
    day = max(line.first, since.astimezone(line.zone).date() - DAY)
    end = until.astimezone(line.zone).date()
    last = min(line.last, end) if line.last else end
    while day <= last:
        if day.weekday() == line.weekday:
            next_day = day + DAY if line.ends <= line.starts else day
            starts_at = get_instant(day, line.starts, line.zone)
            ends_at = get_instant(next_day, line.ends, line.zone)
            if starts_at < ends_at and ends_at > since and starts_at < until:
                yield Shift(line.user, starts_at, ends_at)
        day += DAY


def stretches(
    lines: Iterable[Line], exceptions: Sequence[Shift], *, since: datetime, until: datetime
) -> list[Stretch]:
    """Return who is on call from ``since`` until ``until``, without a hole between the stretches."""
    pattern = [one for line in lines for one in occurrences(line, since=since, until=until)]
    edges = {moment for one in (*pattern, *exceptions) for moment in (one.starts_at, one.ends_at)}
    cuts = sorted({since, until} | {moment for moment in edges if since < moment < until})
    found: list[Stretch] = []
    for start, end in pairwise(cuts):
        users = _covering(exceptions, start) or _covering(pattern, start)
        if found and found[-1].users == users:
            found[-1] = Stretch(found[-1].starts_at, end, users)
        else:
            found.append(Stretch(start, end, users))
    return found


def _covering(shifts: Iterable[Shift], moment: datetime) -> tuple[UUID, ...]:
    return tuple(sorted({one.user for one in shifts if one.starts_at <= moment < one.ends_at}))
