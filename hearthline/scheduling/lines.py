"""A place in the line of people without an appointment, and how long the wait may be."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from hearthline.foundation import clock
from hearthline.scheduling import errors
from hearthline.scheduling.models import Appointment, AppointmentChange, Service, WalkInEntry
from hearthline.scheduling.queries import get_licence_periods, list_offering_ids, load_calendars
from hearthline.scheduling.rules.opening import find_open_site, find_opening
from hearthline.scheduling.rules.queue import Estimate, Waiting, count_ahead, estimate_wait
from hearthline.scheduling.rules.states import Action, Status

PAST_VISITS = 20
PAST_DAYS = 30
LOOK_AHEAD = timedelta(hours=2)
LONGEST_WAIT = timedelta(hours=18)
LOOK_FOR_OPENING = timedelta(days=7)
MAXIMUM_LINE = 500
MOST_WAITING = 30  # a longer line is a promise nobody keeps; staff may still add people


def list_waiting(service_id: UUID, site_id: UUID) -> list[WalkInEntry]:
    """The line of one service at one site, first come first; places of another day do not count."""
    return list(
        WalkInEntry.objects.filter(
            service_id=service_id,
            site_id=site_id,
            status=WalkInEntry.Status.WAITING,
            joined_at__gt=clock.now() - LONGEST_WAIT,
        )
        .select_related("patient", "service", "site")
        .order_by("joined_at", "id")[:MAXIMUM_LINE]
    )


def get_estimate(entry: WalkInEntry, line: list[WalkInEntry] | None = None) -> Estimate:
    """The place of one person and the range of minutes until they may be called."""
    line = list_waiting(entry.service_id, entry.site_id) if line is None else line
    ahead = count_ahead([Waiting(one.pk, one.joined_at) for one in line], entry.pk)
    return estimate_for(entry.service, entry.location_jurisdiction, ahead)


def estimate_for(service: Service, jurisdiction: str, ahead: int) -> Estimate:
    """The range for someone with that many people ahead, by who is on duty and licensed for them now."""
    now = clock.now()
    on_duty = _list_on_duty(service, jurisdiction, now)
    booked = Appointment.objects.filter(
        practitioner_id__in=on_duty,
        status__in=[Status.BOOKED.value, Status.ARRIVED.value],
        starts_at__gte=now,
        starts_at__lt=now + LOOK_AHEAD,
        is_walk_in=False,
    )
    lengths = [row.ends_at - row.starts_at for row in booked.only("starts_at", "ends_at")]
    return estimate_wait(
        ahead=ahead,
        clinicians=len(on_duty),
        past_minutes=_list_past_minutes(service),
        usual_minutes=service.duration_minutes,
        booked_minutes=int(sum(lengths, timedelta()).total_seconds() // 60),
    )


def list_open_sites(service: Service) -> set[UUID]:
    """The sites where somebody sees people of this service now, wherever they are licensed."""
    return set(_list_open(list_offering_ids(service), service, clock.now()).values())


def get_opening(service: Service) -> datetime | None:
    """When somebody sees people of this service again; None when nothing is planned in the coming days."""
    now = clock.now()
    end = now + LOOK_FOR_OPENING
    calendars = load_calendars(list_offering_ids(service), service, now, end)
    second = find_opening(calendars, (int(now.timestamp()), int(end.timestamp())))
    return None if second is None else datetime.fromtimestamp(second, UTC)


def get_open_places(patient_id: UUID) -> QuerySet[WalkInEntry]:
    """The place that a person has: waiting since a short while, or called to a visit that is not over."""
    return WalkInEntry.objects.filter(
        Q(status=WalkInEntry.Status.WAITING)
        | Q(status=WalkInEntry.Status.CALLED, appointment__status=Status.ARRIVED.value),
        patient_id=patient_id,
        joined_at__gt=clock.now() - LONGEST_WAIT,
    )


def choose_site(service: Service, jurisdiction: str) -> UUID:
    """The site whose line a person in that place joins now: the shortest one that is open.

    Raises:
        LineClosedError: nobody is on duty.
        NobodyLicensedThereError: nobody on duty may treat people in that place.
        LineFullError: the line is too long for an honest promise.
    """
    now = clock.now()
    offering = list_offering_ids(service)
    sites = set(_list_open(_keep_licensed(offering, service, jurisdiction, now), service, now).values())
    if not sites:
        raise errors.NobodyLicensedThereError if list_open_sites(service) else errors.LineClosedError
    ahead, site_id = min((len(list_waiting(service.pk, site_id)), site_id) for site_id in sites)
    if ahead >= MOST_WAITING or not estimate_for(service, jurisdiction, ahead).is_known:
        raise errors.LineFullError
    return site_id


def _list_on_duty(service: Service, jurisdiction: str, now: datetime) -> list[UUID]:
    """Practitioners of the service whose hours are open at this moment, licensed where the person is."""
    return list(
        _list_open(_keep_licensed(list_offering_ids(service), service, jurisdiction, now), service, now)
    )


def _keep_licensed(candidates: list[UUID], service: Service, jurisdiction: str, now: datetime) -> list[UUID]:
    if not service.needs_licence:
        return candidates
    return list(get_licence_periods(candidates, jurisdiction, (now.date(), now.date())))


def _list_open(candidates: list[UUID], service: Service, now: datetime) -> dict[UUID, UUID]:
    """Those whose hours are open at this moment, each with the site where they are."""
    calendars = load_calendars(candidates, service, now, now + timedelta(minutes=1))
    found = {one.practitioner_id: find_open_site(one, int(now.timestamp())) for one in calendars}
    return {practitioner_id: site_id for practitioner_id, site_id in found.items() if site_id is not None}


def _list_past_minutes(service: Service) -> list[float]:
    """How long the latest walk-in visits of the service took, from their start to the note that they took place."""
    done = AppointmentChange.objects.filter(
        appointment__service=service,
        appointment__is_walk_in=True,
        action=Action.FULFIL,
        created_at__gt=clock.now() - timedelta(days=PAST_DAYS),
    ).order_by("-created_at")[:PAST_VISITS]
    return [
        (created_at - starts_at).total_seconds() / 60
        for created_at, starts_at in done.values_list("created_at", "appointment__starts_at")
    ]
