"""Whom a case reaches when nobody takes it, and when: steps by severity, on the server's clock.

The minutes are this product's defaults; an organization may set its own (``LadderStep``). Severe blood pressure in
pregnancy asks for treatment within 30 to 60 minutes (ACOG Committee Opinion 767), so a danger breaches at 30.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from hearthline.monitoring.alerts.rules.kinds import Direction, Severity


class Whom(StrEnum):
    """Who is told at a step."""

    POOL = "pool"  # every nurse
    ON_CALL = "on_call"  # who stands in the calendar
    SUPERVISOR = "supervisor"
    NOBODY_LEFT = "nobody_left"  # the end: a breach that everybody sees


class Channel(StrEnum):
    """How somebody is told. No channel carries anything clinical."""

    NOTICE = "notice"
    EMAIL = "email"  # besides the notice


CALENDARS = (Whom.ON_CALL, Whom.SUPERVISOR)  # who these are stands in the calendar


@dataclass(frozen=True)
class Step:
    """Who is told how long after the case was opened (or got worse), and how."""

    after_minutes: int
    whom: Whom
    channel: Channel = Channel.NOTICE


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


# How late a breach may be at the most. Severe blood pressure in pregnancy wants treatment within 30 to 60 minutes
# (ACOG Committee Opinion 767, 2019); the others are this product's own bounds.
LATEST_BREACH_MINUTES: Mapping[Severity, int] = {
    Severity.DANGER: 60,
    Severity.URGENT: 24 * 60,
    Severity.WATCH: 7 * 24 * 60,
}
MOST_STEPS = 6


def problem_of(ladder: Ladder, severity: Severity) -> str:
    """Return what is wrong with a ladder somebody wrote (a code of ``errors``), or nothing."""
    minutes = [step.after_minutes for step in ladder]
    if len(ladder) < 2 or minutes[0] != 0:
        return "ladder_start"
    if any(later <= earlier for earlier, later in pairwise(minutes)):
        return "ladder_order"
    if [step.whom for step in ladder].count(Whom.NOBODY_LEFT) != 1 or ladder[-1].whom is not Whom.NOBODY_LEFT:
        return "ladder_end"
    return "ladder_late" if minutes[-1] > LATEST_BREACH_MINUTES[severity] else ""


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
