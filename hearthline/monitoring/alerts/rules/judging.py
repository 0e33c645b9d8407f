"""Judge a person's new values by one rule: from a state, through the values in order, to a state and happenings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from hearthline.monitoring.alerts.rules.kinds import GRACE_MINUTES, MINUTE_US, Direction, Kind
from hearthline.monitoring.alerts.rules.looks import Look, Report, Sample, Sight, look_at
from hearthline.monitoring.alerts.rules.machine import Happening, Phase, Signal, move


@dataclass(frozen=True)
class State:
    """Where a rule stands for a person; what is stored between groups.

    ``run``: values beyond in a row, since ``since_us``; ``worst``: the figure people know of; ``due_us``: when the
    clock stops waiting (server's time), 0 when it does not.
    """

    phase: Phase = Phase.QUIET
    run: int = 0
    since_us: int = 0
    worst: float = 0.0
    due_us: int = 0


QUIET = State()


@dataclass(frozen=True)
class Judgement:
    """Something happened: because of this value (None: because of the clock)."""

    happening: Happening
    figure: float
    sample: Sample | None


@dataclass(frozen=True)
class Outcome:
    """The state after, and what happened on the way. ``doubtful``: values that are probably another person's."""

    state: State
    judgements: tuple[Judgement, ...] = ()
    doubtful: tuple[Sample, ...] = field(default=())


def in_order(samples: Iterable[Sample], *, mark_us: int) -> list[Sample]:
    """Return the samples that are judged, in order: none that is older than the newest judged before."""
    return sorted(one for one in samples if one.is_judged and one.at_us >= mark_us)


def judge(
    rule: Kind,
    state: State,
    new: Sequence[Sample],
    *,
    past: Sequence[Sample] = (),
    reports: Sequence[Report] = (),
) -> Outcome:
    """Judge ``new`` (from ``in_order``) one after another; ``past``: judged values before the first, in order."""
    seen = list(past)
    judgements: list[Judgement] = []
    doubtful: list[Sample] = []
    for sample in new:
        seen.append(sample)
        sight = look_at(rule, seen, reports)
        if sight.look is Look.DOUBTFUL:
            seen.pop()
            doubtful.append(sample)
            continue
        state, judgement = step(rule, state, sight, sample)
        if judgement is not None:
            judgements.append(judgement)
    return Outcome(state, tuple(judgements), tuple(doubtful))


def overdue(state: State, *, now_us: int) -> Outcome:
    """Return what follows when a repeat, or the next value of a run, did not come in time."""
    if not state.due_us or now_us < state.due_us:
        return Outcome(state)
    phase, happening = move(state.phase, Signal.OVERDUE)
    after = replace(state, phase=phase, due_us=0)
    return Outcome(after, (Judgement(happening, state.worst, None),) if happening else ())


def step(rule: Kind, state: State, sight: Sight, sample: Sample) -> tuple[State, Judgement | None]:
    """Move a rule by one sight; return where it stands then, and what happened."""
    if sight.look is Look.UNKNOWN:
        return state, None
    if sight.look is not Look.BEYOND:
        signal = Signal.CLEAR if sight.look is Look.CLEAR else Signal.BETWEEN
        phase, happening = move(state.phase, signal)
        after = QUIET if phase is Phase.QUIET else replace(state, phase=phase)
    else:
        after, happening = _beyond(rule, state, sight, sample)
    return after, Judgement(happening, sight.figure, sample) if happening else None


def _beyond(rule: Kind, state: State, sight: Sight, sample: Sample) -> tuple[State, Happening | None]:
    since_us = state.since_us if state.run else sample.at_us
    run = state.run + 1
    is_enough = run >= rule.count and sample.at_us - since_us >= rule.minutes * MINUTE_US
    signal = Signal.BEYOND if not is_enough else Signal.ASK if rule.repeat_minutes else Signal.ENOUGH
    phase, happening = move(state.phase, signal)
    is_known = state.run > 0
    worst = _worse(rule.direction, state.worst, sight.figure) if is_known else sight.figure
    if phase is Phase.ACTIVE and state.phase is Phase.ACTIVE:
        if _is_worse(rule, state.worst, sight.figure):
            happening = Happening.WORSENED
        else:
            worst = state.worst
    return State(phase, run, since_us, worst, _due(rule, state, phase, sample)), happening


def _due(rule: Kind, state: State, phase: Phase, sample: Sample) -> int:
    if phase is Phase.ASKING:
        return sample.received_us + rule.repeat_minutes * MINUTE_US
    if phase is Phase.PENDING and rule.minutes:
        if state.phase is Phase.PENDING and state.due_us:
            return state.due_us
        return sample.received_us + (rule.minutes + GRACE_MINUTES) * MINUTE_US
    return 0


def _worse(direction: Direction, one: float, other: float) -> float:
    return max(one, other) if direction is Direction.HIGH else min(one, other)


def _is_worse(rule: Kind, known: float, figure: float) -> bool:
    further = figure - known if rule.direction is Direction.HIGH else known - figure
    return further >= rule.worsening
