"""Free times as a person reads them: by day in their own zone, a few days a page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date

from hearthline.directory.models import Practitioner
from hearthline.foundation import clock
from hearthline.scheduling.models import Service
from hearthline.scheduling.queries import (
    find_offered_slots,
    get_licence_periods,
    get_practitioners,
    get_sites,
    list_offering_ids,
)
from hearthline.scheduling.rules.slots import MAXIMUM_SEARCH_DAYS, Slot
from hearthline.scheduling.rules.times import get_instant

DAYS_ON_PAGE = 4
WINDOW_DAYS = 14
MAXIMUM_TIMES_A_DAY = 60


@dataclass(frozen=True, slots=True)
class FreeTime:
    """One button: a start, with whom, and where the clinician's clock is."""

    starts_at: datetime
    practitioner: Practitioner
    zone: str

    @property
    def value(self) -> str:
        """What the form sends back."""
        return f"{self.practitioner.pk}|{int(self.starts_at.timestamp())}"


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A day with its free times."""

    date: date
    times: list[FreeTime]

    @property
    def groups(self) -> list[tuple[Practitioner, list[FreeTime]]]:
        """The times by clinician, whoever is free first at the top."""
        found: dict[UUID, tuple[Practitioner, list[FreeTime]]] = {}
        for one in self.times:
            found.setdefault(one.practitioner.pk, (one.practitioner, []))[1].append(one)
        return list(found.values())


@dataclass
class FreeTimes:
    """One page of free times, and why there may be none."""

    zone: str
    days: list[FreeDay] = field(default_factory=list)
    later_from: date | None = None
    practitioners: list[Practitioner] = field(default_factory=list)
    is_anyone_licensed: bool = True

    @property
    def other_zones(self) -> list[str]:
        """Zones of clinicians on this page that differ from the reader's."""
        return sorted({one.zone for day in self.days for one in day.times} - {self.zone})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which free times are looked for."""

    service: Service
    jurisdiction: str
    zone: str
    first_day: date | None = None
    practitioner_id: UUID | None = None
    ignoring: UUID | None = None
    is_staff: bool = False


def list_free_times(wanted: Wanted) -> FreeTimes:
    """Free times from the wanted day on; when a fortnight has none, as far ahead as the service is offered."""
    result = FreeTimes(zone=wanted.zone)
    today = clock.now().date()
    offering = list_offering_ids(wanted.service)
    if wanted.service.needs_licence:
        days = (today, today + timedelta(days=wanted.service.horizon_days))
        offering = [one for one in get_licence_periods(offering, wanted.jurisdiction, days) if one]
    result.is_anyone_licensed = bool(offering)
    if not offering:
        return result
    named = get_practitioners(offering)
    result.practitioners = sorted(named.values(), key=lambda one: one.full_name)
    for length in (WINDOW_DAYS, MAXIMUM_SEARCH_DAYS):
        days_found = _group(_find(wanted, length), wanted.zone, named)
        if days_found:
            result.days = days_found[:DAYS_ON_PAGE]
            result.later_from = result.days[-1].date + timedelta(days=1)
            break
    return result


def _find(wanted: Wanted, length: int) -> list[Slot]:
    zone = ZoneInfo(wanted.zone)
    start = clock.now()
    if wanted.first_day is not None:
        start = max(start, get_instant(wanted.first_day, time(), zone))
    last_day = start.astimezone(zone).date() + timedelta(days=length)
    return find_offered_slots(
        service=wanted.service,
        jurisdiction=wanted.jurisdiction,
        start=start,
        end=get_instant(last_day, time(), zone),
        practitioner_id=wanted.practitioner_id,
        ignoring=wanted.ignoring,
        is_staff=wanted.is_staff,
    )


def _group(slots: list[Slot], zone_name: str, named: dict[UUID, Practitioner]) -> list[FreeDay]:
    """Slots by local day; of several clinicians free at one time, the one with the fewest times so far is named."""
    zone = ZoneInfo(zone_name)
    zones = {pk: site.zone for pk, site in get_sites(slot.site_id for slot in slots).items()}
    days: dict[date, list[FreeTime]] = {}
    counts: dict[UUID, int] = {}
    for start, rivals in _by_start(slots):
        starts_at = datetime.fromtimestamp(start, UTC)
        day = starts_at.astimezone(zone).date()
        if day not in days and len(days) > DAYS_ON_PAGE:
            break
        chosen = min(
            rivals, key=lambda slot: (counts.get(slot.practitioner_id, 0), slot.practitioner_id.bytes)
        )
        counts[chosen.practitioner_id] = counts.get(chosen.practitioner_id, 0) + 1
        times = days.setdefault(day, [])
        if len(times) < MAXIMUM_TIMES_A_DAY:
            times.append(FreeTime(starts_at, named[chosen.practitioner_id], zones[chosen.site_id]))
    return [FreeDay(day, times) for day, times in days.items()]


def _by_start(slots: list[Slot]) -> Iterator[tuple[int, list[Slot]]]:
    """Slots of the same moment together; the list is in order of time."""
    group: list[Slot] = []
    for slot in slots:
        if group and group[0].start != slot.start:
            yield group[0].start, group
            group = []
        group.append(slot)
    if group:
        yield group[0].start, group


def read_choice(value: str) -> tuple[UUID, datetime]:
    """A practitioner and a moment from what a form sent back.

    Raises:
        ValidationError: it is not what we sent.
    """
    try:
        practitioner, _, second = value.partition("|")
        return UUID(practitioner), datetime.fromtimestamp(int(second), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ValidationError("unreadable") from error


def read_day(value: str | None) -> date | None:
    """A day from an address, or None when it is none."""
    try:
        return parse_date(value) if value else None
    except ValueError:
        return None


def read_id(value: Any) -> UUID | None:
    """An identifier from an address, or None when it is none."""
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None
