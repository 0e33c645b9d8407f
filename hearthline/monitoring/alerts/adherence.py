"""Look whether people measure as planned: on the server's clock, some hundred people in each transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
from django.db import connection
from django.db.models import Max

from hearthline.foundation import clock
from hearthline.monitoring.alerts.engine import judged
from hearthline.monitoring.alerts.engine.books import ADHERENCE, Book, CompiledRule, books_for
from hearthline.monitoring.alerts.engine.effects import Effect, apply_effects
from hearthline.monitoring.alerts.engine.judged import Kept
from hearthline.monitoring.alerts.models import AdherenceLook, Alert, SilentSpell
from hearthline.monitoring.alerts.rules.adherence import (
    NOT_COUNTED,
    QUARTER,
    Measuring,
    Span,
    as_sample,
    look_at_plan,
)
from hearthline.monitoring.alerts.rules.judging import QUIET, Judgement, step
from hearthline.monitoring.alerts.rules.kinds import Adherence
from hearthline.monitoring.alerts.rules.looks import Look, Sight
from hearthline.monitoring.alerts.rules.machine import Happening, Phase
from hearthline.monitoring.episodes import plan
from hearthline.monitoring.episodes.models import PlannedMeasurement
from hearthline.monitoring.episodes.queries import awaited_since
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import MonitoredPatient, MonitoringPause
from hearthline.monitoring.readings.series import series_of

AT_ONCE = 200
# Two workers must not look at one organization at a time: both would raise what neither has raised yet.
ONE_AT_A_TIME = "SELECT pg_try_advisory_xact_lock(hashtextextended('adherence:' || %s, 0))"
MOMENTS = """
SELECT r.patient_number, r.observed_at + r.correction_seconds * interval '1 second'
FROM unnest(%s::bigint[]) AS wanted (number)
JOIN readings_reading r ON r.organization_id = %s AND r.patient_number = wanted.number AND r.metric = %s
  AND r.observed_at >= %s::timestamptz - interval '48 hours' AND r.flags & %s = 0
ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Asked:
    """One metric that a person measures, and how they do."""

    person: MonitoredPatient
    metric: str
    measuring: Measuring


@dataclass(frozen=True)
class Looked:
    """What a rule sees of one person."""

    asked: Asked
    rule: CompiledRule
    sight: Sight
    came: plan.Adherence


def judge_adherence(organization_id: UUID, *, after: int = 0) -> int | None:
    """Judge the next people by number; return the last one, None when all are done.

    The transaction must speak for the organization; each call is one of its own, so that nobody's readings wait.
    """
    now = clock.now()
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [str(organization_id)])
        if not cursor.fetchone()[0]:
            return None
        book = books_for(cursor, [organization_id]).get(organization_id)
        rules = [one.kind for one in book.by_id.values() if isinstance(one.kind, Adherence)] if book else []
        people = _next_people(organization_id, after) if rules else []
        if book and people:
            since = now - timedelta(days=max(one.days for one in rules))
            _judge(
                cursor,
                organization_id,
                list(_looks(asked_of(organization_id, people, since, now), book, now)),
                now,
            )
    if len(people) == AT_ONCE:
        return people[-1].number
    AdherenceLook.objects.update_or_create(organization_id=organization_id, defaults={"looked_at": now})
    return None


def _next_people(organization_id: UUID, after: int) -> list[MonitoredPatient]:
    asked = PlannedMeasurement.objects.filter(organization_id=organization_id).values("monitored")
    found = MonitoredPatient.objects.filter(pk__in=asked, number__gt=after).order_by("number")
    return list(found[:AT_ONCE])


def asked_of(
    organization_id: UUID, people: Sequence[MonitoredPatient], since: datetime, now: datetime
) -> Iterator[Asked]:
    """Yield what each person was asked to measure since then, with the moments of the values that count."""
    by_id = {one.pk: one for one in people}
    day = since.date() - timedelta(days=1)
    awaited = groupby(
        awaited_since(organization_id, day, by_id),
        lambda one: (one.monitored_id, one.planned.metric, one.zone),
    )
    found = [(*key, tuple(one.planned for one in group)) for key, group in awaited]
    rests = _rests(by_id, since)
    numbers: dict[str, list[int]] = defaultdict(list)
    for monitored_id, metric, _zone, _planned in found:
        numbers[metric].append(by_id[monitored_id].number)
    moments = {
        metric: _moments(organization_id, metric, some, since, now) for metric, some in numbers.items()
    }
    for monitored_id, metric, zone, planned in found:
        person = by_id[monitored_id]
        came = moments[metric].get(person.number, [])
        measuring = Measuring(ZoneInfo(zone), planned, came, rests.get(monitored_id, ()))
        yield Asked(person, metric, measuring)


def _rests(people: Collection[UUID], since: datetime) -> dict[UUID, list[Span]]:
    found: dict[UUID, list[Span]] = defaultdict(list)
    pauses = MonitoringPause.objects.filter(monitored__in=people, ends_at__gt=since).order_by("starts_at")
    for monitored_id, starts_at, ends_at in pauses.values_list("monitored_id", "starts_at", "ends_at"):
        found[monitored_id].append((starts_at, ends_at))
    return found


def _moments(
    organization_id: UUID, metric: str, numbers: list[int], since: datetime, now: datetime
) -> dict[int, list[datetime]]:
    """Return by person when values were measured that count; of a sensor one for each quarter of an hour."""
    if BY_CODE[metric].is_stream:
        return {one: _quarters(organization_id, metric, one, since, now) for one in numbers}
    found: dict[int, list[datetime]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(MOMENTS, [numbers, organization_id, BY_CODE[metric].number, since, NOT_COUNTED])
        for number, at in cursor.fetchall():
            found[number].append(at)
    return found


def _quarters(
    organization_id: UUID, metric: str, number: int, since: datetime, now: datetime
) -> list[datetime]:
    series = series_of(
        organization_id=organization_id,
        patient_number=number,
        metric=BY_CODE[metric].number,
        since=since,
        until=now,
    )
    counted = series.at_us[(series.flags & NOT_COUNTED) == 0]
    seconds = int(QUARTER.total_seconds())
    quarters = np.unique(counted // (seconds * judged.SECOND_US)) * seconds
    return [datetime.fromtimestamp(one, UTC) for one in quarters.tolist()]


def _looks(asked: Iterator[Asked], book: Book, now: datetime) -> Iterator[Looked]:
    for one in asked:
        if any(start <= now < end for start, end in one.measuring.rests):
            continue
        for rule in book.rules_for(one.person.number, ADHERENCE):
            if isinstance(rule.kind, Adherence) and rule.kind.metric == one.metric:
                sight, came = look_at_plan(rule.kind, one.measuring, now=now)
                yield Looked(one, rule, sight, came)


def _judge(
    cursor: psycopg.Cursor[Any], organization_id: UUID, looked: Sequence[Looked], now: datetime
) -> None:
    """Move each rule by what it sees, keep the states that changed, and write what follows for people."""
    said = _said(looked, now)
    states = judged.states_of(cursor, [(organization_id, one.asked.person.number) for one in looked])
    changed: dict[tuple[UUID, int, UUID], Kept] = {}
    effects: list[Effect] = []
    for one in looked:
        person = (organization_id, one.asked.person.number)
        key = (*person, one.rule.id)
        kept = states.get(key, Kept(QUIET))
        if kept.state.phase is Phase.QUIET and (
            one.sight.look is not Look.BEYOND or (one.asked.person.pk, one.rule.id) in said
        ):
            continue
        state, judgement = step(one.rule.kind, kept.state, one.sight, as_sample(one.sight, now))
        changed[key] = Kept(state, kept.is_held)
        happening = judgement.happening if judgement else None
        if kept.is_held and happening is None and state.phase is Phase.ACTIVE:
            happening = Happening.RAISED  # what was held back is over, perhaps: ask again
        if happening is not None:
            effect = Judgement(happening, one.sight.figure, None)
            effects.append(Effect(person, one.rule, effect, _facts(one), was_held=kept.is_held))
    held = apply_effects(cursor, effects, now=now) if effects else {}
    for key, is_held in held.items():
        changed[key] = Kept(changed[key].state, is_held)
    judged.keep_states(cursor, changed)


def _said(looked: Sequence[Looked], now: datetime) -> set[tuple[UUID, UUID]]:
    """Return which rules say nothing new of whom: silence speaks for them, or a person closed the alert lately."""
    people = {one.asked.person.pk for one in looked if one.sight.look is Look.BEYOND}
    silent = set(
        SilentSpell.objects.filter(monitored__in=people, ended_at__isnull=True).values_list(
            "monitored_id", "metric"
        )
    )
    closed = {
        (monitored_id, rule_id): ended_at
        for monitored_id, rule_id, ended_at in Alert.objects.filter(
            monitored__in=people, kind=Adherence.name, state=Alert.State.ENDED
        )
        .values_list("monitored_id", "rule_id")
        .annotate(Max("ended_at"))
    }
    found = set()
    for one in looked:
        key = (one.asked.person.pk, one.rule.id)
        is_fresh = key in closed and closed[key] > now - timedelta(microseconds=one.rule.kind.history_us)
        if is_fresh or (one.asked.person.pk, one.rule.metric) in silent:
            found.add(key)
    return found


def _facts(one: Looked) -> dict[str, Any]:
    kind = one.rule.kind
    facts: dict[str, Any] = {
        "kind": kind.name,
        "metric": kind.metric,
        "direction": kind.direction.value,
        "figure": round(one.sight.figure, 1),
        "came": one.came.came,
        "awaited": one.came.awaited,
    }
    if isinstance(kind, Adherence):
        facts |= {"days": kind.days, "limit": kind.limit}
    if any(planned.is_continuous for planned in one.asked.measuring.planned):
        facts["is_continuous"] = True
    return facts
