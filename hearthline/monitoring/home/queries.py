"""What the patient's pages of monitoring show, as typed rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from hearthline.directory.access import Purpose, current_caregivers
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.monitoring.home import rules, units, words
from hearthline.monitoring.home.kinds import BY_KEY, KINDS, Kind
from hearthline.monitoring.home.models import Goal
from hearthline.monitoring.home.pictures import Gauge, gauge_of
from hearthline.monitoring.home.rules import Aim, Standing, Streak
from hearthline.monitoring.home.states import State, state_of
from hearthline.monitoring.home.tasks import Task, next_of, tasks_of
from hearthline.monitoring.home.values import moment_of, values_of
from hearthline.monitoring.readings.metrics import BY_NUMBER, Metric
from hearthline.monitoring.readings.models import Latest, MonitoredPatient, MonitoringPause
from hearthline.scheduling.services.drafts import emergency_number_at
from hearthline.tenancy.models import Organization

STANDS_FOR = timedelta(hours=24)  # an older value says nothing about now
SHOWN_FOR = timedelta(days=400)


@dataclass(frozen=True)
class Card:
    """The last measurement of one kind: the numbers, when, how it stands, in words and as a picture."""

    kind: Kind
    text: str
    unit: str
    extra: str
    at: datetime
    is_recent: bool
    standing: Standing
    headline: str
    tag: str
    sentence: str
    steps: Sequence[str]
    gauge: Gauge | None


@dataclass(frozen=True)
class GoalLine:
    """A goal in words."""

    metric: Metric
    text: str


@dataclass(frozen=True)
class Home:
    """What the page "Readings" shows."""

    patient: Patient
    tasks: Sequence[Task]
    cards: Sequence[Card]
    streak: Streak
    streak_sentence: str
    goals: Sequence[GoalLine]
    pause: MonitoringPause | None
    caregivers: Sequence[str]
    emergency_number: str
    state: State
    dangers: Sequence[Card] = field(default_factory=list)

    @property
    def is_red(self) -> bool:
        """Whether a red box stands on the page."""
        return bool(self.dangers) or self.state.standing.is_red

    @property
    def next_task(self) -> Task | None:
        """What to do now; when that is done, what comes first of what is left for today."""
        return next_of(self.tasks)

    @property
    def is_all_done(self) -> bool:
        """Whether something was to do today and all of it is done."""
        return self.is_asked_today and all(task.done == task.wanted for task in self.tasks)

    @property
    def is_asked_today(self) -> bool:
        """Whether anything was to do today."""
        return any(task.wanted for task in self.tasks)


def next_task_of(monitored: MonitoredPatient) -> Task | None:
    """Return what a person should measure now; none during a break."""
    now = clock.now()
    if _pause(monitored, now) is not None:
        return None
    tasks, _days = tasks_of(monitored, now)
    return next((task for task in tasks if task.is_now), None)


def _pause(monitored: MonitoredPatient, now: datetime) -> MonitoringPause | None:
    return MonitoringPause.objects.filter(
        organization_id=monitored.organization_id, monitored=monitored, starts_at__lte=now, ends_at__gt=now
    ).first()


def emergency_number_for(patient: Patient) -> str:
    """Return the emergency number of where a patient lives."""
    organization = Organization.objects.get(pk=patient.organization_id)
    return emergency_number_at(organization, patient.jurisdiction or organization.jurisdiction)


def place_of(patient: Patient) -> str:
    """Return where a patient lives, for the units they know; the clinic's place when that is not known."""
    return patient.jurisdiction or Organization.objects.get(pk=patient.organization_id).jurisdiction


def aims_of(monitored: MonitoredPatient) -> dict[int, Aim]:
    """Return the goals in force by metric number."""
    found = Goal.objects.filter(
        organization_id=monitored.organization_id, monitored=monitored, ended_at__isnull=True
    )
    return {goal.metric: Aim(goal.low, goal.high, goal.urgent_low, goal.urgent_high) for goal in found}


def home_of(monitored: MonitoredPatient) -> Home:
    """Return what a monitored person's page shows now."""
    now = clock.now()
    patient = monitored.patient
    zone = ZoneInfo(patient.zone)
    today = now.astimezone(zone).date()
    number, place, aims = emergency_number_for(patient), place_of(patient), aims_of(monitored)
    tasks, measured = tasks_of(monitored, now)
    cards = _cards(monitored, now, aims, place, number)
    streak = rules.streak_of(measured, today)
    return Home(
        patient=patient,
        tasks=tasks,
        cards=cards,
        dangers=[card for card in cards if card.standing.is_danger],
        streak=streak,
        streak_sentence=words.streak_sentence(streak),
        goals=_goals(aims, place),
        pause=_pause(monitored, now),
        caregivers=_caregivers(patient),
        emergency_number=number,
        state=state_of(monitored),
    )


def _cards(
    monitored: MonitoredPatient, now: datetime, aims: dict[int, Aim], place: str, number: str
) -> list[Card]:
    found = Latest.objects.filter(
        organization_id=monitored.organization_id,
        patient_number=monitored.number,
        observed_at__gt=now - SHOWN_FOR,
    )
    latest = {row.metric: row for row in found}
    cards = []
    for kind in KINDS:
        main = latest.get(kind.main.number)
        if main is not None:
            together = [
                latest[metric.number]
                for metric in kind.metrics
                if metric.number in latest and latest[metric.number].observed_at == main.observed_at
            ]
            cards.append(_card(monitored, kind, together, now, aims, place, number))
    return sorted(cards, key=lambda card: -rules.SEVERITY[card.standing])


def _card(
    monitored: MonitoredPatient,
    kind: Kind,
    together: list[Latest],
    now: datetime,
    aims: dict[int, Aim],
    place: str,
    number: str,
) -> Card:
    main = together[0]
    is_recent = now - main.observed_at <= STANDS_FOR
    standing = rules.worst(
        [
            rules.standing_of(BY_NUMBER[row.metric].code, row.value, row.flags, aims.get(row.metric))
            for row in together
        ]
    )
    if kind.key == "weight" and _has_gained(monitored, now):
        standing = Standing.CALL_HIGH
    if not is_recent:
        standing = Standing.NO_GOAL
    text, unit, extra = measurement_words({row.metric: row.value for row in together}, kind, place)
    return Card(
        kind=kind,
        text=text,
        unit=unit,
        extra=extra,
        at=main.observed_at,
        is_recent=is_recent,
        standing=standing,
        headline=words.headline(standing) if is_recent else "",
        tag=words.TAGS[standing],
        sentence=words.sentence(kind.key, standing) if is_recent else "",
        steps=words.danger_steps(kind.key, standing, number) if standing.is_danger else [],
        gauge=gauge_of(kind.main.code, main.value, aims.get(main.metric)),
    )


def measurement_words(values: dict[int, float], kind: Kind, place: str) -> tuple[str, str, str]:
    """Return a measurement as people read it: "128/82", "mmHg", and what else there is ("Pulse 71 /min")."""
    shown = {
        metric.code: units.shown(values[metric.number], metric, place)
        for metric in kind.metrics
        if metric.number in values
    }
    needed = [shown[code] for code in kind.needed if code in shown]
    extra = [
        f"{metric.label} {shown[metric.code].text} {shown[metric.code].unit}"
        for metric in kind.metrics
        if metric.code in kind.wanted and metric.code in shown
    ]
    return "/".join(one.text for one in needed), needed[0].unit if needed else "", ", ".join(extra)


def _has_gained(monitored: MonitoredPatient, now: datetime) -> bool:
    since = now - timedelta(days=rules.GAIN_DAYS + 1)
    series = values_of(monitored, BY_KEY["weight"].main, since, now + timedelta(minutes=5))
    zone = ZoneInfo(monitored.patient.zone)
    days = [moment_of(at).astimezone(zone).date() for at in series.at_us]
    return rules.has_gained(list(zip(days, series.value.tolist(), strict=True)))


def _goals(aims: dict[int, Aim], place: str) -> list[GoalLine]:
    lines = []
    for number in sorted(aims):
        metric, aim = BY_NUMBER[number], aims[number]
        low, high = (
            None if edge is None else units.shown(edge, metric, place) for edge in (aim.low, aim.high)
        )
        if low and high:
            words_of_range = _("%(low)s to %(high)s") % {"low": low.text, "high": high.text}
            lines.append(GoalLine(metric, f"{words_of_range} {high.unit}"))
        elif high:
            lines.append(GoalLine(metric, f"≤ {high.text} {high.unit}"))
        elif low:
            lines.append(GoalLine(metric, f"≥ {low.text} {low.unit}"))
    return lines


def _caregivers(patient: Patient) -> list[str]:
    found = current_caregivers(organization_id=patient.organization_id, purpose=Purpose.RECORD)
    return sorted(one.user.name for one in found.filter(patient=patient).select_related("user") if one.user)
