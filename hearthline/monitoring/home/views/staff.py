"""The care team: what is asked of a patient, goals, devices and what lets them in; and values that are nobody's."""

import json
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.audit.services import record
from hearthline.charting.access import get_charted_patient_for
from hearthline.directory.access import patients_for, today_in
from hearthline.directory.views.shared import accepts, form_page, posted, see_other
from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.identity.views.second_factor import picture_of
from hearthline.monitoring.episodes.models import PlannedMeasurement
from hearthline.monitoring.episodes.services import ask_for, stop_asking
from hearthline.monitoring.home import staff_forms, unclaimed
from hearthline.monitoring.home.models import Goal, UnclaimedReading
from hearthline.monitoring.home.services import planning
from hearthline.monitoring.home.staff_queries import plan_of, unclaimed_measurements
from hearthline.monitoring.home.words import outcome_sentence
from hearthline.monitoring.readings import credentials, devices
from hearthline.monitoring.readings.models import Device, DeviceAssignment, DeviceCredential, MonitoredPatient
from hearthline.monitoring.readings.pipeline.types import Outcome

PAGE_SIZE = 25
STAFF = {"audience": "staff"}


def _monitored(request: HearthlineRequest, patient_id: UUID) -> MonitoredPatient:
    patient = get_charted_patient_for(request.actor, patient_id)
    found = MonitoredPatient.objects.filter(patient=patient).select_related("patient").first()
    if found is None:
        raise Http404
    return found


def _back(patient_id: UUID) -> HttpResponse:
    return see_other(reverse("home:plan", args=[patient_id]))


@require_http_methods(["GET", "POST"])
@clinical()
def plan(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show what is asked of a patient, goals and devices; a POST starts monitoring."""
    patient = get_charted_patient_for(request.actor, patient_id)
    if request.method == "POST":
        devices.start_monitoring(actor=request.actor, patient=patient)
        return _back(patient_id)
    monitored = MonitoredPatient.objects.filter(patient=patient).first()
    if monitored is not None:
        record(request.actor, "monitoring-plan.read", monitored, patient_id=patient_id)
    context = {
        **STAFF,
        "patient": patient,
        "plan": plan_of(monitored) if monitored else None,
        "zone": patient.zone,
    }
    return render(request, "home/staff/plan.html", context)


@require_http_methods(["GET", "POST"])
@clinical()
def add_task(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Ask for a measurement."""
    monitored = _monitored(request, patient_id)
    actor, today = request.actor, today_in(request.actor.organization_id)
    form = staff_forms.AskForm(posted(request))
    if form.is_bound and accepts(
        form, lambda: ask_for(actor=actor, monitored=monitored, planned=form.planned(today))
    ):
        return _back(patient_id)
    return _form(request, form, monitored, _("Ask for a measurement"))


@require_http_methods(["GET", "POST"])
@clinical()
def add_goal(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Set a goal."""
    monitored = _monitored(request, patient_id)
    form = staff_forms.GoalForm(posted(request))
    if form.is_bound and accepts(
        form, lambda: planning.set_goal(actor=request.actor, monitored=monitored, **form.cleaned_data)
    ):
        return _back(patient_id)
    return _form(request, form, monitored, _("Set a goal"))


def _form(request: HearthlineRequest, form: Any, monitored: MonitoredPatient, heading: str) -> HttpResponse:
    back = reverse("home:plan", args=[monitored.patient_id])
    return form_page(request, form, **STAFF, heading=heading, patient=monitored.patient, back=back)


@require_POST
@clinical()
def end_plan(request: HearthlineRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Ask for a measurement no longer, or end a goal."""
    monitored = _monitored(request, patient_id)
    row = PlannedMeasurement.objects.filter(monitored=monitored, pk=plan_id, ends_on=None).first()
    goal = Goal.objects.filter(monitored=monitored, pk=plan_id, ended_at__isnull=True).first()
    if row is not None:
        stop_asking(actor=request.actor, monitored=monitored, row=row)
    elif goal is not None:
        planning.end_goal(actor=request.actor, monitored=monitored, goal=goal)
    else:
        raise Http404
    return _back(patient_id)


@require_http_methods(["GET", "POST"])
@clinical()
def assign(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Give a patient a device from a day on."""
    monitored = _monitored(request, patient_id)
    actor, zone = request.actor, monitored.patient.zone
    form = staff_forms.AssignForm(
        posted(request),
        devices=staff_forms.free_devices(actor.organization_id),
        zone=zone,
        initial={"starts_on": clock.now().astimezone(ZoneInfo(zone)).date()},
    )

    @transaction.atomic  # a refused assignment leaves no new device behind
    def give() -> None:
        values = form.cleaned_data
        device = values["device"] or devices.add_device(
            actor=actor,
            kind=values["kind"] or Device.Kind.OTHER,
            name=values["name"],
            model=values["model"],
            identifier=values["identifier"],
        )
        devices.assign_device(
            actor=actor,
            device=device,
            monitored=monitored,
            starts_at=form.starts_at,
            ends_at=form.ends_at,
            user_index=form.slot,
        )

    if form.is_bound and accepts(form, give):
        messages.success(request, _("The device is given out."))
        return _back(patient_id)
    return _form(request, form, monitored, _("Give a device"))


def _assignment(request: HearthlineRequest, patient_id: UUID, assignment_id: UUID) -> DeviceAssignment:
    monitored = _monitored(request, patient_id)
    found = DeviceAssignment.objects.filter(monitored=monitored, pk=assignment_id)
    one = found.select_related("device", "monitored").first()
    if one is None:
        raise Http404
    return one


@require_http_methods(["GET", "POST"])
@clinical()
def end_assignment(request: HearthlineRequest, patient_id: UUID, assignment_id: UUID) -> HttpResponse:
    """End a device's time with a patient now."""
    assignment = _assignment(request, patient_id, assignment_id)
    form = staff_forms.EndForm(posted(request))
    if form.is_bound and form.is_valid():
        devices.end_assignment(actor=request.actor, assignment=assignment, **form.cleaned_data)
        messages.success(request, _("What it measures from now on is not this patient's."))
        return _back(patient_id)
    return _form(request, form, assignment.monitored, _("End the device's time with this patient"))


@require_http_methods(["GET", "POST"])
@clinical()
def credential(request: HearthlineRequest, patient_id: UUID, assignment_id: UUID) -> HttpResponse:
    """Make what a device is let in with; it is shown on this answer and never again."""
    assignment = _assignment(request, patient_id, assignment_id)
    form = staff_forms.CredentialForm(posted(request))
    if not (form.is_bound and form.is_valid()):
        return _form(request, form, assignment.monitored, _("Let the device in"))
    made, secret = credentials.issue_token(
        actor=request.actor, device=assignment.device, name=form.cleaned_data["name"], doors=form.doors
    )
    server = request.build_absolute_uri("/").rstrip("/")
    is_uploader = form.cleaned_data["purpose"] == "uploader"
    scheme, _separator, host = server.partition("://")
    # An uploader takes address and secret as one; everything else reads the two by name.
    text = (
        f"{scheme}://{secret}@{host}/api/v1/"
        if is_uploader
        else json.dumps({"server": server, "token": secret})
    )
    context = {
        **STAFF,
        "patient": assignment.monitored.patient,
        "device": assignment.device,
        "credential": made,
        "secret": secret,
        "server": server,
        "picture": picture_of(text),
    }
    response = render(request, "home/staff/secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@clinical()
def revoke(
    request: HearthlineRequest, patient_id: UUID, assignment_id: UUID, credential_id: UUID
) -> HttpResponse:
    """Let nothing in by a credential any more."""
    assignment = _assignment(request, patient_id, assignment_id)
    found = DeviceCredential.objects.filter(
        device=assignment.device, pk=credential_id, revoked_at__isnull=True
    ).first()
    if found is None:
        raise Http404
    credentials.revoke_credential(actor=request.actor, credential=found, reason="by hand")
    return _back(patient_id)


@require_GET
@clinical()
def whose(request: HearthlineRequest) -> HttpResponse:
    """List measurements of devices that were nobody's."""
    page = Paginator(unclaimed_measurements(request.actor), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "home/staff/whose.html", {**STAFF, "page": page})


@require_http_methods(["GET", "POST"])
@clinical()
def settle(request: HearthlineRequest, unclaimed_id: UUID) -> HttpResponse:
    """Say whose a measurement is, or that it is nobody's of ours."""
    one = UnclaimedReading.objects.filter(
        organization_id=request.actor.organization_id, pk=unclaimed_id, settled=""
    ).first()
    if one is None:
        raise Http404
    people = (
        MonitoredPatient.objects.filter(patient__in=patients_for(request.actor))
        .select_related("patient")
        .order_by("patient__family_name", "patient__given_names", "id")
    )
    if request.POST.get("what") == "drop":
        unclaimed.drop(actor=request.actor, one=one)
        return see_other(reverse("home:whose"))
    form = staff_forms.WhoseForm(posted(request), people=people)
    if form.is_bound and form.is_valid():
        outcome = unclaimed.give_to(actor=request.actor, one=one, monitored=form.cleaned_data["monitored"])
        level = messages.SUCCESS if outcome is Outcome.ACCEPTED else messages.WARNING
        messages.add_message(request, level, outcome_sentence(outcome))
        return see_other(reverse("home:whose"))
    shown = unclaimed_measurements(request.actor, only=one)[0]
    status = 422 if form.errors else 200
    return render(request, "home/staff/settle.html", {**STAFF, "form": form, "shown": shown}, status=status)
