"""Booking for a patient: first what and where, then a time. From the chart or an earlier visit with presets."""

from datetime import date
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.scheduling import errors
from hearthline.scheduling.access import (
    SCHEDULE_ROLES,
    appointments_for,
    get_appointment_for,
    get_bookable_patient_for,
)
from hearthline.scheduling.free_times import (
    FreeTimes,
    Wanted,
    list_free_times,
    read_choice,
    read_day,
    read_id,
)
from hearthline.scheduling.models import Appointment
from hearthline.scheduling.models.appointments import KEY_LENGTH
from hearthline.scheduling.rules.requirements import OF_ACCESS_NEED
from hearthline.scheduling.services import book_appointment
from hearthline.scheduling.services.requirements import needs_of
from hearthline.scheduling.staff_forms import BookingForm
from hearthline.scheduling.views.schedule import day_after, go_to

MAXIMUM_WEEKS = 52


@requires(*SCHEDULE_ROLES)
@require_http_methods(["GET", "POST"])
def book(request: HearthlineRequest) -> HttpResponse:
    """Book for a patient (``?patient=``) or a follow-up of an appointment (``?follows=``, ``&weeks=``)."""
    follows = _get_former(request)
    patient_id = follows.patient_id if follows else read_id(request.GET.get("patient"))
    if patient_id is None:
        return render(request, "scheduling/staff/book_whom.html", {"audience": "staff"})
    patient = get_bookable_patient_for(request.actor, patient_id)
    if request.method == "POST":
        return _book(request, patient, follows)
    return _show(request, patient, follows)


def _get_former(request: HearthlineRequest) -> Appointment | None:
    """The appointment that is followed up, if the address names one."""
    former = read_id(request.GET.get("follows"))
    return get_appointment_for(request.actor, former) if former else None


def _book(request: HearthlineRequest, patient: Patient, follows: Appointment | None) -> HttpResponse:
    form = BookingForm(request.POST)
    if not form.is_valid():
        return _show(request, patient, follows, form=form)
    key = request.POST.get("key", "")
    try:
        practitioner_id, starts_at = read_choice(request.POST.get("slot", ""))
        if not key or len(key) > KEY_LENGTH - 10:
            raise ValidationError("key")
        booked = book_appointment(
            request.actor,
            patient=patient,
            practitioner_id=practitioner_id,
            starts_at=starts_at,
            idempotency_key=f"staff:{key}",
            follows=follows,
            wishes=form.wishes(patient, adds_record=True),
            **form.visit,
        )
    except ValidationError:
        return _show(request, patient, follows, form=form, error=_("Choose one of the times below."))
    except errors.SchedulingError as failure:
        return _show(request, patient, follows, form=form, error=str(failure))
    return go_to(booked)


def _show(
    request: HearthlineRequest,
    patient: Patient,
    follows: Appointment | None,
    *,
    form: BookingForm | None = None,
    error: str = "",
) -> HttpResponse:
    """The form, and below it the times once it says enough."""
    is_refused = form is not None
    first_day = read_day(request.GET.get("from")) or _get_wished_day(request)
    if form is None:
        has_answers = "service" in request.GET
        form = BookingForm(
            request.GET if has_answers else None, initial=_get_presets(request, patient, follows)
        )
    wished = read_id(request.GET.get("practitioner"))
    if follows is not None and "practitioner" not in request.GET:
        wished = follows.practitioner_id
    free: FreeTimes | None = None
    if form.is_bound and form.is_valid():
        free = list_free_times(
            Wanted(
                service=form.cleaned_data["service"],
                jurisdiction=form.cleaned_data["location_jurisdiction"],
                zone=request.organization.zone,  # type: ignore[attr-defined]
                first_day=first_day,
                practitioner_id=wished,
                is_staff=True,
            )
        )
    query = request.GET.copy()
    query.pop("from", None)
    context = {
        "audience": "staff",
        "patient": patient,
        "follows": follows,
        "form": form,
        "free": free,
        "practitioner_id": wished,
        "key": request.POST.get("key") or str(uuid4()),
        "error": error,
        "query": query.urlencode(),
        "patient_zone": patient.zone,
        "coming": _list_coming(request, patient),
    }
    return render(request, "scheduling/staff/book.html", context, status=422 if is_refused else 200)


def _get_wished_day(request: HearthlineRequest) -> date | None:
    """The day so many weeks from now, when the address asks for a follow-up in weeks."""
    weeks = request.GET.get("weeks", "")
    if weeks.isdecimal() and len(weeks) < 3 and int(weeks) <= MAXIMUM_WEEKS:
        return day_after(clock.now(), int(weeks))
    return None


def _get_presets(request: HearthlineRequest, patient: Patient, follows: Appointment | None) -> dict[str, Any]:
    others = sorted(needs_of(patient) & OF_ACCESS_NEED.keys())
    if follows is not None:
        return {
            "others": others,
            "service": follows.service_id,
            "mode": follows.mode,
            "location_jurisdiction": follows.location_jurisdiction,
            "location_place": follows.location_place,
        }
    organization = request.organization  # type: ignore[attr-defined]
    return {
        "others": others,
        "location_jurisdiction": patient.jurisdiction or organization.jurisdiction,
        "location_place": "home",
    }


def _list_coming(request: HearthlineRequest, patient: Patient) -> list[Appointment]:
    rows = appointments_for(request.actor).filter(patient=patient, ends_at__gt=clock.now())
    return list(rows.select_related("practitioner", "service")[:5])
