"""A patient's own appointments: list, one, move, cancel, confirm, calendar file. By sign-in or by a message's link."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.policy import HearthlineRequest, patient_page, public
from hearthline.scheduling import errors
from hearthline.scheduling.access import appointments_for, get_appointment_for, may_change_appointment
from hearthline.scheduling.calendars import build_calendar
from hearthline.scheduling.free_times import Wanted, list_free_times, read_choice, read_day, read_id
from hearthline.scheduling.models import Appointment, AppointmentChange, Reason
from hearthline.scheduling.rules.states import Status
from hearthline.scheduling.services import cancel_appointment, confirm_attendance, move_appointment
from hearthline.scheduling.services.links import find_appointment_by_token
from hearthline.scheduling.wording import requirement_words
from hearthline.tenancy.models import Organization

PAGE_LENGTH = 20
PATIENT_REASONS = (
    Reason.BETTER,
    Reason.TIME,
    Reason.ELSEWHERE,
    Reason.TECHNOLOGY,
    Reason.COST,
    Reason.MISTAKE,
    Reason.OTHER,
)
Door = AppointmentChange.Door


class CancelForm(forms.Form):
    """Why the visit is cancelled."""

    reason_code = forms.ChoiceField(
        label=_("Why do you want to cancel?"),
        choices=[(reason.value, reason.label) for reason in PATIENT_REASONS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason. It helps us; it does not count against you.")},
    )


@dataclass(frozen=True)
class Desk:
    """One request about one appointment: who asks, by which door, and how its pages are addressed."""

    request: HttpRequest
    actor: Actor
    appointment: Appointment
    door: AppointmentChange.Door
    base: str

    @property
    def is_by_link(self) -> bool:
        """Whether the person came by a message's link and is not signed in: then less is shown."""
        return self.door == Door.LINK

    @property
    def is_open(self) -> bool:
        """Whether the patient may still move or cancel."""
        return self.appointment.status == Status.BOOKED and self.appointment.starts_at > clock.now()

    def show(self, template: str, *, status: int = 200, **more: Any) -> HttpResponse:
        """Render a page of the appointment."""
        context = {"desk": self, "appointment": self.appointment, "base": self.base, **more}
        response = render(self.request, f"scheduling/care/{template}.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response


@patient_page
@require_http_methods(["GET"])
def index(request: HearthlineRequest) -> HttpResponse:
    """What is to come, soonest first, or what was."""
    is_past = request.GET.get("show") == "past"
    rows = appointments_for(request.actor).select_related("practitioner", "service", "site", "patient")
    now = clock.now()
    rows = (
        rows.filter(ends_at__lte=now).order_by("-starts_at", "id")
        if is_past
        else rows.filter(ends_at__gt=now).order_by("starts_at", "id")
    )
    page = Paginator(rows, PAGE_LENGTH).get_page(request.GET.get("page"))
    record(request.actor, "appointments.read", ("scheduling.appointment", "list"))
    return render(request, "scheduling/care/list.html", {"page_obj": page, "is_past": is_past})


def get_own_desk(request: HearthlineRequest, appointment_id: UUID) -> Desk:
    """The desk of someone signed in.

    Raises:
        Http404: the appointment is not theirs.
    """
    appointment = get_appointment_for(request.actor, appointment_id)
    if request.method == "POST" and not may_change_appointment(request.actor, appointment):
        raise Http404
    base = reverse("scheduling:appointment", args=[appointment.pk])
    return Desk(request, request.actor, appointment, Door.PATIENT, base)


def get_link_desk(request: HttpRequest, token: str, slug: str) -> Desk:
    """The desk of someone with a message's link.

    Raises:
        Http404: the link is unknown, used up or of an appointment long past.
    """
    appointment = find_appointment_by_token(token)
    if appointment is None:
        raise Http404
    organization: Organization = request.organization  # type: ignore[attr-defined]
    actor = Actor(organization_id=organization.pk, user_id=None, kind="link", name="link in a message")
    return Desk(request, actor, appointment, Door.LINK, reverse("scheduling:link", args=[slug, token]))


def show_one(desk: Desk) -> HttpResponse:
    """One appointment with what can be done."""
    record(desk.actor, "appointment.read", desk.appointment, patient_id=desk.appointment.patient_id)
    return show_detail(desk)


def show_detail(desk: Desk, **more: Any) -> HttpResponse:
    """The page of one appointment; by a message's link without what has to be there."""
    rows = [] if desk.is_by_link else desk.appointment.requirements.all()
    return desk.show("detail", requirements=[requirement_words(row) for row in rows], **more)


def change_time(desk: Desk) -> HttpResponse:
    """Choose another time; the press of one moves the visit there."""
    request, appointment = desk.request, desk.appointment
    error = ""
    if request.method == "POST":
        try:
            practitioner_id, starts_at = read_choice(request.POST.get("slot", ""))
            move_appointment(
                desk.actor,
                appointment=appointment,
                practitioner_id=practitioner_id,
                starts_at=starts_at,
                door=desk.door,
            )
            return HttpResponseRedirect(desk.base, status=303)
        except ValidationError:
            error = str(_("Choose one of the times below."))
        except errors.SchedulingError as failure:
            error = str(failure)
    elif not desk.is_open:
        return HttpResponseRedirect(desk.base, status=303)
    wished = read_id(request.GET.get("practitioner"))
    wanted = Wanted(
        service=appointment.service,
        jurisdiction=appointment.location_jurisdiction,
        zone=appointment.patient_zone,
        first_day=read_day(request.GET.get("from")),
        practitioner_id=wished,
        ignoring=appointment.pk,
    )
    return desk.show(
        "move",
        status=422 if error else 200,
        free=list_free_times(wanted),
        practitioner_id=wished,
        is_later=wanted.first_day is not None,
        error=error,
    )


def cancel(desk: Desk) -> HttpResponse:
    """Ask why, and cancel."""
    request = desk.request
    form = CancelForm(request.POST if request.method == "POST" else None)
    error = ""
    if form.is_bound and form.is_valid():
        try:
            cancel_appointment(
                desk.actor,
                appointment=desk.appointment,
                reason_code=form.cleaned_data["reason_code"],
                door=desk.door,
            )
            return HttpResponseRedirect(desk.base, status=303)
        except errors.SchedulingError as failure:
            error = str(failure)
    elif not form.is_bound and not desk.is_open:
        return HttpResponseRedirect(desk.base, status=303)
    return desk.show("cancel", status=422 if form.is_bound else 200, form=form, error=error)


def confirm(desk: Desk) -> HttpResponse:
    """Note that the patient will come."""
    try:
        confirm_attendance(desk.actor, appointment=desk.appointment, door=desk.door)
    except errors.SchedulingError as failure:
        return show_detail(desk, status=422, error=str(failure))
    return HttpResponseRedirect(desk.base, status=303)


def calendar_file(desk: Desk) -> HttpResponse:
    """The appointment for the person's own calendar."""
    text = build_calendar(desk.appointment, language=get_language() or "en")
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="visit.ics"'
    response["Cache-Control"] = "no-store"
    return response


@patient_page
@require_http_methods(["GET"])
def booked(request: HearthlineRequest, appointment_id: UUID) -> HttpResponse:
    """The last page of a booking: when, with whom, what to prepare, what to do when it does not work."""
    return get_own_desk(request, appointment_id).show("booked")


@patient_page
@require_http_methods(["GET"])
def detail(request: HearthlineRequest, appointment_id: UUID) -> HttpResponse:
    """One appointment of the person signed in."""
    return show_one(get_own_desk(request, appointment_id))


@patient_page
@never_cache
@require_http_methods(["GET", "POST"])
def move_own(request: HearthlineRequest, appointment_id: UUID) -> HttpResponse:
    """Move an appointment of the person signed in."""
    return change_time(get_own_desk(request, appointment_id))


@patient_page
@require_http_methods(["GET", "POST"])
def cancel_own(request: HearthlineRequest, appointment_id: UUID) -> HttpResponse:
    """Cancel an appointment of the person signed in."""
    return cancel(get_own_desk(request, appointment_id))


@patient_page
@require_POST
def confirm_own(request: HearthlineRequest, appointment_id: UUID) -> HttpResponse:
    """Confirm an appointment of the person signed in."""
    return confirm(get_own_desk(request, appointment_id))


@patient_page
@require_http_methods(["GET"])
def calendar_own(request: HearthlineRequest, appointment_id: UUID) -> HttpResponse:
    """The calendar file of an appointment of the person signed in."""
    return calendar_file(get_own_desk(request, appointment_id))


@public
@require_http_methods(["GET"])
def link_detail(request: HttpRequest, organization_slug: str, token: str) -> HttpResponse:
    """What a message's link opens. Opening changes nothing: programs that preview links open them too."""
    return show_one(get_link_desk(request, token, organization_slug))


@public
@never_cache
@require_http_methods(["GET", "POST"])
def link_move(request: HttpRequest, organization_slug: str, token: str) -> HttpResponse:
    """Move by a message's link."""
    return change_time(get_link_desk(request, token, organization_slug))


@public
@require_http_methods(["GET", "POST"])
def link_cancel(request: HttpRequest, organization_slug: str, token: str) -> HttpResponse:
    """Cancel by a message's link."""
    return cancel(get_link_desk(request, token, organization_slug))


@public
@require_POST
def link_confirm(request: HttpRequest, organization_slug: str, token: str) -> HttpResponse:
    """Confirm by a message's link."""
    return confirm(get_link_desk(request, token, organization_slug))


@public
@require_http_methods(["GET"])
def link_calendar(request: HttpRequest, organization_slug: str, token: str) -> HttpResponse:
    """The calendar file by a message's link."""
    return calendar_file(get_link_desk(request, token, organization_slug))
