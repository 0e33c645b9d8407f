"""The engine's own reads and writes: marks, states, values before, symptoms. A few statements for a whole group."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import psycopg

from hearthline.monitoring.alerts.engine.books import CompiledRule
from hearthline.monitoring.alerts.rules.judging import State
from hearthline.monitoring.alerts.rules.looks import Report, Sample, symptoms_near
from hearthline.monitoring.alerts.rules.machine import Phase
from hearthline.monitoring.readings.pipeline import arrays

SECOND_US = 1_000_000
FACTS = (
    "limit",
    "amount",
    "days",
    "recent_days",
    "within_minutes",
    "run_minutes",
)  # of a rule, in its reason
Person = tuple[UUID, int]  # organization, patient number

MARKS = """
INSERT INTO alerts_mark (organization_id, patient_number, metric, judged_at)
SELECT * FROM unnest(%s, %s, %s, %s)
ON CONFLICT (organization_id, patient_number, metric) DO UPDATE SET previous_at = alerts_mark.judged_at,
  judged_at = greatest(alerts_mark.judged_at, excluded.judged_at)
RETURNING organization_id, patient_number, metric, previous_at
"""
STATES = """
SELECT organization_id, patient_number, rule_id, phase, run, since_us, worst, due_at, is_held FROM alerts_rulestate
JOIN unnest(%s::uuid[], %s::bigint[]) AS wanted (o, p) ON organization_id = o AND patient_number = p
ORDER BY organization_id, patient_number, rule_id FOR UPDATE OF alerts_rulestate
"""
KEEP_STATE = """
INSERT INTO alerts_rulestate (organization_id, patient_number, rule_id, phase, run, since_us, worst, due_at, is_held)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (organization_id, patient_number, rule_id) DO UPDATE SET phase = excluded.phase, run = excluded.run,
  since_us = excluded.since_us, worst = excluded.worst, due_at = excluded.due_at, is_held = excluded.is_held
"""
DROP_STATE = (
    "DELETE FROM alerts_rulestate WHERE organization_id = %s AND patient_number = %s AND rule_id = %s"
)
# The device's clock is the readings' key and may be off by two days (``readings.series.MAX_CORRECTION``).
PAST = """
SELECT wanted.place, (extract(epoch FROM r.observed_at) * 1000000)::bigint, r.correction_seconds, r.device_number,
  r.value, r.flags
FROM unnest(%s::int[], %s::uuid[], %s::bigint[], %s::smallint[], %s::timestamptz[], %s::timestamptz[])
  AS wanted (place, organization_id, patient_number, metric, since, until)
JOIN readings_reading r ON r.organization_id = wanted.organization_id AND r.patient_number = wanted.patient_number
  AND r.metric = wanted.metric AND r.observed_at >= wanted.since - interval '48 hours'
  AND r.observed_at < wanted.until + interval '48 hours'
  AND r.observed_at + r.correction_seconds * interval '1 second' >= wanted.since
  AND r.observed_at + r.correction_seconds * interval '1 second' < wanted.until
"""
SYMPTOMS = """
SELECT m.organization_id, m.number, (extract(epoch FROM s.reported_at) * 1000000)::bigint, s.symptoms
FROM unnest(%s::uuid[], %s::bigint[]) AS wanted (o, p)
JOIN readings_monitoredpatient m ON m.organization_id = wanted.o AND m.number = wanted.p
JOIN alerts_symptomreport s ON s.organization_id = m.organization_id AND s.monitored_id = m.id
WHERE s.reported_at > %s::timestamptz - interval '7 days'
"""


@dataclass(frozen=True)
class Kept:
    """A rule's state as stored. ``is_held``: active, and held back by a suppression or pause."""

    state: State
    is_held: bool = False


@dataclass(frozen=True)
class Before:
    """Which values are wanted from before: of whom, of what, from when until (not including) when."""

    person: Person
    metric: int
    since_us: int
    until_us: int


def moment(us: int) -> datetime:
    """Return microseconds since 1970 as a moment."""
    return datetime.fromtimestamp(us // SECOND_US, UTC).replace(microsecond=us % SECOND_US)


def microseconds(at: datetime) -> int:
    """Return a moment as microseconds since 1970."""
    return int(at.timestamp()) * SECOND_US + at.microsecond


def move_marks(
    cursor: psycopg.Cursor[Any], keys: Sequence[tuple[UUID, int, int]], newest_us: Sequence[int]
) -> dict[tuple[UUID, int, int], int]:
    """Move the marks to the newest values and return where they were (0: nothing was judged before).

    The rows are locked from here on, so that two groups judge one person one after the other.
    """
    organizations = list(dict.fromkeys(key[0] for key in keys))
    places = {organization: place for place, organization in enumerate(organizations)}
    cursor.execute(
        MARKS,
        [
            arrays.uuids(organizations, np.array([places[key[0]] for key in keys])),
            arrays.bigints(np.array([key[1] for key in keys], dtype=np.int64)),
            arrays.smallints(np.array([key[2] for key in keys])),
            arrays.timestamps(np.array(newest_us, dtype=np.int64)),
        ],
    )
    return {
        (organization, number, metric): microseconds(before) if before else 0
        for organization, number, metric, before in cursor.fetchall()
    }


def states_of(cursor: psycopg.Cursor[Any], persons: Iterable[Person]) -> dict[tuple[UUID, int, UUID], Kept]:
    """Return the stored states of persons (quiet rules have none), locked."""
    wanted = sorted(set(persons))
    cursor.execute(STATES, [[one[0] for one in wanted], [one[1] for one in wanted]])
    return {
        (organization, number, rule_id): Kept(
            State(Phase(phase), run, since_us, worst, microseconds(due_at) if due_at else 0), is_held
        )
        for organization, number, rule_id, phase, run, since_us, worst, due_at, is_held in cursor.fetchall()
    }


def keep_states(cursor: psycopg.Cursor[Any], changed: dict[tuple[UUID, int, UUID], Kept]) -> None:
    """Store states; a quiet one is forgotten."""
    kept, dropped = [], []
    for key, one in sorted(changed.items()):
        state = one.state
        if state.phase is Phase.QUIET:
            dropped.append(key)
            continue
        due_at = moment(state.due_us) if state.due_us else None
        kept.append((*key, state.phase.value, state.run, state.since_us, state.worst, due_at, one.is_held))
    if kept:
        cursor.executemany(KEEP_STATE, kept)
    if dropped:
        cursor.executemany(DROP_STATE, dropped)


def values_before(cursor: psycopg.Cursor[Any], wanted: Sequence[Before]) -> list[list[Sample]]:
    """Return for each wish the judged values of that time, in order."""
    found: list[list[Sample]] = [[] for _ in wanted]
    if not wanted:
        return found
    cursor.execute(
        PAST,
        [
            list(range(len(wanted))),
            [one.person[0] for one in wanted],
            [one.person[1] for one in wanted],
            [one.metric for one in wanted],
            [moment(one.since_us) for one in wanted],
            [moment(one.until_us) for one in wanted],
        ],
    )
    for place, observed_us, correction, device, value, flags in cursor.fetchall():
        sample = Sample(observed_us + correction * SECOND_US, device, value, flags, observed_us)
        if sample.is_judged:
            found[place].append(sample)
    return [sorted(samples) for samples in found]


def reports_of(
    cursor: psycopg.Cursor[Any], persons: Iterable[Person], now: datetime
) -> dict[Person, list[Report]]:
    """Return what persons said of themselves lately."""
    wanted = sorted(set(persons))
    answer: dict[Person, list[Report]] = {}
    if wanted:
        cursor.execute(SYMPTOMS, [[one[0] for one in wanted], [one[1] for one in wanted], now])
        for organization, number, at_us, symptoms in cursor.fetchall():
            answer.setdefault((organization, number), []).append(Report(at_us, frozenset(symptoms)))
    return answer


def facts_of(
    rule: CompiledRule, figure: float, sample: Sample | None, reports: Sequence[Report]
) -> dict[str, Any]:
    """Return what the one-line reason of an alert is made of."""
    kind = rule.kind
    facts: dict[str, Any] = {"kind": kind.name, "metric": kind.metric, "direction": kind.direction.value}
    facts["figure"] = round(figure, 3)
    if sample is None:
        facts["is_unconfirmed"] = True
    else:
        facts["value"] = round(sample.value, 3)
        facts["flags"] = sample.flags
    facts |= {name: value for name in FACTS if (value := getattr(kind, name, None))}
    if sample is not None and (symptoms := symptoms_near(kind, sample, reports)):
        facts["symptoms"] = sorted(symptoms)
    return facts
