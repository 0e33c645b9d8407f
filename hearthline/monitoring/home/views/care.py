"""What to do today, how it stands, past readings; typing a reading in and putting it right. Works without script."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hearthline.audit.services import record
from hearthline.directory.views.shared import form_page, posted, see_other
from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, patient_page
from hearthline.monitoring.home import forms, history, words
from hearthline.monitoring.home.access import get_monitored_for, monitored_for, require_monitored_for
from hearthline.monitoring.home.kinds import BY_KEY, KINDS
from hearthline.monitoring.home.queries import emergency_number_for, home_of, place_of
from hearthline.monitoring.home.services.typing_in import known_weight, type_in
from hearthline.monitoring.readings.corrections import MeasurementKey, correct_measurement, readings_of
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_NUMBER
from hearthline.monitoring.readings.models import MonitoredPatient
from hearthline.monitoring.readings.pipeline.types import Outcome

PAGE_SIZE = 30
PEOPLE_LIMIT = 20
NOT_KEPT = (Outcome.CONFLICT, Outcome.UNKNOWN_PERSON, Outcome.UNKNOWN_DEVICE)


def page_context(monitored: MonitoredPatient, **more: Any) -> dict[str, Any]:
    """Return what each of a person's pages shows."""
    patient = monitored.patient
    return {"audience": "patient", "patient": patient, "zone": patient.zone, **more}


@require_GET
@patient_page
def today(request: HearthlineRequest, patient_id: UUID | None = None) -> HttpResponse:
    """Show what to measure today, the last readings in words and pictures, goals and who else sees them."""
    monitored = get_monitored_for(request.actor, patient_id)
    if monitored is None:
        return render(request, "home/not_monitored.html", {"audience": "patient"})
    record(request.actor, "readings.read", monitored, patient_id=monitored.patient_id)
    people = [one.patient for one in monitored_for(request.actor)[:PEOPLE_LIMIT]]
    context = page_context(monitored, home=home_of(monitored), people=people)
    return render(request, "home/today.html", context)


@require_GET
@patient_page
def add(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Ask what was measured, and how it comes in: typed, from a device, from a file."""
    monitored = require_monitored_for(request.actor, patient_id)
    return render(
        request,
        "home/add.html",
        page_context(monitored, kinds=KINDS, has_vendor=bool(settings.WITHINGS_CLIENT_ID)),
    )


@require_http_methods(["GET", "POST"])
@patient_page
def type_reading(request: HearthlineRequest, patient_id: UUID, kind: str) -> HttpResponse:
    """Take a reading that is typed in; what is improbable is asked again, what cannot be is refused."""
    monitored = require_monitored_for(request.actor, patient_id)
    measured = BY_KEY[kind]
    form = forms.TypedForm(
        posted(request),
        kind=measured,
        jurisdiction=place_of(monitored.patient),
        known_weight=known_weight(monitored, clock.now()),
        zone=monitored.patient.zone,
    )
    if form.is_bound and form.is_valid():
        outcome = type_in(
            actor=request.actor, monitored=monitored, kind=measured, values=form.values, at=form.at
        )
        if outcome not in NOT_KEPT:
            messages.success(request, words.outcome_sentence(outcome))
            return see_other(reverse("home:today_of", args=[patient_id]))
        form.add_error(None, words.outcome_sentence(outcome))
    number = emergency_number_for(monitored.patient)
    context = page_context(monitored, kind=measured, emergency_number=number)
    return form_page(request, form, "home/type.html", **context)


@require_GET
@patient_page
def past(request: HearthlineRequest, patient_id: UUID, kind: str) -> HttpResponse:
    """Show past readings of one kind as a picture and a list."""
    monitored = require_monitored_for(request.actor, patient_id)
    record(request.actor, "readings.read", monitored, patient_id=patient_id, fields=[kind])
    measured = BY_KEY[kind]
    page = Paginator(history.lines_of(monitored, measured), PAGE_SIZE).get_page(request.GET.get("page"))
    drawings = history.drawings_of(monitored, measured)
    context = page_context(monitored, kind=measured, page=page, drawings=drawings)
    return render(request, "home/past.html", context)


def _key_of(device_number: int, observed_us: int) -> MeasurementKey:
    try:
        return MeasurementKey(device_number, datetime.fromtimestamp(observed_us / 1_000_000, UTC))
    except (OverflowError, ValueError, OSError):
        raise Http404 from None


@require_http_methods(["GET", "POST"])
@patient_page
def change(
    request: HearthlineRequest, patient_id: UUID, device_number: int, observed_us: int
) -> HttpResponse:
    """Put a measurement right: another number for what was typed in, or "this should not count" for any."""
    monitored = require_monitored_for(request.actor, patient_id)
    if device_number.bit_length() > 63:
        raise Http404
    key = _key_of(device_number, observed_us)
    readings = readings_of(monitored, key)
    if not readings:
        raise Http404
    codes = {BY_NUMBER[one.metric].code for one in readings}
    kind = forms.kind_of_metrics(codes, KINDS)
    is_typed = bool(readings[0].flags & Flag.MANUAL)
    is_withdrawal = request.POST.get("what") == "withdraw"
    values = {one.metric: one.value for one in readings}
    place = place_of(monitored.patient)
    correction = forms.CorrectionForm(
        posted(request) if is_typed and not is_withdrawal else None,
        kind=kind,
        jurisdiction=place,
        known_weight=None,
        initial=forms.canonical_initial(values, kind, place),
    )
    withdrawal = forms.WithdrawalForm(posted(request) if is_withdrawal or not is_typed else None)
    form = withdrawal if withdrawal.is_bound else correction
    if form.is_bound and form.is_valid():
        new = None if form is withdrawal else _by_number(correction.values)
        reason = form.cleaned_data["reason"]
        correct_measurement(actor=request.actor, monitored=monitored, key=key, values=new, reason=reason)
        messages.success(request, _("Thank you. The list is right now."))
        return see_other(reverse("home:past", args=[patient_id, kind.key]))
    context = page_context(
        monitored, kind=kind, at=readings[0].observed_at, is_typed=is_typed, withdrawal=withdrawal, form=form,
        correction=correction,
    )  # fmt: skip
    return render(request, "home/change.html", context, status=422 if form.errors else 200)


def _by_number(values: dict[str, float]) -> dict[int, float]:
    numbers = {metric.code: number for number, metric in BY_NUMBER.items()}
    return {numbers[code]: value for code, value in values.items()}
