"""A place in the line of people without an appointment, and how long the wait may be."""

from datetime import datetime, timedelta
from uuid import UUID

from hearthline.foundation import clock
from hearthline.scheduling.models import Appointment, AppointmentChange, Service, WalkInEntry
from hearthline.scheduling.queries import get_licence_periods, list_offering_ids, load_calendars
from hearthline.scheduling.rules.queue import Estimate, Waiting, count_ahead, estimate_wait
from hearthline.scheduling.rules.slots import Calendar, list_open_time
from hearthline.scheduling.rules.states import Action, Status

PAST_VISITS = 20
PAST_DAYS = 30
LOOK_AHEAD = timedelta(hours=2)
LONGEST_WAIT = timedelta(hours=18)
MAXIMUM_LINE = 500


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


def _list_on_duty(service: Service, jurisdiction: str, now: datetime) -> list[UUID]:
    """Practitioners of the service whose hours are open at this moment, licensed where the person is."""
    candidates = list_offering_ids(service)
    if service.needs_licence:
        candidates = list(get_licence_periods(candidates, jurisdiction, (now.date(), now.date())))
    calendars = load_calendars(candidates, service, now, now + timedelta(minutes=1))
    return [calendar.practitioner_id for calendar in calendars if _is_open(calendar, int(now.timestamp()))]


def _is_open(calendar: Calendar, second: int) -> bool:
    if any(start <= second < end for start, end in calendar.closed):
        return False
    for (site_id, _zone), windows in list_open_time(calendar, (second, second + 60)).items():
        closed = [interval for interval, site in calendar.closed_sites if site == site_id]
        is_closed = any(start <= second < end for start, end in closed)
        if not is_closed and any(start <= second < end for start, end in windows):
            return True
    return False


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
