"""Judge scores: a person's newest values as one set, when any of them (or what was told) is new."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from hearthline.monitoring.alerts.engine import judged
from hearthline.monitoring.alerts.engine.books import SCORED_NUMBERS, SCORES, Book
from hearthline.monitoring.alerts.engine.effects import Effect
from hearthline.monitoring.alerts.engine.judged import Kept, Person
from hearthline.monitoring.alerts.rules.judging import QUIET, step
from hearthline.monitoring.alerts.rules.kinds import Score
from hearthline.monitoring.alerts.rules.looks import Sample
from hearthline.monitoring.alerts.rules.scores import Told, look_at_set
from hearthline.monitoring.readings.metrics import BY_NUMBER

NEWEST = """
SELECT l.organization_id, l.patient_number, l.metric, (extract(epoch FROM l.observed_at) * 1000000)::bigint,
  l.device_number, l.value, l.flags, (extract(epoch FROM l.received_at) * 1000000)::bigint
FROM unnest(%s::uuid[], %s::bigint[]) AS wanted (o, p)
JOIN readings_latest l ON l.organization_id = wanted.o AND l.patient_number = wanted.p AND l.metric = ANY (%s)
"""
TOLD = """
SELECT DISTINCT ON (m.organization_id, m.number) m.organization_id, m.number,
  (extract(epoch FROM s.reported_at) * 1000000)::bigint, s.consciousness, s.is_on_oxygen
FROM unnest(%s::uuid[], %s::bigint[]) AS wanted (o, p)
JOIN readings_monitoredpatient m ON m.organization_id = wanted.o AND m.number = wanted.p
JOIN alerts_symptomreport s ON s.organization_id = m.organization_id AND s.monitored_id = m.id
WHERE s.consciousness <> '' AND s.reported_at <= %s
ORDER BY m.organization_id, m.number, s.reported_at DESC
"""
Changed = dict[tuple[UUID, int, UUID], Kept]


def judge_scores(
    cursor: psycopg.Cursor[Any],
    books: dict[UUID, Book],
    persons: Iterable[Person],
    states: Changed,
    *,
    now: datetime,
) -> tuple[Changed, list[Effect]]:
    """Return the states that changed and what happened, for persons of whom a score is ordered."""
    rules = {person: books[person[0]].rules_for(person[1], SCORES) for person in sorted(set(persons))}
    rules = {person: found for person, found in rules.items() if found}
    changed: Changed = {}
    effects: list[Effect] = []
    if not rules:
        return changed, effects
    newest, told = _newest(cursor, list(rules)), _told(cursor, list(rules), now)
    for person, found in rules.items():
        for rule in found:
            if not isinstance(rule.kind, Score):
                continue
            kept = states.get((*person, rule.id), Kept(QUIET))
            sight, last = look_at_set(rule.kind, newest.get(person, {}), told.get(person))
            if last is None:
                continue
            state, judgement = step(rule.kind, kept.state, sight, last)
            if state != kept.state:
                changed[(*person, rule.id)] = Kept(state, kept.is_held)
            if judgement is not None:
                facts = judged.facts_of(rule, judgement.figure, judgement.sample, ())
                effects.append(Effect(person, rule, judgement, facts, was_held=kept.is_held))
    return changed, effects


def _newest(cursor: psycopg.Cursor[Any], persons: list[Person]) -> dict[Person, dict[str, Sample]]:
    keys = ([one[0] for one in persons], [one[1] for one in persons])
    cursor.execute(NEWEST, [*keys, sorted(SCORED_NUMBERS)])
    found: dict[Person, dict[str, Sample]] = {}
    for organization, number, metric, at_us, device, value, flags, received_us in cursor.fetchall():
        sample = Sample(at_us, device, value, flags, at_us, received_us)
        found.setdefault((organization, number), {})[BY_NUMBER[metric].code] = sample
    return found


def _told(cursor: psycopg.Cursor[Any], persons: list[Person], now: datetime) -> dict[Person, Told]:
    cursor.execute(TOLD, [[one[0] for one in persons], [one[1] for one in persons], now])
    return {
        (organization, number): Told(at_us, consciousness, is_on_oxygen)
        for organization, number, at_us, consciousness, is_on_oxygen in cursor.fetchall()
    }
