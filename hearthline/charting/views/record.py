"""What the patient (or a caregiver who may see the record) reads: summaries, lists, signed notes, documents."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_GET

from hearthline.audit import services as audit
from hearthline.charting import notes, queries
from hearthline.charting.access import (
    get_document_for,
    get_note_for,
    get_own_record_for,
    get_summary_for,
    notes_for,
    summaries_for,
)
from hearthline.charting.models import VisitSummary
from hearthline.charting.pdf import summary_pdf
from hearthline.foundation.blobs import open_blob
from hearthline.foundation.uploads import serve_as
from hearthline.identity.policy import HearthlineRequest, patient_page, signed_in

PAGE_SIZE = 20


@require_GET
@patient_page
def record(request: HearthlineRequest, patient_id: UUID | None = None) -> HttpResponse:
    """Show the patient's own lists: problems, allergies, medicines, measurements, notes and documents."""
    patient = get_own_record_for(request.actor, patient_id)
    audit.record(request.actor, "record.read", patient, patient_id=patient.id)
    chart = queries.chart_of(patient)
    visible = [document for document in chart.documents if document.is_visible_to_patient]
    context = {
        "audience": "patient",
        "patient": patient,
        "chart": chart,
        "documents": visible,
        "notes": notes_for(request.actor).filter(encounter__patient=patient)[:PAGE_SIZE],
        "zone": patient.zone,
    }
    return render(request, "charting/record.html", context)


@require_GET
@patient_page
def summaries(request: HearthlineRequest) -> HttpResponse:
    """List the summaries of past visits."""
    rows = summaries_for(request.actor).order_by("-released_at")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "charting/summaries.html", {"audience": "patient", "page": page})


def _summary_context(summary: VisitSummary) -> dict[str, Any]:
    encounter = summary.encounter
    return {
        "audience": "patient",
        "summary": summary,
        "encounter": encounter,
        "patient": encounter.patient,
        "statements": notes.statements_of(encounter, summary.language),
        "zone": encounter.patient.zone,
    }


@require_GET
@patient_page
def summary(request: HearthlineRequest, summary_id: UUID) -> HttpResponse:
    """Show a released summary."""
    shown = get_summary_for(request.actor, summary_id)
    notes.mark_summary_read(actor=request.actor, summary=shown)
    return render(request, "charting/summary.html", _summary_context(shown))


@require_GET
@signed_in
def summary_file(request: HearthlineRequest, summary_id: UUID) -> HttpResponse:
    """Return a summary as a tagged PDF in its own language."""
    shown = get_summary_for(request.actor, summary_id)
    audit.record(request.actor, "summary.printed", shown, patient_id=shown.encounter.patient_id)
    with translation.override(shown.language):
        content = summary_pdf(request, _summary_context(shown))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="visit-summary.pdf"'
    return response


@require_GET
@patient_page
def signed_note(request: HearthlineRequest, note_id: UUID) -> HttpResponse:
    """Show the patient a signed note as it was signed."""
    shown = get_note_for(request.actor, note_id)
    audit.record(request.actor, "note.read", shown, patient_id=shown.encounter.patient_id)
    context = {
        "audience": "patient",
        "note": shown,
        "patient": shown.encounter.patient,
        "statements": shown.statements.splitlines(),
        "addenda": shown.addenda.select_related("author"),
        "zone": shown.encounter.patient.zone,
    }
    return render(request, "charting/own_note.html", context)


@require_GET
@signed_in
def document(request: HearthlineRequest, document_id: UUID) -> StreamingHttpResponse:
    """Send a document's bytes, which the browser may only save or show apart from our pages."""
    found = get_document_for(request.actor, document_id)
    audit.record(request.actor, "document.read", found, patient_id=found.patient_id)
    content = open_blob(found.organization_id, found.sha256).stream()
    headers = serve_as(found.content_type, found.title)
    return StreamingHttpResponse(content, headers={**headers, "Content-Length": str(found.size_bytes)})
