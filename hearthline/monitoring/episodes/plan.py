"""What is awaited from a person when, in local time, and how much of it came. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

EVERY_DAY = tuple(range(7))
# A value counts for a window that began up to so long before or ended up to so long ago: people are no clocks.
TOLERANCE = timedelta(minutes=60)
# Hours for "at any time of the day": with the tolerance on both sides exactly the local day.
WHOLE_DAY = (time(1), time(23))


@dataclass(frozen=True)
class Planned:
    """A metric in hours of some weekdays (Monday is 0), or all the time, from the first to the last day."""

    metric: str
    first: date
    last: date | None = None
    windows: tuple[tuple[time, time], ...] = ()
    weekdays: tuple[int, ...] = EVERY_DAY
    is_continuous: bool = False

    def is_on(self, day: date) -> bool:
        """Whether something is awaited on a local day."""
        is_running = self.first <= day and (self.last is None or day <= self.last)
        return is_running and day.weekday() in self.weekdays


@dataclass(frozen=True, order=True)
class Slot:
    """One awaited value: the metric, the local day, and the hours."""

    day: date
    starts: time
    ends: time
    metric: str

    @property
    def opens(self) -> datetime:
        """From when a value fills it, on the wall clock (naive)."""
        return datetime.combine(self.day, self.starts) - TOLERANCE

    @property
    def closes(self) -> datetime:
        """From when on a value no longer fills it, on the wall clock (naive)."""
        return datetime.combine(self.day, self.ends) + TOLERANCE

    def holds(self, at: datetime) -> bool:
        """Whether a local moment (naive, on the wall clock) fills the slot."""
        return self.opens <= at < self.closes


def slots_on(planned: Iterable[Planned], day: date) -> list[Slot]:
    """Return what is awaited on a local day, in order."""
    return sorted(
        Slot(day, starts, ends, one.metric)
        for one in planned
        if one.is_on(day)
        for starts, ends in one.windows
    )


def filled(slots: Sequence[Slot], measured: Mapping[str, Iterable[datetime]]) -> dict[Slot, bool]:
    """Return for each slot whether a value came; ``measured``: local moments by metric. One value fills one slot."""
    free = {metric: sorted(moments) for metric, moments in measured.items()}
    found = {}
    for slot in slots:
        moments = free.get(slot.metric, [])
        match = next((at for at in moments if slot.holds(at)), None)
        if match is not None:
            moments.remove(match)
        found[slot] = match is not None
    return found


@dataclass(frozen=True)
class Adherence:
    """How much of what was awaited came."""

    came: int
    awaited: int

    @property
    def percent(self) -> int | None:
        """Rounded down, so that 100 means all; None when nothing was awaited."""
        return self.came * 100 // self.awaited if self.awaited else None


def adherence(
    planned: Sequence[Planned], measured: Mapping[str, Iterable[datetime]], first: date, last: date
) -> Adherence:
    """Return how many of the slots from ``first`` to ``last`` were filled."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    slots = [slot for day in days for slot in slots_on(planned, day)]
    came = filled(slots, {metric: list(moments) for metric, moments in measured.items()})
    return Adherence(sum(came.values()), len(slots))


def streak(planned: Sequence[Planned], measured_days: Mapping[str, set[date]], today: date) -> int:
    """Return on how many awaited days in a row, up to today, something of each metric came.

    Today counts when it is done and breaks nothing while it is not; days on which nothing is awaited are skipped.
    """
    count = 0
    first = min((one.first for one in planned), default=today)
    day = today
    while day >= first:
        wanted = {one.metric for one in planned if one.is_on(day)}
        is_done = all(day in measured_days.get(metric, set()) for metric in wanted)
        if wanted and is_done:
            count += 1
        elif wanted and day != today:
            break
        day -= timedelta(days=1)
    return count
