"""Who is on call, read from the organization's calendar. Somebody who left the care team is nobody here."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from hearthline.identity.models import Membership
from hearthline.identity.roles import CARE_TEAM_ROLES
from hearthline.monitoring.alerts.models import OnCallLine, OnCallShift
from hearthline.monitoring.alerts.rules.ladder import CALENDARS, Whom
from hearthline.monitoring.alerts.rules.rota import Line, Shift, Stretch, stretches

MOMENT = timedelta(microseconds=1)


def callable_members(organization_id: UUID) -> QuerySet[Membership]:
    """Return the memberships of those who can be put on call: the care team, with accounts that work."""
    return Membership.objects.filter(
        organization_id=organization_id,
        is_active=True,
        locked_at__isnull=True,
        user__is_active=True,
        roles__overlap=[role.value for role in CARE_TEAM_ROLES],
    )


def rota_between(organization_id: UUID, whom: Whom, *, since: datetime, until: datetime) -> list[Stretch]:
    """Return the calendar between two moments, its gaps and overlaps among it."""
    reachable = set(callable_members(organization_id).values_list("user_id", flat=True))
    lines = lines_in_force(organization_id).filter(whom=whom.value, user__in=reachable)
    shifts = OnCallShift.objects.filter(
        organization_id=organization_id,
        whom=whom.value,
        ended_at__isnull=True,
        user__in=reachable,
        starts_at__lt=until,
        ends_at__gt=since,
    )
    return stretches(
        [_line(one) for one in lines],
        [Shift(one.user_id, one.starts_at, one.ends_at) for one in shifts],
        since=since,
        until=until,
    )


def lines_in_force(organization_id: UUID, today: date | None = None) -> QuerySet[OnCallLine]:
    """Return the weekly pattern; with ``today``, without the lines whose last day is over."""
    lines = OnCallLine.objects.filter(organization_id=organization_id, ended_at__isnull=True)
    if today is not None:
        lines = lines.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=today))
    return lines.select_related("site", "user")


def _line(row: OnCallLine) -> Line:
    zone = ZoneInfo(row.site.zone)
    return Line(row.user_id, row.weekday, row.starts, row.ends, zone, row.valid_from, row.valid_until)


def on_call(organization_id: UUID, whom: Whom, at: datetime) -> tuple[UUID, ...]:
    """Return who is on call at a moment; nobody is an answer."""
    return rota_between(organization_id, whom, since=at, until=at + MOMENT)[0].users


def calendars_naming(organization_id: UUID, user_id: UUID, at: datetime) -> Collection[Whom]:
    """Return in which calendars a person stands at a moment."""
    return [whom for whom in CALENDARS if user_id in on_call(organization_id, whom, at)]
