"""How much of what was planned came, and how that looks to a rule. On the server's clock, in local hours. Pure.

A measurement counts in the slot it was made for, if it came in time: what arrives late or is read from a file says
nothing of whether the person measures (research/rpm.md 6.7), and neither pages nor resolves.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hearthline.monitoring.alerts.rules.burden import Burden
from hearthline.monitoring.alerts.rules.judging import QUIET, step
from hearthline.monitoring.alerts.rules.kinds import Adherence
from hearthline.monitoring.alerts.rules.looks import UNKNOWN, Look, Sample, Sight
from hearthline.monitoring.alerts.rules.machine import Happening
from hearthline.monitoring.episodes import plan
from hearthline.monitoring.episodes.plan import Planned
from hearthline.monitoring.readings.flags import NOT_FOR_STATISTICS, Flag

NOT_COUNTED = int(NOT_FOR_STATISTICS | Flag.LATE | Flag.IMPORTED)
# A sensor is on in each quarter of an hour in which it gave a value, whether it gives one a minute or one in 15.
QUARTER = timedelta(minutes=15)
REPLAYED_EACH = timedelta(days=1)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Measuring:
    """What a person was asked of one metric (newest last), when it was measured, and when monitoring rested.

    All moments with their zone, in order; ``moments``: of values that count.
    """

    zone: ZoneInfo
    planned: Sequence[Planned]
    moments: Sequence[datetime]
    rests: Sequence[Span] = ()

    def is_asked(self, now: datetime) -> bool:
        """Whether the metric is still asked for on this local day."""
        today = now.astimezone(self.zone).date()
        return any(one.last is None or one.last >= today for one in self.planned)


def came_of(measuring: Measuring, *, days: int, now: datetime) -> plan.Adherence:
    """Return how much of what was awaited in the last ``days`` times 24 hours came.

    What is not over yet counts once it is done, so that a person can make up for what is missing at once.
    """
    if any(one.is_continuous for one in measuring.planned):
        return _sensor_on(measuring, days=days, now=now)
    zone = measuring.zone
    local_now = _local(now, zone)
    since = local_now - timedelta(days=days)
    rests = [(_local(start, zone), _local(end, zone)) for start, end in measuring.rests]
    dates = [since.date() + timedelta(days=number) for number in range(-1, days + 1)]
    slots = [slot for day in dates for slot in plan.slots_on(measuring.planned, day)]
    metric = measuring.planned[0].metric if measuring.planned else ""
    found = plan.filled(slots, {metric: [_local(at, zone) for at in measuring.moments]})
    counted = [
        is_filled
        for slot, is_filled in found.items()
        if since < slot.closes
        and (slot.closes <= local_now or is_filled)
        and not any(start < slot.closes and slot.opens < end for start, end in rests)
    ]
    return plan.Adherence(sum(counted), len(counted))


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _sensor_on(measuring: Measuring, *, days: int, now: datetime) -> plan.Adherence:
    first = min(one.first for one in measuring.planned if one.is_continuous)
    since = max(now - timedelta(days=days), datetime.combine(first, time(), measuring.zone))
    resting = sum(
        (max(min(end, now) - max(start, since), timedelta()) for start, end in measuring.rests), timedelta()
    )
    on = {
        (at - since) // QUARTER for at in measuring.moments if since <= at < now and not _rests(measuring, at)
    }
    awaited = max((now - since - resting) // QUARTER, 0)
    return plan.Adherence(min(len(on), awaited), awaited)


def _rests(measuring: Measuring, at: datetime) -> bool:
    return any(start <= at < end for start, end in measuring.rests)


def look_at_plan(rule: Adherence, measuring: Measuring, *, now: datetime) -> tuple[Sight, plan.Adherence]:
    """Return how much came, and how that looks; what nobody asks for any more is nobody's fault."""
    came = came_of(measuring, days=rule.days, now=now)
    percent = 100 * came.came / came.awaited if came.awaited else 100.0
    if not measuring.is_asked(now):
        return Sight(Look.CLEAR, percent), came
    if came.awaited < rule.awaited_count:
        return UNKNOWN, came
    if percent < rule.limit:
        return Sight(Look.BEYOND, percent), came
    return Sight(Look.CLEAR if percent >= rule.clear else Look.BETWEEN, percent), came


def as_sample(sight: Sight, now: datetime) -> Sample:
    """Return a sight of the clock in the place of the value that other rules are moved by."""
    at_us = round(now.timestamp() * 1_000_000)
    return Sample(at_us, 0, sight.figure, received_us=at_us)


def replay_plan(rule: Adherence, measuring: Measuring, *, since: datetime, until: datetime) -> Burden:
    """Return what a rule would have done for one person, looked at once a day."""
    state, alerts, days = QUIET, 0, 0
    for now in _looks(since, until):
        sight, came = look_at_plan(rule, _known_at(measuring, now, rule.days), now=now)
        days += came.awaited > 0
        state, judgement = step(rule, state, sight, as_sample(sight, now))
        alerts += judgement is not None and judgement.happening is Happening.RAISED
    return Burden(people=1, patient_days=days, alerts=alerts)


def _looks(since: datetime, until: datetime) -> Iterator[datetime]:
    while since <= until:
        yield since
        since += REPLAYED_EACH


def _known_at(measuring: Measuring, now: datetime, days: int) -> Measuring:
    first = bisect_left(measuring.moments, now - timedelta(days=days + 2))
    return replace(measuring, moments=measuring.moments[first : bisect_right(measuring.moments, now)])
