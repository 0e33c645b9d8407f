"""The patient's own plots, drawn on the server: they work without script."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hearthline.audit import services as audit
from hearthline.charting.access import get_own_record_for
from hearthline.directory.models import Patient
from hearthline.identity.policy import HearthlineRequest, patient_page
from hearthline.monitoring.plots.blood_pressure import PROTOCOLS
from hearthline.monitoring.plots.reports.glucose import glucose_report
from hearthline.monitoring.plots.reports.overview import own_overview_of
from hearthline.monitoring.plots.reports.pressure import pressure_report
from hearthline.monitoring.plots.reports.series import PLOTTED_BY_CODE, series_report
from hearthline.monitoring.plots.views.choices import targets_of, unit_of


def _read(request: HearthlineRequest, patient_id: UUID | None, what: str) -> Patient:
    patient = get_own_record_for(request.actor, patient_id)
    audit.record(request.actor, f"{what}.read", ("readings", what), patient_id=patient.id)
    return patient


def _page(
    request: HearthlineRequest, template: str, patient: Patient, report: dict[str, Any]
) -> HttpResponse:
    context = {"audience": "patient", "patient": patient, "zone": patient.zone, "report": report}
    return render(request, template, context)


@require_GET
@patient_page
def charts(request: HearthlineRequest, patient_id: UUID | None = None) -> HttpResponse:
    """Show what is measured: each kind with its newest value and a way to its picture."""
    patient = _read(request, patient_id, "own-charts")
    context = own_overview_of(patient, unit_of(request))
    return render(request, "plots/own.html", {"audience": "patient", "patient": patient, **context})


@require_GET
@patient_page
def glucose(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show two weeks of glucose."""
    patient = _read(request, patient_id, "own-glucose")
    report = glucose_report(patient, targets_of(request), unit_of(request))
    return _page(request, "plots/own_glucose.html", patient, report)


@require_GET
@patient_page
def glucose_days(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show two weeks of glucose, each day by itself."""
    patient = _read(request, patient_id, "own-glucose-days")
    report = glucose_report(patient, targets_of(request), unit_of(request))
    return _page(request, "plots/own_days.html", patient, report)


@require_GET
@patient_page
def pressure(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show a month of blood pressure."""
    patient = _read(request, patient_id, "own-pressure")
    report = pressure_report(patient, PROTOCOLS[0])
    return _page(request, "plots/own_pressure.html", patient, report)


@require_GET
@patient_page
def series(request: HearthlineRequest, patient_id: UUID, plotted: str) -> HttpResponse:
    """Show a month of weight, oxygen, pulse or temperature."""
    patient = _read(request, patient_id, f"own-{plotted}")
    report = series_report(patient, PLOTTED_BY_CODE[plotted], with_levels=False)
    return _page(request, "plots/own_series.html", patient, report)
