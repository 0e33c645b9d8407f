"""What the page of who is on call shows: now, the days to come, and what was changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Model

from hearthline.directory.access import today_in
from hearthline.foundation import clock
from hearthline.identity.models import User
from hearthline.monitoring.alerts.models import Case, LadderStep, OnCallLine, OnCallShift
from hearthline.monitoring.alerts.models.rota import WhomChoices
from hearthline.monitoring.alerts.rota import lines_in_force, rota_between
from hearthline.monitoring.alerts.rules.ladder import CALENDARS, Whom
from hearthline.monitoring.alerts.rules.rota import Stretch

DAYS_AHEAD = timedelta(days=14)
UNCOVERED_SINCE = timedelta(days=30)
HISTORY_MOST = 200
HOURS = ("whom", "user_id", "site_id", "starts", "ends", "valid_from", "valid_until")  # all but the day


@dataclass(frozen=True)
class Turn:
    """A stretch of the calendar with names."""

    stretch: Stretch
    names: tuple[str, ...]


@dataclass(frozen=True)
class Calendar:
    """One calendar: who now, and the next two weeks."""

    whom: Whom
    label: str
    turns: Sequence[Turn]

    @property
    def now(self) -> Turn:
        """The stretch that holds now."""
        return self.turns[0]

    @property
    def gaps(self) -> int:
        """How many stretches of the next two weeks have nobody."""
        return sum(turn.stretch.is_gap for turn in self.turns)

    @property
    def overlaps(self) -> int:
        """How many have more than one person."""
        return sum(turn.stretch.is_overlap for turn in self.turns)


def calendars(organization_id: UUID) -> list[Calendar]:
    """Return both calendars for the next two weeks."""
    now = clock.now()
    found = {
        whom: rota_between(organization_id, whom, since=now, until=now + DAYS_AHEAD) for whom in CALENDARS
    }
    wanted = {user for stretches in found.values() for one in stretches for user in one.users}
    names = dict(User.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return [
        Calendar(
            whom,
            str(WhomChoices(whom.value).label),
            [Turn(one, tuple(names[user] for user in one.users)) for one in stretches],
        )
        for whom, stretches in found.items()
    ]


def entries(organization_id: UUID) -> tuple[list[list[OnCallLine]], list[OnCallShift]]:
    """Return the weekly pattern, the days of the same hours together, and the exceptions that are not over."""
    shifts = OnCallShift.objects.filter(
        organization_id=organization_id, ended_at__isnull=True, ends_at__gt=clock.now()
    )
    groups: dict[object, list[OnCallLine]] = {}
    for line in lines_in_force(organization_id, today_in(organization_id)).order_by(
        "whom", "weekday", "starts"
    ):
        groups.setdefault(tuple(getattr(line, name) for name in HOURS), []).append(line)
    return list(groups.values()), list(shifts.select_related("user").order_by("starts_at"))


def same_hours(line: OnCallLine) -> list[OnCallLine]:
    """Return the lines in force with the same person, place and hours on any day."""
    values = {name: getattr(line, name) for name in HOURS}
    return list(lines_in_force(line.organization_id).filter(**values))


def uncovered_cases(organization_id: UUID) -> int:
    """Return how many cases of the last thirty days found nobody on call."""
    since = clock.now() - UNCOVERED_SINCE
    return Case.objects.filter(organization_id=organization_id, uncovered_at__gt=since).count()


@dataclass(frozen=True)
class Change:
    """Something that was set or ended."""

    at: datetime
    by: str
    is_end: bool
    row: Model


def history(organization_id: UUID) -> list[Change]:
    """Return what was set and ended in calendar and ladder, newest first."""
    found: list[Change] = []
    own = {"organization_id": organization_id}
    people = ("set_by", "ended_by")
    for rows in (
        OnCallLine.objects.filter(**own).select_related(*people, "user"),
        OnCallShift.objects.filter(**own).select_related(*people, "user"),
        LadderStep.objects.filter(**own).select_related(*people),
    ):
        for row in rows.order_by("-created_at")[:HISTORY_MOST]:
            found.append(Change(row.created_at, row.set_by.name if row.set_by else "", False, row))
            if row.ended_at is not None:
                found.append(Change(row.ended_at, row.ended_by.name if row.ended_by else "", True, row))
    return sorted(found, key=lambda one: one.at, reverse=True)[:HISTORY_MOST]
