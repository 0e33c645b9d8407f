"""Reads for the pages of programs: where each enrollment stands, and how much of what was awaited came."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import Rule
from hearthline.monitoring.episodes.models import PlannedMeasurement
from hearthline.monitoring.episodes.plan import Adherence, Planned, adherence
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE, BY_NUMBER
from hearthline.monitoring.readings.models import DailySummary, DeviceAssignment, Reading
from hearthline.programs import chain
from hearthline.programs.chain import Facts, Step
from hearthline.programs.definitions import Definition
from hearthline.programs.lending import REAL_DEVICES
from hearthline.programs.models import Enrollment

DAYS_SHOWN = 7
Days = dict[str, set[date]]


@dataclass(frozen=True)
class Standing:
    """Where an enrollment stands. ``adherence``: of the last seven whole local days."""

    enrollment: Enrollment
    step: Step
    facts: Facts
    baseline: dict[str, tuple[int, int]]
    adherence: Adherence
    last_day: date | None


def standings(enrollments: Sequence[Enrollment]) -> list[Standing]:
    """Return where each of some enrollments stands, in few queries however many they are."""
    numbers = {one.episode.monitored.number for one in enrollments}
    days = _days(enrollments)
    with_device = set(
        DeviceAssignment.objects.filter(
            monitored__in=[one.episode.monitored_id for one in enrollments],
            ends_at=None,
            device__kind__in=REAL_DEVICES,
        ).values_list("monitored_id", flat=True)
    )
    planned = _planned(enrollments)
    moments = _moments(numbers)
    return [
        _standing(
            one,
            days=days.get(one.episode.monitored.number, {}),
            has_device=one.episode.monitored_id in with_device,
            planned=planned.get(one.episode.monitored_id, []),
            moments=moments.get(one.episode.monitored.number, {}),
        )
        for one in enrollments
    ]


def _standing(
    enrollment: Enrollment,
    *,
    days: Days,
    has_device: bool,
    planned: list[Planned],
    moments: Mapping[str, list[datetime]],
) -> Standing:
    episode = enrollment.episode
    zone = ZoneInfo(episode.monitored.patient.zone)
    first = enrollment.program.definition.phases[0]
    baseline = chain.baseline_days(first, days, episode.ordered_on)
    facts = Facts(
        has_consent=episode.consent_id is not None,
        has_device=has_device,
        is_set_up=episode.set_up_on is not None,
        has_reading=bool(days),
        is_baseline_whole=chain.is_whole(baseline),
        has_limits=enrollment.limits_approved_at is not None,
        is_ended=episode.ends_on is not None,
    )
    local = {
        metric: [at.astimezone(zone).replace(tzinfo=None) for at in values]
        for metric, values in moments.items()
    }
    today = clock.now().astimezone(zone).date()
    came = adherence(planned, local, today - timedelta(days=DAYS_SHOWN), today - timedelta(days=1))
    last_day = max((day for every in days.values() for day in every), default=None)
    return Standing(enrollment, chain.stands_at(facts), facts, baseline, came, last_day)


def _days(enrollments: Sequence[Enrollment]) -> dict[int, Days]:
    """Return by person and metric the local days with values, since the order."""
    since = {one.episode.monitored.number: one.episode.ordered_on for one in enrollments}
    rows = DailySummary.objects.filter(
        patient_number__in=list(since), day__gte=min(since.values(), default=date.max), count__gt=0
    ).values_list("patient_number", "metric", "day")
    found: dict[int, Days] = defaultdict(lambda: defaultdict(set))
    for number, metric, day in rows:
        if day >= since[number]:
            found[number][BY_NUMBER[metric].code].add(day)
    return found


def _planned(enrollments: Iterable[Enrollment]) -> dict[UUID, list[Planned]]:
    """Return by person what is awaited, by a program or beside it."""
    found: dict[UUID, list[Planned]] = defaultdict(list)
    people = [one.episode.monitored_id for one in enrollments]
    for row in PlannedMeasurement.objects.filter(monitored__in=people):
        found[row.monitored_id].append(row.planned)
    return found


def planned_for(enrollment: Enrollment) -> QuerySet[PlannedMeasurement]:
    """Return what is measured now while an enrollment runs, by its program or beside it; nothing after its end."""
    episode = enrollment.episode
    if episode.ends_on is not None:
        return PlannedMeasurement.objects.none()
    return PlannedMeasurement.objects.filter(monitored_id=episode.monitored_id, ends_on=None)


def _moments(numbers: set[int]) -> dict[int, dict[str, list[datetime]]]:
    """Return by person and metric when single values were measured lately; streams are told by their days."""
    since = clock.now() - timedelta(days=DAYS_SHOWN + 2)
    single = [metric.number for metric in BY_CODE.values() if not metric.is_stream]
    rows = Reading.objects.filter(patient_number__in=numbers, metric__in=single, observed_at__gte=since)
    found: dict[int, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    columns = ("patient_number", "metric", "observed_at", "correction_seconds", "flags")
    for number, metric, observed_at, correction, flags in rows.values_list(*columns):
        if not flags & (Flag.RETRACTED | Flag.FUTURE):
            moment = observed_at + timedelta(seconds=correction)
            found[number][BY_NUMBER[metric].code].append(moment)
    return found


@dataclass(frozen=True)
class Limit:
    """A rule that a phase wants, with the version in force for the person; None: the clinic has not approved one."""

    code: str
    rule: Rule | None

    @property
    def is_own(self) -> bool:
        """Whether the version is this person's alone."""
        return self.rule is not None and self.rule.monitored_id is not None


def limits_of(enrollment: Enrollment) -> list[Limit]:
    """Return the rules of the current phase as they hold for this person: their own version before the common one."""
    codes = enrollment.current_phase.rules
    active = Rule.objects.filter(code__in=codes, state=Rule.State.ACTIVE)
    common = {rule.code: rule for rule in active.filter(monitored=None)}
    own = {rule.code: rule for rule in active.filter(monitored_id=enrollment.episode.monitored_id)}
    return [Limit(code, own.get(code) or common.get(code)) for code in codes]


@dataclass(frozen=True)
class Difference:
    """What a draft changes in a phase (its code); ``parts`` are names of parts of ``Phase``, empty for a whole one."""

    phase: str
    kind: str  # new, gone or changed
    parts: tuple[str, ...] = ()


PARTS = ("name", "days", "plan", "rules", "lessons", "tasks")


def differences(before: Definition | None, after: Definition) -> list[Difference]:
    """Return in which phases a definition differs from the one in use; None: everything is new."""
    old = {phase.code: phase for phase in before.phases} if before is not None else {}
    found = []
    for phase in after.phases:
        if phase.code not in old:
            found.append(Difference(phase.code, "new"))
            continue
        parts = tuple(part for part in PARTS if getattr(phase, part) != getattr(old[phase.code], part))
        if parts:
            found.append(Difference(phase.code, "changed", parts))
    kept = {phase.code for phase in after.phases}
    return found + [Difference(code, "gone") for code in old if code not in kept]
