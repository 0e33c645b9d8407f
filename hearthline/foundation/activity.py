"""How the time that staff spend for one person (or case) is counted: active seconds only, capped, never twice. Pure.

A page tells every half minute whether someone was at work on it; the server's clock has the last word on how much
can have passed. Nobody's minutes count for two people, and an unattended screen earns nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

BEAT = timedelta(seconds=30)  # how often an open page tells
# A page that was asleep may tell of one beat and a little; more than that was not watched.
MOST_OF_A_BEAT = timedelta(seconds=35)
GAP = timedelta(minutes=2)  # after a longer rest it is another stretch of work
MOST_OF_A_SITTING = timedelta(minutes=30)  # one stretch; who needs longer writes it with a reason
A_DAY = timedelta(days=1)
MOST_OF_A_DAY = timedelta(hours=2)  # for one person, by one member of staff


@dataclass(frozen=True)
class Stretch:
    """The newest stretch of a member of staff: for whom (``is_same_work``), until when, how many seconds so far."""

    is_same_work: bool
    ended_at: datetime
    active_seconds: int


@dataclass(frozen=True)
class Credit:
    """What a beat adds: to the newest stretch, or as a new one that starts at ``starts_at``."""

    is_new: bool
    starts_at: datetime
    seconds: int


def credit(
    *,
    claimed_seconds: int,
    now: datetime,
    newest: Stretch | None,
    seconds_of_the_day: int,
    elsewhere_until: datetime | None = None,
) -> Credit | None:
    """Return what a beat is worth, or None when it is worth nothing.

    ``elsewhere_until``: the person's time is counted until then by others (``foundation.worktime``).
    """
    claimed = min(timedelta(seconds=max(claimed_seconds, 0)), MOST_OF_A_BEAT)
    starts_at = now - claimed
    if newest is not None:
        starts_at = max(starts_at, newest.ended_at)
    if elsewhere_until is not None:
        starts_at = max(starts_at, elsewhere_until)
        if newest is not None and elsewhere_until > newest.ended_at:
            newest = None  # other work came in between: what follows is another stretch
    left = MOST_OF_A_DAY - timedelta(seconds=seconds_of_the_day)
    is_new = newest is None or not newest.is_same_work or now - newest.ended_at > GAP
    if not is_new and newest is not None:
        left = min(left, MOST_OF_A_SITTING - timedelta(seconds=newest.active_seconds))
    seconds = int(min(now - starts_at, left).total_seconds())
    if seconds > 0:
        return Credit(is_new, starts_at, seconds)
    # Beyond the cap the stretch goes on without earning, so that it does not begin anew after the gap.
    goes_on = not is_new and claimed > timedelta(0) and newest is not None and now > newest.ended_at
    return Credit(False, starts_at, 0) if goes_on else None
