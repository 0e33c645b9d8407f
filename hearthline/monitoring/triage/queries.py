"""Reads for the worklist, a case, and the time that staff spend: typed rows, a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import get_language

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.access import cases_for
from hearthline.monitoring.alerts.addresses import case_path
from hearthline.monitoring.alerts.escalation import ladder_of
from hearthline.monitoring.alerts.models import Alert, Case, Snooze
from hearthline.monitoring.alerts.reasons import reason_line
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.rules.ladder import acknowledge_by
from hearthline.monitoring.protocols.queries import progress_of, progress_words
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import MonitoredPatient
from hearthline.monitoring.triage.models import TimeEntry

PAGE_SIZE = 40
TREND_VALUES = 24
WEEK = timedelta(days=7)
FAR = timedelta(hours=10)
BOXES = ("all", "mine", "free")

TREND = """
SELECT wanted.place, r.value FROM unnest(%s::int[], %s::bigint[], %s::smallint[]) AS wanted (place, number, metric),
LATERAL (SELECT value, observed_at FROM readings_reading r WHERE r.organization_id = %s
  AND r.patient_number = wanted.number AND r.metric = wanted.metric AND r.observed_at <= %s
  AND r.observed_at > %s ORDER BY observed_at DESC LIMIT %s) r
ORDER BY wanted.place, r.observed_at
"""
TREND_DAYS = 14
# What the list does not show and what costs to open.
SEALED = [
    f"monitored__patient__{name}"
    for name in (
        "telephone",
        "second_telephone",
        "email",
        "address",
        "emergency_contact_name",
        "emergency_contact_telephone",
    )
]
NOBODY = UUID(int=0)  # in place of a person, for the system


@dataclass(frozen=True)
class Row:
    """One case of the worklist. ``answer_by``: when it will be a breach that nobody has taken it."""

    case: Case
    name: str
    reason: str
    severity: str
    severity_kind: str
    since: datetime
    answer_by: datetime | None
    minutes_waiting: int
    is_mine: bool
    is_late: bool
    trend: tuple[float, ...] = ()
    protocol: str = ""

    @property
    def is_far(self) -> bool:
        """Whether the answer is due so late that its day has to be said."""
        return self.answer_by is not None and self.answer_by - clock.now() > FAR

    @property
    def path(self) -> str:
        """Where the case is looked at."""
        return case_path(self.case.pk)

    @cached_property
    def points(self) -> str:
        """The trend as an SVG line, 80 by 20."""
        if len(self.trend) < 2:
            return ""
        low, high = min(self.trend), max(self.trend)
        step, height = 80 / (len(self.trend) - 1), (high - low) or 1.0
        return " ".join(
            f"{place * step:.1f},{18 - 16 * (value - low) / height:.1f}"
            for place, value in enumerate(self.trend)
        )


@dataclass(frozen=True)
class Worklist:
    """A page of the worklist."""

    rows: Sequence[Row]
    box: str
    after: str
    now: datetime
    minutes_per_week: float | None


SEVERITY_KINDS = {Severity.WATCH: "watch", Severity.URGENT: "now", Severity.DANGER: "urgent"}


def open_cases(actor: Actor, box: str = "all") -> QuerySet[Case]:
    """Return the open cases that the actor wants to see, without those whose alerts they have all snoozed."""
    cases = cases_for(actor).filter(closed_at__isnull=True).exclude(pk__in=snoozed_cases(actor))
    if box == "mine":
        return cases.filter(owner_id=actor.user_id)
    return cases.filter(owner__isnull=True) if box == "free" else cases


def snoozed_cases(actor: Actor) -> list[UUID]:
    """Return the cases whose open alerts the actor has all snoozed.

    Asked for from the snoozes, of which a person has a handful: the list then never looks at ten thousand alerts.
    """
    mine = Snooze.objects.filter(
        organization_id=actor.organization_id,
        user_id=actor.user_id or NOBODY,
        broken_at__isnull=True,
        until__gt=clock.now(),
    )
    snoozed = set(mine.values_list("monitored_id", "rule_id"))
    if not snoozed:
        return []
    of_them = Alert.objects.filter(
        organization_id=actor.organization_id,
        state=Alert.State.OPEN,
        case__closed_at__isnull=True,
        case__is_settled=False,
        monitored__in={monitored_id for monitored_id, _ in snoozed},
    )
    speaks: dict[UUID, bool] = {}
    for case_id, *key in of_them.values_list("case_id", "monitored_id", "rule_id"):
        if case_id is not None:
            speaks[case_id] = speaks.get(case_id, False) or tuple(key) not in snoozed
    return [case_id for case_id, is_speaking in speaks.items() if not is_speaking]


def worklist_for(actor: Actor, *, box: str = "all", after: str = "") -> Worklist:
    """Return a page of the worklist, worst and longest first; ``after`` is where the page before ended."""
    now = clock.now()
    ordered = open_cases(actor, box).select_related("monitored__patient", "owner").defer(*SEALED)
    ordered = ordered.order_by("is_settled", "-severity", "opened_at", "id")
    found = list(_beyond(ordered, after)[: PAGE_SIZE + 1])
    shown, rest = found[:PAGE_SIZE], found[PAGE_SIZE:]
    trends = _trends(actor, shown, now)
    return Worklist(
        rows=rows_of(actor, shown, now, trends),
        box=box,
        after=_place(shown[-1]) if rest else "",
        now=now,
        minutes_per_week=minutes_per_patient_week(actor),
    )


def _place(case: Case) -> str:
    return f"{int(case.is_settled)}_{case.severity}_{case.opened_at.timestamp():.6f}_{case.pk}"


def _beyond(cases: QuerySet[Case], after: str) -> QuerySet[Case]:
    """Return what comes after a place; a place that cannot be read is the beginning."""
    try:
        settled, severity, opened, case_id = after.split("_")
        is_settled, worst, since = settled == "1", int(severity), _moment(opened)
        last = UUID(case_id)
    except (ValueError, OverflowError):
        return cases
    later = Q(opened_at__gt=since) | Q(opened_at=since, pk__gt=last)
    same = Q(severity__lt=worst) | (Q(severity=worst) & later)
    return cases.filter(same, is_settled=True) if is_settled else cases.filter(same | Q(is_settled=True))


def _moment(written: str) -> datetime:
    seconds, _, fraction = written.partition(".")
    start = datetime.fromtimestamp(int(seconds), clock.now().tzinfo)
    return start.replace(microsecond=int(fraction))


def rows_of(
    actor: Actor, cases: Sequence[Case], now: datetime, trends: dict[UUID, tuple[float, ...]]
) -> list[Row]:
    """Return cases as the worklist shows them."""
    ladders = {
        severity: ladder_of(actor.organization_id, severity)
        for severity in {Severity(case.severity) for case in cases}
    }
    running = progress_of(cases, get_language() or "en")
    rows = []
    for case in cases:
        severity = Severity(case.severity)
        is_waiting = case.acknowledged_at is None and not case.is_settled
        by = acknowledge_by(ladders[severity], started_at=case.clock_started_at) if is_waiting else None
        rows.append(
            Row(
                case=case,
                name=case.monitored.patient.full_name,
                reason=reason_line(case.headline),
                severity=case.get_severity_display(),
                severity_kind="ok" if case.is_settled else SEVERITY_KINDS[severity],
                since=case.clock_started_at,
                answer_by=by,
                minutes_waiting=max(0, int((now - case.clock_started_at).total_seconds() // 60)),
                is_mine=case.owner_id is not None and case.owner_id == actor.user_id,
                is_late=by is not None and by <= now,
                trend=trends.get(case.pk, ()),
                protocol=progress_words(running[case.pk]) if case.pk in running else "",
            )
        )
    return rows


def _trends(actor: Actor, cases: Sequence[Case], now: datetime) -> dict[UUID, tuple[float, ...]]:
    wanted = [
        (place, case.monitored.number, BY_CODE[case.headline["metric"]].number)
        for place, case in enumerate(cases)
        if case.headline.get("metric") in BY_CODE
    ]
    found: dict[UUID, tuple[float, ...]] = {}
    if not wanted:
        return found
    places, numbers, metrics = (list(column) for column in zip(*wanted, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            TREND,
            [
                places,
                numbers,
                metrics,
                actor.organization_id,
                now,
                now - timedelta(days=TREND_DAYS),
                TREND_VALUES,
            ],
        )
        for place, value in cursor.fetchall():
            key = cases[place].pk
            found[key] = (*found.get(key, ()), value)
    return found


def minutes_per_patient_week(actor: Actor) -> float | None:
    """Return the minutes that staff spent in the last seven days for each person monitored (None: nobody is).

    Both figures are the organization's, whoever asks.
    """
    people = MonitoredPatient.objects.filter(organization_id=actor.organization_id).count()
    if not people:
        return None
    spent = TimeEntry.objects.filter(organization_id=actor.organization_id, starts_at__gt=clock.now() - WEEK)
    seconds = spent.aggregate(total=Sum("active_seconds"))["total"] or 0
    return float(seconds / 60 / people)


def case_minutes_a_day(actor: Actor, days: int) -> float:
    """Return the minutes a day that staff really spent on pages of cases, of the last ``days``."""
    since = clock.now() - timedelta(days=days)
    spent = TimeEntry.objects.filter(
        organization_id=actor.organization_id, case__isnull=False, starts_at__gt=since
    )
    return float((spent.aggregate(total=Sum("active_seconds"))["total"] or 0) / 60 / days)


def time_entries_of(actor: Actor) -> QuerySet[TimeEntry]:
    """Return the actor's own stretches, those not yet confirmed first, newest first."""
    return (
        TimeEntry.objects.filter(organization_id=actor.organization_id, user_id=actor.user_id or NOBODY)
        .select_related("patient", "case")
        .order_by("-starts_at")
    )


@dataclass(frozen=True)
class AlertLine:
    """An alert on a case's page."""

    alert: Alert
    reason: str
    snooze: Snooze | None


def alert_lines(actor: Actor, case: Case) -> list[AlertLine]:
    """Return the alerts of a case, open ones first, and which of them the actor has snoozed."""
    now = clock.now()
    mine = Snooze.objects.filter(
        monitored=case.monitored, user_id=actor.user_id or NOBODY, broken_at__isnull=True, until__gt=now
    )
    snoozes = {one.rule_id: one for one in mine}
    alerts = (
        Alert.objects.filter(case=case).select_related("rule").order_by("state", "-severity", "-raised_at")
    )
    return [
        AlertLine(one, reason_line(one.facts), snoozes.get(one.rule_id) if one.rule_id else None)
        for one in alerts
    ]
