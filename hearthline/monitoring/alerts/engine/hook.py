"""Judge the new values of a group of readings, for all its persons and organizations at once.

Called by the store inside its transaction: a reading, its alert and the order to tell people of it commit together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import psycopg

from hearthline.foundation import clock
from hearthline.monitoring.alerts.engine import judged
from hearthline.monitoring.alerts.engine.books import SCORED_NUMBERS, Book, CompiledRule, books_for
from hearthline.monitoring.alerts.engine.effects import Effect, apply_effects
from hearthline.monitoring.alerts.engine.judged import Before, Kept, Person
from hearthline.monitoring.alerts.engine.scores import judge_scores
from hearthline.monitoring.alerts.rules.judging import QUIET, Judgement, State, in_order, judge
from hearthline.monitoring.alerts.rules.kinds import MINUTE_US, Direction, Limit
from hearthline.monitoring.alerts.rules.looks import NEVER_JUDGED, Report, Sample
from hearthline.monitoring.alerts.rules.machine import Happening, Phase
from hearthline.monitoring.readings.flags import Flag

Rows = np.ndarray[Any, np.dtype[np.void]]
# A value later than this after the server's clock is from the future, whatever its flags say (research/rpm.md 6.4).
FUTURE_US = 5 * MINUTE_US


@dataclass(frozen=True)
class Stretch:
    """The new values of one metric of one person: places ``start`` to ``end`` in the sorted rows."""

    person: Person
    metric: int
    start: int
    end: int

    @property
    def key(self) -> tuple[UUID, int, int]:
        """What its mark is found by."""
        return (*self.person, self.metric)


@dataclass(frozen=True)
class Trial:
    """One rule to be judged on one stretch."""

    rule: CompiledRule
    stretch: Stretch
    new: list[Sample]


def judge_stored(cursor: psycopg.Cursor[Any], rows: Rows) -> None:
    """Judge new readings and write what follows."""
    organizations = _organizations(rows)
    books = books_for(cursor, organizations)
    if not books:
        return
    rows = _ordered(rows[_is_judged(rows)])
    stretches = [one for one in _stretches(rows) if _has_rules(books, one)]
    if not stretches:
        return
    newest = rows["at_us"][[one.end - 1 for one in stretches]]
    marks = judged.move_marks(cursor, [one.key for one in stretches], newest.tolist())
    states = judged.states_of(cursor, [one.person for one in stretches])
    trials = list(_trials(rows, books, stretches, marks, states))
    scored = [one.person for one in stretches if one.metric in SCORED_NUMBERS]
    try_all(cursor, trials, states, now=clock.now(), books=books, scored=scored)


def _organizations(rows: Rows) -> list[UUID]:
    pairs = np.ascontiguousarray(rows["organization"]).view(">u8").reshape(-1, 2)
    return [UUID(bytes=one.tobytes()) for one in np.unique(pairs, axis=0)]


def _is_judged(rows: Rows) -> Any:
    is_plain = (rows["flags"] & NEVER_JUDGED) == 0
    return is_plain & np.isfinite(rows["value"]) & (rows["at_us"] <= rows["received_us"] + FUTURE_US)


def _ordered(rows: Rows) -> Rows:
    pairs = np.ascontiguousarray(rows["organization"]).view(">u8").reshape(-1, 2)
    keys = ("device_number", "at_us", "metric", "patient_number")
    return rows[np.lexsort([*[rows[name] for name in keys], pairs[:, 1], pairs[:, 0]])]


def _stretches(rows: Rows) -> Iterator[Stretch]:
    if not len(rows):
        return
    changed = np.ones(len(rows), dtype=bool)
    changed[1:] = False
    for name in ("organization", "patient_number", "metric"):
        changed[1:] |= rows[name][1:] != rows[name][:-1]
    starts = np.flatnonzero(changed)
    ends = np.append(starts[1:], len(rows))
    heads = rows[starts]
    for organization, number, metric, start, end in zip(
        heads["organization"],
        heads["patient_number"].tolist(),
        heads["metric"].tolist(),
        starts.tolist(),
        ends.tolist(),
        strict=True,
    ):
        yield Stretch((UUID(bytes=organization.tobytes()), number), metric, start, end)


def _has_rules(books: dict[UUID, Book], stretch: Stretch) -> bool:
    book = books.get(stretch.person[0])
    return book is not None and stretch.metric in book.metrics


class _Sieve:
    """Tells which stretches have a value beyond a limit; most have none, and cost no more than this.

    A limit that many persons share is asked of all rows at once; a person's own is asked of their rows alone.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._sums: dict[tuple[Direction, float, bool], Any] = {}

    def is_silent(self, rule: CompiledRule, stretch: Stretch) -> bool:
        """Whether no value of the stretch is beyond the rule's limit (never so for a rule that looks back)."""
        limit = rule.limit
        if limit is None:
            return False
        if rule.is_personal:
            return not _beyond(self._rows[stretch.start : stretch.end], limit).any()
        key = (limit.direction, limit.limit, limit.is_inclusive)
        sums = self._sums.get(key)
        if sums is None:
            sums = self._sums[key] = np.concatenate([[0], np.cumsum(_beyond(self._rows, limit))])
        return bool(sums[stretch.end] == sums[stretch.start])


def _beyond(rows: Rows, rule: Limit) -> Any:
    value, flags = rows["value"].astype(np.float64), rows["flags"]
    if rule.direction is Direction.HIGH:
        beyond = (value >= rule.limit) if rule.is_inclusive else (value > rule.limit)
        return beyond | ((flags & int(Flag.HIGH)) != 0)
    beyond = (value <= rule.limit) if rule.is_inclusive else (value < rule.limit)
    return beyond | ((flags & int(Flag.LOW)) != 0)


def _trials(
    rows: Rows,
    books: dict[UUID, Book],
    stretches: list[Stretch],
    marks: dict[tuple[UUID, int, int], int],
    states: dict[tuple[UUID, int, UUID], Kept],
) -> Iterator[Trial]:
    sieve = _Sieve(rows)
    for stretch in stretches:
        new: list[Sample] | None = None
        for rule in books[stretch.person[0]].rules_for(stretch.person[1], stretch.metric):
            if (*stretch.person, rule.id) not in states and sieve.is_silent(rule, stretch):
                continue
            if new is None:
                new = in_order(_samples(rows[stretch.start : stretch.end]), mark_us=marks[stretch.key])
            if new:
                yield Trial(rule, stretch, new)


def _samples(rows: Rows) -> Iterator[Sample]:
    for one in rows:
        yield Sample(
            int(one["at_us"]),
            int(one["device_number"]),
            float(one["value"]),
            int(one["flags"]),
            int(one["observed_us"]),
            int(one["received_us"]),
        )


def try_all(
    cursor: psycopg.Cursor[Any],
    trials: list[Trial],
    states: dict[tuple[UUID, int, UUID], Kept],
    *,
    now: datetime,
    books: dict[UUID, Book],
    scored: Sequence[Person] = (),
) -> None:
    """Judge each trial and score, keep the states that changed, and write what follows for people."""
    before = _before(cursor, trials)
    reports = _reports(cursor, trials, now)
    changed: dict[tuple[UUID, int, UUID], Kept] = {}
    after: dict[tuple[UUID, int, UUID], State] = {}
    effects: list[Effect] = []
    for trial in trials:
        key = (*trial.stretch.person, trial.rule.id)
        kept = states.get(key, Kept(QUIET))
        past = before.get((trial.stretch.key, trial.rule.kind.history_us), [])
        said = reports.get(trial.stretch.person, [])
        outcome = judge(trial.rule.kind, kept.state, trial.new, past=past, reports=said)
        judgements = list(outcome.judgements)
        if kept.is_held and not judgements and outcome.state.phase is Phase.ACTIVE:
            judgements = [Judgement(Happening.RAISED, outcome.state.worst, trial.new[-1])]
        after[key] = outcome.state
        if outcome.state != kept.state:
            changed[key] = Kept(outcome.state, kept.is_held)
        effects += [
            Effect(
                trial.stretch.person,
                trial.rule,
                one,
                judged.facts_of(trial.rule, one.figure, one.sample, said),
                was_held=kept.is_held,
            )
            for one in judgements
        ]
    of_scores, happened = judge_scores(cursor, books, scored, states, now=now)
    changed |= of_scores
    after |= {key: kept.state for key, kept in of_scores.items()}
    effects += happened
    held = apply_effects(cursor, effects, now=now) if effects else {}
    for key, is_held in held.items():
        changed[key] = Kept(after[key], is_held)
    judged.keep_states(cursor, changed)


def _before(
    cursor: psycopg.Cursor[Any], trials: list[Trial]
) -> dict[tuple[tuple[UUID, int, int], int], list[Sample]]:
    wanted = {
        (trial.stretch.key, trial.rule.kind.history_us): Before(
            trial.stretch.person,
            trial.stretch.metric,
            trial.new[0].at_us - trial.rule.kind.history_us,
            trial.new[0].at_us,
        )
        for trial in trials
        if trial.rule.kind.history_us
    }
    return dict(zip(wanted, judged.values_before(cursor, list(wanted.values())), strict=True))


def _reports(cursor: psycopg.Cursor[Any], trials: list[Trial], now: datetime) -> dict[Person, list[Report]]:
    persons = [one.stretch.person for one in trials if one.rule.limit is not None and one.rule.limit.symptoms]
    return judged.reports_of(cursor, persons, now)
