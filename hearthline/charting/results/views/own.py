"""Results for the patient, or a caregiver who may see the record: in plain words, without delay."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hearthline.audit import services as audit
from hearthline.charting.results import queries, services
from hearthline.charting.results.access import get_own_report_for, own_reports_for
from hearthline.identity.policy import HearthlineRequest, patient_page

PAGE_SIZE = 15


@require_GET
@patient_page
def results(request: HearthlineRequest) -> HttpResponse:
    """List the results that are there to read, the newest first."""
    page = Paginator(own_reports_for(request.actor), PAGE_SIZE).get_page(request.GET.get("page"))
    for patient_id in {report.patient_id for report in page}:
        audit.record(request.actor, "results.read", ("results", patient_id), patient_id=patient_id)
    return render(request, "results/own_list.html", {"audience": "patient", "page": page})


@require_GET
@patient_page
def result(request: HearthlineRequest, report_id: UUID) -> HttpResponse:
    """Show one result as the laboratory sent it, with what its words mean."""
    report = get_own_report_for(request.actor, report_id)
    services.note_read_by_patient(actor=request.actor, report=report)
    shown = queries.page_of(report)
    context = {
        "audience": "patient",
        "report": report,
        "shown": shown,
        "patient": report.patient,
        "zone": report.patient.zone,
    }
    return render(request, "results/own_result.html", context)
