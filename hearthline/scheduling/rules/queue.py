"""A place in the walk-in queue and how long the wait may be, said honestly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles
from uuid import UUID

ROUND_TO_MINUTES = 5
LONGEST_SAID_MINUTES = 240
FEWEST_PAST_VISITS = 5
NEAR_MINUTES = 10  # long enough to come back to the page, short enough to be true
SEEN_WITHIN = timedelta(seconds=75)  # a page in view asks every 30 seconds; two may get lost


@dataclass(frozen=True, slots=True)
class Waiting:
    """Someone waiting: their entry and when they joined."""

    entry_id: UUID
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Estimate:
    """A range of minutes; without one when nobody is on duty or the wait is too long to guess."""

    ahead: int
    low_minutes: int | None
    high_minutes: int | None

    @property
    def place(self) -> int:
        """The place in the line: 1 is next."""
        return self.ahead + 1

    @property
    def is_known(self) -> bool:
        """Whether a range can be said at all."""
        return self.high_minutes is not None


def count_ahead(waiting: Sequence[Waiting], entry_id: UUID) -> int:
    """How many of this queue joined before; equal times are settled by id, as the list is shown."""
    mine = next((one for one in waiting if one.entry_id == entry_id), None)
    if mine is None:
        return len(waiting)
    key = (mine.joined_at, mine.entry_id.bytes)
    return sum((one.joined_at, one.entry_id.bytes) < key for one in waiting)


def estimate_wait(
    *, ahead: int, clinicians: int, past_minutes: Sequence[float], usual_minutes: int, booked_minutes: int = 0
) -> Estimate:
    """How long until someone with this many people ahead is called.

    The low end takes the median of recent visits, the high end the 80th percentile plus one visit that
    may just have begun. Booked visits due in the meantime count against the clinicians' time.
    """
    if clinicians < 1:
        return Estimate(ahead, None, None)
    usual, slow = _get_paces(past_minutes, usual_minutes)
    low = (ahead * usual + booked_minutes) / clinicians
    high = ((ahead + 1) * slow + booked_minutes) / clinicians
    low_minutes = int(low // ROUND_TO_MINUTES) * ROUND_TO_MINUTES
    high_minutes = -int(-high // ROUND_TO_MINUTES) * ROUND_TO_MINUTES
    if high_minutes > LONGEST_SAID_MINUTES:
        return Estimate(ahead, None, None)
    return Estimate(ahead, low_minutes, max(high_minutes, low_minutes + ROUND_TO_MINUTES))


def _get_paces(past_minutes: Sequence[float], usual_minutes: int) -> tuple[float, float]:
    """The usual and the slow length of a visit, from the past when there is enough of it."""
    if len(past_minutes) < FEWEST_PAST_VISITS:
        return float(usual_minutes), usual_minutes * 1.5
    usual = median(past_minutes)
    return usual, max(quantiles(past_minutes, n=5)[3], usual)


def is_near(estimate: Estimate) -> bool:
    """Whether it is nearly a person's turn: they will surely be called within minutes, or are next and may be.

    Who is next while the clinicians have booked visits for an hour is told later.
    """
    if estimate.low_minutes is None or estimate.high_minutes is None:
        return False
    if estimate.place == 1:
        return estimate.low_minutes <= NEAR_MINUTES
    return estimate.high_minutes <= NEAR_MINUTES


def say_minutes(estimate: Estimate) -> int:
    """The one number for a message that has no room for a range: the middle of it, in fives, never less than five.

    Raises:
        ValueError: there is no range.
    """
    if estimate.low_minutes is None or estimate.high_minutes is None:
        message = "nothing is known of this wait"
        raise ValueError(message)
    steps = (estimate.low_minutes + estimate.high_minutes) // (2 * ROUND_TO_MINUTES)
    return max(ROUND_TO_MINUTES, steps * ROUND_TO_MINUTES)


def is_looking(seen_at: datetime | None, at: datetime) -> bool:
    """Whether the person has the page with their place in view, so that no message needs to fetch them."""
    return seen_at is not None and at - seen_at <= SEEN_WITHIN
