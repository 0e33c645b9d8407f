"""What a rule would have done: replayed over past values, how often it speaks and what it would not have said. Pure."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from hearthline.monitoring.alerts.rules.judging import QUIET, State, judge, overdue
from hearthline.monitoring.alerts.rules.kinds import DAY_US, Kind, Limit
from hearthline.monitoring.alerts.rules.looks import Sample, is_beyond
from hearthline.monitoring.alerts.rules.machine import Happening, Phase

TOLD = frozenset({Happening.RAISED, Happening.ASKED})
# An excursion that got no answer within a day of its beginning was missed.
ANSWER_WITHIN_US = DAY_US


@dataclass(frozen=True)
class Burden:
    """The sums of a replay. ``missed``: bare crossings of the limit of which nobody would have heard."""

    people: int = 0
    patient_days: int = 0
    alerts: int = 0
    asked: int = 0
    settled: int = 0
    missed: int = 0

    def plus(self, other: "Burden") -> "Burden":
        """Return both together."""
        return Burden(**{name: value + getattr(other, name) for name, value in vars(self).items()})

    @property
    def per_100_patient_days(self) -> float:
        """Alerts for each hundred days of one person."""
        return 100 * self.alerts / self.patient_days if self.patient_days else 0.0

    def minutes_a_day(self, *, people: int, minutes_per_alert: float) -> float:
        """Return the nurse's minutes a day for so many people."""
        return self.per_100_patient_days / 100 * people * minutes_per_alert


def replay(rule: Kind, samples: Sequence[Sample]) -> Burden:
    """Return what a rule would have done for one person whose values these are, in order."""
    judged = [one for one in samples if one.is_judged]
    if not judged:
        return Burden(people=1)
    happened = list(_happenings(rule, judged))
    days = {one.at_us // DAY_US for one in judged}
    return Burden(
        people=1,
        patient_days=len(days),
        alerts=_count(happened, Happening.RAISED),
        asked=_count(happened, Happening.ASKED),
        settled=_count(happened, Happening.SETTLED),
        missed=_missed(rule, judged, [at_us for at_us, one in happened if one in TOLD]),
    )


def _count(happened: Iterable[tuple[int, Happening]], wanted: Happening) -> int:
    return sum(one is wanted for _, one in happened)


def _happenings(rule: Kind, judged: Sequence[Sample]) -> Iterator[tuple[int, Happening]]:
    state: State = QUIET
    window: deque[Sample] = deque()
    for sample in judged:
        if state.due_us and state.due_us <= sample.at_us:
            due_us = state.due_us
            outcome = overdue(state, now_us=due_us)
            yield from ((due_us, one.happening) for one in outcome.judgements)
            state = outcome.state
        while window and window[0].at_us < sample.at_us - rule.history_us:
            window.popleft()
        is_idle = state.phase is Phase.QUIET and isinstance(rule, Limit) and not is_beyond(rule, sample)
        if not is_idle:
            arrived = replace(sample, received_us=sample.at_us)
            outcome = judge(rule, state, [arrived], past=window)
            yield from ((sample.at_us, one.happening) for one in outcome.judgements)
            state = outcome.state
        if rule.history_us:
            window.append(sample)
    if state.due_us:
        yield from ((state.due_us, one.happening) for one in overdue(state, now_us=state.due_us).judgements)


def _missed(rule: Kind, judged: Sequence[Sample], told: Sequence[int]) -> int:
    """Return how many crossings of the bare limit nobody would have heard of."""
    if not isinstance(rule, Limit):
        return 0
    bare = replace(rule, run_count=1, run_minutes=0, ask_minutes=0, symptoms=())
    crossings = (at_us for at_us, one in _happenings(bare, judged) if one is Happening.RAISED)
    return sum(not any(at <= one <= at + ANSWER_WITHIN_US for one in told) for at in crossings)
