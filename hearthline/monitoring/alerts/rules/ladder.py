"""Whom a case reaches when nobody takes it, and when: steps by severity, on the server's clock.

The minutes are this product's defaults; an organization may set its own (``LadderStep``). Severe blood pressure in
pregnancy asks for treatment within 30 to 60 minutes (ACOG Committee Opinion 767), so a danger breaches at 30.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hearthline.monitoring.alerts.rules.kinds import Direction, Severity


class Whom(StrEnum):
    """Who is told at a step."""

    POOL = "pool"  # every nurse
    ON_CALL = "on_call"  # who stands in the calendar
    SUPERVISOR = "supervisor"
    NOBODY_LEFT = "nobody_left"  # the end: a breach that everybody sees


@dataclass(frozen=True)
class Step:
    """Who is told how long after the case was opened (or got worse)."""

    after_minutes: int
    whom: Whom


Ladder = Sequence[Step]
DEFAULT_LADDERS: Mapping[Severity, Ladder] = {
    Severity.DANGER: (
        Step(0, Whom.POOL),
        Step(5, Whom.ON_CALL),
        Step(15, Whom.SUPERVISOR),
        Step(30, Whom.NOBODY_LEFT),
    ),
    Severity.URGENT: (
        Step(0, Whom.POOL),
        Step(60, Whom.ON_CALL),
        Step(120, Whom.SUPERVISOR),
        Step(240, Whom.NOBODY_LEFT),
    ),
    Severity.WATCH: (Step(0, Whom.POOL), Step(24 * 60, Whom.SUPERVISOR), Step(48 * 60, Whom.NOBODY_LEFT)),
}


@dataclass(frozen=True)
class Standing:
    """Where a case stands: how many steps have been reached, and when the next one is (None: the end)."""

    reached: int
    next_at: datetime | None


def standing(ladder: Ladder, *, started_at: datetime, now: datetime) -> Standing:
    """Return how far up the ladder an unacknowledged case is."""
    times = [started_at + timedelta(minutes=step.after_minutes) for step in ladder]
    reached = sum(at <= now for at in times)
    return Standing(reached, times[reached] if reached < len(times) else None)


def acknowledge_by(ladder: Ladder, *, started_at: datetime) -> datetime:
    """Return when it will be a breach that nobody has taken the case."""
    return started_at + timedelta(minutes=ladder[-1].after_minutes)


def is_broken(*, direction: Direction, snoozed_at: float, now: float, worsening: float) -> bool:
    """Whether a figure got so much worse since it was snoozed that the snooze no longer holds."""
    further = now - snoozed_at if direction is Direction.HIGH else snoozed_at - now
    return further >= worsening
