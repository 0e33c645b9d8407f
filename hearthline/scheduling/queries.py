"""Reads: free times across practitioners, and what a schedule or a line looks like."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q

from hearthline.directory.models import Licence, Practitioner
from hearthline.foundation import clock
from hearthline.scheduling.models import AvailabilityException, AvailabilityRule, Service, ServiceOffer
from hearthline.scheduling.models.services import MAXIMUM_BUFFER_MINUTES
from hearthline.scheduling.rules.slots import (
    MAXIMUM_SEARCH_DAYS,
    MAXIMUM_VISIT_MINUTES,
    Calendar,
    Slot,
    WeeklyHours,
    find_all_slots,
)
from hearthline.scheduling.rules.times import Interval
from hearthline.tenancy.models import Site

LONGEST_PERIOD = timedelta(minutes=MAXIMUM_VISIT_MINUTES + 2 * MAXIMUM_BUFFER_MINUTES)
# One short index range for each practitioner; the states stand in the text so that the partial index is chosen.
BUSY_SQL = """
    SELECT wanted.id, extract(epoch FROM lower(busy.period))::bigint, extract(epoch FROM upper(busy.period))::bigint
    FROM unnest(%s::uuid[]) AS wanted (id)
    CROSS JOIN LATERAL (
      SELECT period FROM scheduling_appointment
      WHERE organization_id = %s AND practitioner_id = wanted.id
        AND status IN ('arrived', 'booked', 'held', 'proposed')
        AND starts_at > %s AND starts_at < %s
        AND (held_until IS NULL OR held_until > %s) AND id IS DISTINCT FROM %s
    ) AS busy
"""
LicencePeriods = dict[UUID, list[tuple[date, date]]]


def list_offering_ids(service: Service, practitioner_id: UUID | None = None) -> list[UUID]:
    """The active practitioners who offer the service."""
    offers = ServiceOffer.objects.filter(service=service, practitioner__is_active=True)
    if practitioner_id is not None:
        offers = offers.filter(practitioner_id=practitioner_id)
    return list(offers.order_by("practitioner_id").values_list("practitioner_id", flat=True))


def get_licence_periods(
    practitioner_ids: Iterable[UUID], jurisdiction: str, days: tuple[date, date]
) -> LicencePeriods:
    """When each practitioner is licensed for people in the place; those never licensed then are left out.

    A licence of a country counts in its parts, as ``directory.rules.covers`` says.
    """
    places = {jurisdiction, jurisdiction.partition("-")[0]}
    found: LicencePeriods = {}
    rows = Licence.objects.filter(
        practitioner_id__in=list(practitioner_ids),
        jurisdiction__in=places,
        status=Licence.Status.ACTIVE,
        valid_from__lte=days[1],
        valid_until__gte=days[0],
    ).values_list("practitioner_id", "valid_from", "valid_until")
    for practitioner_id, valid_from, valid_until in rows:
        found.setdefault(practitioner_id, []).append((valid_from, valid_until))
    return found


def is_licensed_at(practitioner_id: UUID, jurisdiction: str, at: datetime) -> bool:
    """Whether the practitioner may treat someone who is in the place at that moment; asked again at joining."""
    if not jurisdiction:
        return False
    day = at.astimezone(UTC).date()
    return bool(get_licence_periods([practitioner_id], jurisdiction, (day, day)))


def find_offered_slots(
    *,
    service: Service,
    jurisdiction: str,
    start: datetime,
    end: datetime,
    practitioner_id: UUID | None = None,
    site_id: UUID | None = None,
    ignoring: UUID | None = None,
    is_staff: bool = False,
) -> list[Slot]:
    """The free times of every licensed practitioner of a service, earliest first.

    Patients get the service's notice and horizon; staff may book up to the minute. ``ignoring`` is the
    appointment that is being moved: its own time counts as free.
    """
    now = clock.now()
    if not is_staff:
        start = max(start, now + timedelta(minutes=service.notice_minutes))
        end = min(end, now + timedelta(days=service.horizon_days))
    start = max(start, now)
    end = min(end, start + timedelta(days=MAXIMUM_SEARCH_DAYS))
    if end <= start:
        return []
    offering = list_offering_ids(service, practitioner_id)
    days = (start.date(), end.date())
    licensed = (
        get_licence_periods(offering, jurisdiction, days)
        if service.needs_licence
        else {one: [days] for one in offering}
    )
    calendars = load_calendars(list(licensed), service, start, end, ignoring=ignoring)
    span = (int(start.timestamp()), int(end.timestamp()))
    found = _keep_licensed(find_all_slots(calendars, service.timing, span), licensed, days)
    return [slot for slot in found if site_id is None or slot.site_id == site_id]


def _keep_licensed(slots: list[Slot], licensed: LicencePeriods, days: tuple[date, date]) -> list[Slot]:
    """Leave out slots on days on which a licence has not begun or has ended."""
    partly = {
        practitioner_id: periods
        for practitioner_id, periods in licensed.items()
        if not any(first <= days[0] and last >= days[1] for first, last in periods)
    }
    if not partly:
        return slots
    return [
        slot
        for slot in slots
        if slot.practitioner_id not in partly
        or any(
            first <= datetime.fromtimestamp(slot.start, UTC).date() <= last
            for first, last in partly[slot.practitioner_id]
        )
    ]


def load_calendars(
    practitioner_ids: Sequence[UUID],
    service: Service,
    start: datetime,
    end: datetime,
    *,
    ignoring: UUID | None = None,
) -> list[Calendar]:
    """Hours, exceptions and bookings of several practitioners: three statements, however many there are."""
    if not practitioner_ids:
        return []
    calendars = {one: Calendar(one) for one in practitioner_ids}
    rules = AvailabilityRule.objects.filter(
        Q(service__isnull=True) | Q(service=service),
        Q(valid_to__isnull=True) | Q(valid_to__gte=start.date() - timedelta(days=1)),
        practitioner_id__in=practitioner_ids,
        valid_from__lte=end.date() + timedelta(days=1),
        site__is_active=True,
    )
    for row in rules.values_list(*AvailabilityRule.HOURS_FIELDS):
        hours = WeeklyHours(*row)
        calendars[hours.practitioner_id].hours.append(hours)
    _add_exceptions(calendars, start, end)
    _add_bookings(calendars, service.organization_id, start, end, ignoring)
    return list(calendars.values())


def _add_exceptions(calendars: dict[UUID, Calendar], start: datetime, end: datetime) -> None:
    """Note closures and extra hours; a closure of a site closes it for those who work there."""
    exceptions = AvailabilityException.objects.filter(
        Q(practitioner_id__in=list(calendars)) | Q(practitioner__isnull=True),
        ends_at__gt=start,
        starts_at__lt=end,
    ).select_related("site")
    for exception in exceptions:
        interval = (int(exception.starts_at.timestamp()), int(exception.ends_at.timestamp()))
        practitioner_id, site_id = exception.practitioner_id, exception.site_id
        if site_id is None:
            if practitioner_id is not None:
                calendars[practitioner_id].closed.append(interval)
        elif exception.kind == AvailabilityException.Kind.CLOSED:
            _close_site(calendars, site_id, practitioner_id, interval)
        elif practitioner_id is not None:
            calendars[practitioner_id].extra.append((interval, site_id, exception.site.zone))


def _close_site(
    calendars: dict[UUID, Calendar], site_id: UUID, practitioner_id: UUID | None, interval: Interval
) -> None:
    """Close a site for one practitioner, or for all of them."""
    for calendar in calendars.values():
        if practitioner_id in (None, calendar.practitioner_id):
            calendar.closed_sites.append((interval, site_id))


def _add_bookings(
    calendars: dict[UUID, Calendar],
    organization_id: UUID,
    start: datetime,
    end: datetime,
    ignoring: UUID | None,
) -> None:
    """Note booked time, buffers included; holds that have expired count as free."""
    margin = timedelta(minutes=MAXIMUM_BUFFER_MINUTES + MAXIMUM_VISIT_MINUTES)
    with connection.cursor() as cursor:
        cursor.execute(
            BUSY_SQL,
            [
                list(calendars),
                organization_id,
                start - LONGEST_PERIOD,
                end + margin,
                clock.now(),
                ignoring,
            ],
        )
        for practitioner_id, first, last in cursor.fetchall():
            calendars[practitioner_id].busy.append((first, last))


def get_practitioners(practitioner_ids: Iterable[UUID]) -> dict[UUID, Practitioner]:
    """Practitioners by id."""
    return Practitioner.objects.in_bulk(list(set(practitioner_ids)))


def get_sites(site_ids: Iterable[UUID]) -> dict[UUID, Site]:
    """Sites by id."""
    return Site.objects.in_bulk(list(set(site_ids)))
