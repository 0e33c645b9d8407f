"""Judge without a new reading: when a symptom is reported beside a value, and when what was waited for did not come."""

from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from hearthline.foundation import clock
from hearthline.monitoring.alerts.engine import judged
from hearthline.monitoring.alerts.engine.books import books_for
from hearthline.monitoring.alerts.engine.effects import Effect, apply_effects
from hearthline.monitoring.alerts.engine.hook import Stretch, Trial, try_all
from hearthline.monitoring.alerts.engine.judged import Kept, Person
from hearthline.monitoring.alerts.rules.judging import State, overdue
from hearthline.monitoring.alerts.rules.kinds import MINUTE_US
from hearthline.monitoring.alerts.rules.looks import Sample
from hearthline.monitoring.alerts.rules.machine import Phase
from hearthline.monitoring.readings.pipeline import arrays

AT_ONCE = 500
LATEST = """
SELECT metric, (extract(epoch FROM observed_at) * 1000000)::bigint, device_number, value, flags,
  (extract(epoch FROM received_at) * 1000000)::bigint
FROM readings_latest WHERE organization_id = %s AND patient_number = %s AND metric = ANY (%s::smallint[])
"""
OVERDUE = """
SELECT patient_number, rule_id, phase, run, since_us, worst, due_at, is_held FROM alerts_rulestate
WHERE organization_id = %s AND due_at <= %s ORDER BY patient_number, rule_id LIMIT %s FOR UPDATE SKIP LOCKED
"""


def judge_again(cursor: psycopg.Cursor[Any], person: Person) -> None:
    """Judge a person's newest values by the rules that ask for symptoms and by scores, after a report."""
    arrays.teach(cursor)
    book = books_for(cursor, [person[0]]).get(person[0])
    if book is None:
        return
    rules = [rule for metric in book.metrics for rule in book.rules_for(person[1], metric)]
    asking = [rule for rule in rules if rule.limit is not None and rule.limit.symptoms]
    newest = _newest(cursor, person, {rule.metric for rule in asking})
    now = clock.now()
    trials = []
    for rule in asking:
        sample = newest.get(rule.metric)
        window = rule.limit.symptom_minutes * MINUTE_US if rule.limit else 0
        if sample is not None and sample.is_judged and sample.at_us >= judged.microseconds(now) - window:
            trials.append(Trial(rule, Stretch(person, rule.metric, 0, 1), [sample]))
    keys = [(*person, metric) for metric in sorted({trial.rule.metric for trial in trials})]
    if keys:
        judged.move_marks(cursor, keys, [newest[metric].at_us for _, _, metric in keys])
    states = judged.states_of(cursor, [person])
    try_all(cursor, trials, states, now=now, books={person[0]: book}, scored=[person])


def _newest(cursor: psycopg.Cursor[Any], person: Person, metrics: set[int]) -> dict[int, Sample]:
    cursor.execute(LATEST, [*person, sorted(metrics)])
    return {
        metric: Sample(at_us, device, value, flags, at_us, received_us)
        for metric, at_us, device, value, flags, received_us in cursor.fetchall()
    }


def raise_overdue(cursor: psycopg.Cursor[Any], organization_id: UUID, *, now: datetime) -> int:
    """Raise what waited for a repeat (or for the next value of a run) that did not come; return how many were due."""
    book = books_for(cursor, [organization_id]).get(organization_id)
    cursor.execute(OVERDUE, [organization_id, now, AT_ONCE])
    rows = cursor.fetchall()
    changed: dict[tuple[UUID, int, UUID], Kept] = {}
    effects: list[Effect] = []
    for number, rule_id, phase, run, since_us, worst, due_at, is_held in rows:
        person = (organization_id, number)
        rule = book.by_id.get(rule_id) if book else None
        state = State(Phase(phase), run, since_us, worst, judged.microseconds(due_at))
        outcome = overdue(state, now_us=judged.microseconds(now))
        changed[(*person, rule_id)] = Kept(outcome.state, is_held)
        if rule is not None:
            effects += [
                Effect(person, rule, one, judged.facts_of(rule, one.figure, None, ()), was_held=is_held)
                for one in outcome.judgements
            ]
    held = apply_effects(cursor, effects, now=now) if effects else {}
    for key, is_held in held.items():
        changed[key] = Kept(changed[key].state, is_held)
    judged.keep_states(cursor, changed)
    return len(rows)
