"""When nothing coming is news, why it may be so, and whose turn it is. On the server's clock of arrival. Pure.

A gap is measured from when the last value arrived, never from the device's own time: a value dated tomorrow does not
make today's silence any shorter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from hearthline.monitoring.episodes.plan import TOLERANCE, Planned, slots_on

CONTINUOUS_GAP = timedelta(hours=1)  # a sensor that sends every five minutes
LOW_BATTERY_PERCENT = 10
# A device that was heard of this lately, while its person's values stopped, works and says nothing of them.
HEARD_LATELY = timedelta(hours=12)
NURSE_AFTER = timedelta(hours=48)  # a reminder to the patient that brought nothing becomes a nurse's call
DAYS_LOOKED_BACK = 10
# So many newly silent at once, and such a part of those who should be sending, are one outage and not many persons.
OUTAGE_COUNT = 5
OUTAGE_SHARE = 0.3
OUTAGE_WITHIN = timedelta(hours=2)


class Cause(StrEnum):
    """Why nothing comes, as far as can be told."""

    NEVER = "never"  # not one value since monitoring was set up
    NOT_MEASURING = "not_measuring"
    BATTERY = "battery"
    NO_SIGNAL = "no_signal"
    DEVICE_FAULT = "device_fault"
    WRONG_PERSON = "wrong_person"
    OUTAGE = "outage"


class Route(StrEnum):
    """Whose turn it is."""

    PATIENT = "patient"
    NURSE = "nurse"
    SERVICE_DESK = "service_desk"


ROUTES = {
    Cause.NEVER: Route.NURSE,
    Cause.NOT_MEASURING: Route.PATIENT,
    Cause.BATTERY: Route.PATIENT,
    Cause.NO_SIGNAL: Route.PATIENT,
    Cause.DEVICE_FAULT: Route.SERVICE_DESK,
    Cause.WRONG_PERSON: Route.NURSE,
    Cause.OUTAGE: Route.SERVICE_DESK,
}


@dataclass(frozen=True)
class Signs:
    """What is known of one awaited metric of one person. Moments are the server's; ``device_heard_at`` of any value."""

    arrived_at: datetime | None
    awaited_since: datetime
    is_continuous: bool
    battery_percent: int | None = None
    device_heard_at: datetime | None = None
    others_value_at: datetime | None = None  # the newest value of another person from the same device
    is_others_device_now: bool = False


def due_at(planned: Planned, *, last: datetime, zone_now: datetime) -> datetime | None:
    """Return when a value was due after ``last`` (both local, with zone), if that is over; None when nothing is due.

    Two slots in a row have to be missed: one forgotten evening is nobody's alarm.
    """
    if planned.is_continuous:
        due = last + CONTINUOUS_GAP
        return due if due <= zone_now else None
    missed = _missed(planned, last, zone_now)
    return missed[1] if len(missed) > 1 else None


def _missed(planned: Planned, last: datetime, now: datetime) -> list[datetime]:
    """Return when the slots ended that began after ``last`` and are over."""
    first: date = max(last.date(), now.date() - timedelta(days=DAYS_LOOKED_BACK))
    days = (first + timedelta(days=number) for number in range((now.date() - first).days + 1))
    ends = []
    for slot in (slot for day in days for slot in slots_on([planned], day)):
        starts_at = datetime.combine(slot.day, slot.starts, now.tzinfo) - TOLERANCE
        ends_at = datetime.combine(slot.day, slot.ends, now.tzinfo) + TOLERANCE
        if starts_at > last and ends_at <= now:
            ends.append(ends_at)
    return sorted(ends)


def cause_of(signs: Signs, *, now: datetime) -> Cause:
    """Return the likeliest cause, the one that can be put right soonest first."""
    if signs.battery_percent is not None and signs.battery_percent <= LOW_BATTERY_PERCENT:
        return Cause.BATTERY
    since = signs.arrived_at or signs.awaited_since
    if signs.is_others_device_now or (signs.others_value_at is not None and signs.others_value_at > since):
        return Cause.WRONG_PERSON
    is_heard = signs.device_heard_at is not None and signs.device_heard_at > max(since, now - HEARD_LATELY)
    if is_heard:
        return Cause.DEVICE_FAULT
    if signs.arrived_at is None:
        return Cause.NEVER
    return Cause.NO_SIGNAL if signs.is_continuous else Cause.NOT_MEASURING


def route_of(cause: Cause, *, silent_for: timedelta) -> Route:
    """Return whose turn it is; what the patient was asked and did not come becomes the nurse's."""
    route = ROUTES[cause]
    return Route.NURSE if route is Route.PATIENT and silent_for >= NURSE_AFTER else route


def is_outage(silent_since: Sequence[datetime], *, sending: int, now: datetime) -> bool:
    """Whether so many fell silent at once that it is one fault of a line or a vendor.

    ``silent_since``: when each person that is silent now was last heard; ``sending``: how many should be sending.
    """
    if not silent_since or not sending:
        return False
    latest = sorted(silent_since)
    # The densest stretch of two hours: people who stop of themselves do not stop together.
    most = max(sum(start <= other < start + OUTAGE_WITHIN for other in latest) for start in latest)
    return most >= OUTAGE_COUNT and most / sending >= OUTAGE_SHARE
