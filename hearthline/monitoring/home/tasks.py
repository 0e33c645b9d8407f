"""What a person is asked to measure today, how much of it is done, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from hearthline.monitoring.episodes.models import PlannedMeasurement
from hearthline.monitoring.episodes.plan import Planned, Slot, filled, slots_on
from hearthline.monitoring.episodes.words import hours_words, plan_words
from hearthline.monitoring.home.kinds import KINDS, Kind
from hearthline.monitoring.home.rules import STREAK_DAYS
from hearthline.monitoring.home.values import moment_of, values_of
from hearthline.monitoring.readings.models import MonitoredPatient

LOOKED_BACK = timedelta(days=STREAK_DAYS + 1)
AHEAD = timedelta(minutes=5)  # a clock may run ahead so far
MINUTE_US = 60_000_000


@dataclass(frozen=True)
class Task:
    """One kind of measurement as planned, with today's slots and whether each is filled; ``now``: local, naive."""

    kind: Kind
    planned: Planned
    slots: Sequence[tuple[Slot, bool]]
    now: datetime

    @property
    def done(self) -> int:
        """How many of today's measurements are done."""
        return sum(is_filled for _slot, is_filled in self.slots)

    @property
    def wanted(self) -> int:
        """How many are planned for today."""
        return len(self.slots)

    @property
    def upcoming(self) -> Slot | None:
        """The first slot of today that a value can still fill."""
        return next(
            (slot for slot, is_filled in self.slots if not is_filled and slot.closes > self.now), None
        )

    @property
    def is_now(self) -> bool:
        """Whether it is time to measure."""
        return self.upcoming is not None and self.upcoming.opens <= self.now

    @property
    def when(self) -> str:
        """On which days, in which hours, in words."""
        return plan_words(self.planned)

    @property
    def next_hours(self) -> str:
        """The hours of what comes next, in words."""
        if self.upcoming is None:
            return ""
        window = (self.upcoming.starts, self.upcoming.ends)
        return hours_words(Planned(self.planned.metric, self.upcoming.day, windows=(window,)))


def next_of(tasks: Sequence[Task]) -> Task | None:
    """Return what to do now; when nothing, what comes first of what is left for today."""
    left = [task for task in tasks if task.upcoming is not None]
    return min(left, key=lambda task: (not task.is_now, task.upcoming and task.upcoming.starts), default=None)


def tasks_of(monitored: MonitoredPatient, now: datetime) -> tuple[list[Task], set[date]]:
    """Return the tasks of today, and the local days of late on which anything was measured. A sensor leaves none."""
    zone = ZoneInfo(monitored.patient.zone)
    local_now = now.astimezone(zone).replace(tzinfo=None)
    rows = PlannedMeasurement.objects.filter(
        organization_id=monitored.organization_id, monitored=monitored, ends_on=None, is_continuous=False
    )
    planned = {row.metric: row.planned for row in rows}
    tasks: list[Task] = []
    measured: set[date] = set()
    for kind in KINDS:
        series = values_of(monitored, kind.main, now - LOOKED_BACK, now + AHEAD)
        minutes = np.unique(series.at_us // MINUTE_US) * MINUTE_US
        moments = [moment_of(at).astimezone(zone).replace(tzinfo=None) for at in minutes]
        measured.update(moment.date() for moment in moments)
        one = planned.get(kind.main.code)
        if one is not None:
            slots = filled(slots_on([one], local_now.date()), {one.metric: moments})
            tasks.append(Task(kind, one, list(slots.items()), local_now))
    return tasks, measured
