"""The staff's schedule: a day or a week, one appointment with its history, and what is done with it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hearthline.audit.services import record
from hearthline.directory.access import practitioner_of
from hearthline.directory.models import AccessNeed, Practitioner
from hearthline.directory.places import jurisdiction_name
from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.scheduling import errors, services
from hearthline.scheduling.access import SCHEDULE_ROLES, appointments_for, get_appointment_for
from hearthline.scheduling.free_times import Wanted, list_free_times, read_choice, read_day, read_id
from hearthline.scheduling.models import Appointment
from hearthline.scheduling.rules import states
from hearthline.scheduling.rules.states import Action, Status
from hearthline.scheduling.rules.times import get_instant
from hearthline.scheduling.services import requirements
from hearthline.scheduling.staff_forms import CANCEL_REASONS, NOSHOW_REASONS, ReasonForm
from hearthline.scheduling.wording import requirement_words
from hearthline.tenancy.models import Site

MAXIMUM_ROWS = 400
WEEK_DAYS = 7
SIMPLE_ACTIONS = {
    Action.ARRIVE: services.mark_arrived,
    Action.UNDO_ARRIVE: services.undo_arrived,
    Action.UNDO_NOSHOW: services.undo_noshow,
    Action.CONFIRM: services.confirm_attendance,
}


@dataclass(frozen=True)
class Day:
    """One day of the schedule: what was, the line of now, what comes."""

    date: date
    before: list[Appointment]
    after: list[Appointment]
    is_today: bool


@requires(*SCHEDULE_ROLES)
@require_http_methods(["GET"])
def schedule(request: HearthlineRequest) -> HttpResponse:
    """A day or a week of a practitioner, a site, or everyone, in the site's zone."""
    practitioner_id, site = _read_filter(request)
    zone_name = site.zone if site else request.organization.zone  # type: ignore[attr-defined]
    zone = ZoneInfo(zone_name)
    today = clock.now().astimezone(zone).date()
    is_week = request.GET.get("view") == "week"
    first = read_day(request.GET.get("date")) or today
    if not date.min + timedelta(days=WEEK_DAYS) < first < date.max - timedelta(days=2 * WEEK_DAYS):
        first = today
    first -= timedelta(days=first.weekday() if is_week else 0)
    length = WEEK_DAYS if is_week else 1
    rows = _find_rows(request, practitioner_id, site, (first, first + timedelta(days=length)), zone)
    days = [_make_day(first + timedelta(days=number), rows, today, zone) for number in range(length)]
    record(request.actor, "schedule.read", ("scheduling.schedule", first.isoformat()))
    context = {
        "audience": "staff",
        "days": days,
        "zone": zone_name,
        "now": clock.now(),
        "is_week": is_week,
        "first": first,
        "earlier": first - timedelta(days=length),
        "later": first + timedelta(days=length),
        "today": today,
        "practitioners": Practitioner.objects.filter(is_active=True),
        "sites": Site.objects.filter(is_active=True),
        "practitioner_id": practitioner_id,
        "site": site,
        "is_cut": len(rows) == MAXIMUM_ROWS,
    }
    return render(request, "scheduling/staff/schedule.html", context)


def _read_filter(request: HearthlineRequest) -> tuple[UUID | None, Site | None]:
    """Whose schedule: as asked for; a clinician's own when nothing was asked."""
    practitioner_id = read_id(request.GET.get("practitioner"))
    if "practitioner" not in request.GET:
        own = practitioner_of(request.actor)
        practitioner_id = own.pk if own else None
    return practitioner_id, Site.objects.filter(pk__in=[read_id(request.GET.get("site"))]).first()


def _find_rows(
    request: HearthlineRequest,
    practitioner_id: UUID | None,
    site: Site | None,
    days: tuple[date, date],
    zone: ZoneInfo,
) -> list[Appointment]:
    start, end = (get_instant(day, time(), zone) for day in days)
    rows = appointments_for(request.actor).filter(starts_at__gte=start, starts_at__lt=end)
    if practitioner_id is not None:
        rows = rows.filter(practitioner_id=practitioner_id)
    if site is not None:
        rows = rows.filter(site=site)
    rows = rows.select_related("patient", "practitioner", "service", "site")
    rows = rows.prefetch_related("requirements").order_by("starts_at", "id")
    return list(rows[:MAXIMUM_ROWS])


def _make_day(day: date, rows: list[Appointment], today: date, zone: ZoneInfo) -> Day:
    now = clock.now()
    mine = [row for row in rows if row.starts_at.astimezone(zone).date() == day]
    before = [row for row in mine if row.starts_at <= now]
    return Day(day, before, [row for row in mine if row.starts_at > now], day == today)


@requires(*SCHEDULE_ROLES)
@require_http_methods(["GET"])
def detail(request: HearthlineRequest, appointment_id: UUID) -> HttpResponse:
    """One appointment: what is known, what happened, what can be done."""
    return _show(request, get_appointment_for(request.actor, appointment_id))


def _show(request: HearthlineRequest, appointment: Appointment, *, error: str = "") -> HttpResponse:
    record(request.actor, "appointment.read", appointment, patient_id=appointment.patient_id)
    is_begun = appointment.starts_at <= clock.now()
    actions = states.list_actions(appointment.status)
    simple = {Action.ARRIVE: _("Arrived"), Action.UNDO_ARRIVE: _("Not there after all")}
    simple |= {Action.UNDO_NOSHOW: _("Came after all"), Action.CONFIRM: _("Said they will come")}
    context = {
        "audience": "staff",
        "appointment": appointment,
        "changes": appointment.changes.select_related("changed_by")[:100],
        "error": error,
        "jurisdiction": jurisdiction_name(appointment.location_jurisdiction),
        "requirements": [(row, requirement_words(row)) for row in appointment.requirements.all()],
        "may_change_needs": appointment.status in requirements.OPEN,
        "access_needs": [AccessNeed.Kind(one).label for one in appointment.access_needs],
        "simple_actions": [
            (action.value, simple[action])
            for action in sorted(actions, key=lambda one: one != Action.ARRIVE)
            if action in simple and not (action == Action.CONFIRM and appointment.confirmed_at)
        ],
        "may_move": Action.MOVE in actions and not is_begun,
        "may_cancel": Action.CANCEL in actions,
        "may_miss": Action.NOSHOW in actions and is_begun,
        "follow_up_url": f"{reverse('scheduling:staff_book')}?follows={appointment.pk}",
    }
    status = 422 if error else 200
    return render(request, "scheduling/staff/appointment.html", context, status=status)


def go_to(appointment: Appointment) -> HttpResponse:
    """Lead to an appointment's page."""
    return HttpResponseRedirect(reverse("scheduling:staff_appointment", args=[appointment.pk]), status=303)


@requires(*SCHEDULE_ROLES)
@require_POST
def act(request: HearthlineRequest, appointment_id: UUID, action: str) -> HttpResponse:
    """Do what one press does: arrived, not there after all, confirmed."""
    appointment = get_appointment_for(request.actor, appointment_id)
    known = {one.value: function for one, function in SIMPLE_ACTIONS.items()}
    if action not in known:
        raise Http404
    try:
        known[action](request.actor, appointment=appointment)
    except errors.SchedulingError as failure:
        return _show(request, appointment, error=str(failure))
    return go_to(appointment)


@requires(*SCHEDULE_ROLES)
@require_http_methods(["GET", "POST"])
def cancel(request: HearthlineRequest, appointment_id: UUID) -> HttpResponse:
    """Cancel with a reason."""
    appointment = get_appointment_for(request.actor, appointment_id)
    return _ask_reason(request, appointment, is_cancel=True)


@requires(*SCHEDULE_ROLES)
@require_http_methods(["GET", "POST"])
def noshow(request: HearthlineRequest, appointment_id: UUID) -> HttpResponse:
    """Note that the patient did not come, with the reason as far as known."""
    appointment = get_appointment_for(request.actor, appointment_id)
    return _ask_reason(request, appointment, is_cancel=False)


def _ask_reason(request: HearthlineRequest, appointment: Appointment, *, is_cancel: bool) -> HttpResponse:
    form = ReasonForm(
        request.POST if request.method == "POST" else None,
        reasons=CANCEL_REASONS if is_cancel else NOSHOW_REASONS,
    )
    error = ""
    if form.is_bound and form.is_valid():
        change = services.cancel_appointment if is_cancel else services.mark_noshow
        try:
            change(request.actor, appointment=appointment, reason_code=form.cleaned_data["reason_code"])
            return go_to(appointment)
        except errors.SchedulingError as failure:
            error = str(failure)
    context = {
        "audience": "staff",
        "appointment": appointment,
        "form": form,
        "is_cancel": is_cancel,
        "error": error,
    }
    return render(request, "scheduling/staff/reason.html", context, status=422 if form.is_bound else 200)


@requires(*SCHEDULE_ROLES)
@require_http_methods(["GET", "POST"])
def move(request: HearthlineRequest, appointment_id: UUID) -> HttpResponse:
    """Move to another time or colleague."""
    appointment = get_appointment_for(request.actor, appointment_id)
    error = ""
    if request.method == "POST":
        try:
            practitioner_id, starts_at = read_choice(request.POST.get("slot", ""))
            services.move_appointment(
                request.actor, appointment=appointment, practitioner_id=practitioner_id, starts_at=starts_at
            )
            return go_to(appointment)
        except ValidationError:
            error = _("Choose one of the times below.")
        except errors.SchedulingError as failure:
            error = str(failure)
    elif appointment.status not in (Status.BOOKED, Status.PROPOSED):
        return go_to(appointment)
    context = {"appointment": appointment, **get_times_context(request, appointment), "error": error}
    return render(request, "scheduling/staff/move.html", context, status=422 if error else 200)


def get_times_context(request: HearthlineRequest, appointment: Appointment) -> dict[str, Any]:
    """The free times for moving an appointment, in its clinician's zone."""
    wished = read_id(request.GET.get("practitioner"))
    first_day = read_day(request.GET.get("from"))
    free = list_free_times(
        Wanted(
            service=appointment.service,
            jurisdiction=appointment.location_jurisdiction,
            zone=appointment.practitioner_zone,
            first_day=first_day,
            practitioner_id=wished,
            ignoring=appointment.pk,
            is_staff=True,
        )
    )
    return {
        "audience": "staff",
        "free": free,
        "practitioner_id": wished,
        "is_later": first_day is not None,
        "patient_zone": appointment.patient_zone,
    }


def day_after(moment: datetime, weeks: int) -> date:
    """The day so many weeks after a moment, in UTC."""
    return moment.date() + timedelta(weeks=weeks)
