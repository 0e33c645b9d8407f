"""Plots of one patient, for the care team."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hearthline.audit import services as audit
from hearthline.charting.access import get_charted_patient_for, may_write_chart, require_chart_writer
from hearthline.directory.models import Patient
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.identity.roles import CLINICIAN_ROLES
from hearthline.monitoring.plots import services, sources
from hearthline.monitoring.plots.blood_pressure import PROTOCOLS
from hearthline.monitoring.plots.forms import DryWeightForm
from hearthline.monitoring.plots.glucose import Unit
from hearthline.monitoring.plots.reports.explore import DAYS_OFFERED, EXPLORED, explored_values
from hearthline.monitoring.plots.reports.glucose import glucose_report
from hearthline.monitoring.plots.reports.overview import overview_of
from hearthline.monitoring.plots.reports.pressure import pressure_report
from hearthline.monitoring.plots.reports.series import PLOTTED_BY_CODE, series_report
from hearthline.monitoring.plots.targets import TARGETS
from hearthline.monitoring.plots.views.choices import protocol_of, targets_of, unit_of


def _read(request: HearthlineRequest, patient_id: UUID, what: str) -> Patient:
    """Return a patient of the actor's, and record that this part of the record was read."""
    patient = get_charted_patient_for(request.actor, patient_id)
    audit.record(request.actor, f"{what}.read", ("readings", what), patient_id=patient.id)
    return patient


def _page(
    request: HearthlineRequest, template: str, patient: Patient, context: dict[str, Any]
) -> HttpResponse:
    measured = sources.newest_of(patient).keys()
    shared = {
        "audience": "staff",
        "patient": patient,
        "zone": patient.zone,
        "sections": measured,
        "first_explored": next((one.code for one in EXPLORED.values() if one.metrics[0] in measured), ""),
    }
    return render(request, template, shared | context)


@require_GET
@clinical()
def monitoring(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show everything that is measured at home, each with its newest value and its plot."""
    patient = _read(request, patient_id, "monitoring")
    context = overview_of(patient, targets_of(request), unit_of(request), protocol_of(request))
    may_write = may_write_chart(request.actor, patient)
    return _page(request, "plots/monitoring.html", patient, {**context, "may_write": may_write})


@require_GET
@clinical()
def glucose(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show the glucose report."""
    patient = _read(request, patient_id, "glucose-report")
    report = glucose_report(patient, targets_of(request), unit_of(request))
    context = {"report": report, "all_targets": TARGETS, "units": list(Unit)}
    return _page(request, "plots/glucose.html", patient, context)


@require_GET
@clinical()
def pressure(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show blood pressure: averages by protocol, the plot, the measurements."""
    patient = _read(request, patient_id, "pressure-report")
    report = pressure_report(patient, protocol_of(request))
    return _page(request, "plots/pressure.html", patient, {"report": report, "protocols": PROTOCOLS})


@require_GET
@clinical()
def series(request: HearthlineRequest, patient_id: UUID, plotted: str) -> HttpResponse:
    """Show weight, oxygen, pulse or temperature."""
    patient = _read(request, patient_id, f"{plotted}-report")
    may_write = may_write_chart(request.actor, patient)
    report = series_report(patient, PLOTTED_BY_CODE[plotted])
    return _page(request, "plots/series.html", patient, {"report": report, "may_write": may_write})


@require_GET
@clinical()
def explore(request: HearthlineRequest, patient_id: UUID, explored: str) -> HttpResponse:
    """Show every value of one kind, to look into closely: a plot that zooms, and the table behind it."""
    patient = _read(request, patient_id, f"{explored}-values")
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(one) for one in DAYS_OFFERED} else DAYS_OFFERED[-1]
    context = explored_values(patient, EXPLORED[explored], days, targets_of(request), unit_of(request))
    return _page(request, "plots/explore.html", patient, context)


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def dry_weight(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Set the dry weight from now on."""
    patient = get_charted_patient_for(request.actor, patient_id)
    require_chart_writer(request.actor, patient)
    form = DryWeightForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        services.set_dry_weight(
            actor=request.actor,
            patient=patient,
            kilograms=form.cleaned_data["kilograms"],
            reason=form.cleaned_data["reason"],
        )
        messages.success(request, _("The dry weight holds from now on."))
        return redirect("plots:series", patient.id, "weight")
    context = {
        "audience": "staff",
        "patient": patient,
        "form": form,
        "newest": sources.dry_weight_of(patient),
    }
    return render(request, "plots/dry_weight.html", context, status=422 if form.errors else 200)
