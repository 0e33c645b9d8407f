"""Results for the care team: the list of what waits, one report, one person's results, a trend."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.audit import services as audit
from hearthline.charting.access import get_charted_patient_for
from hearthline.charting.results import queries, services
from hearthline.charting.results.access import (
    get_critical_for,
    get_document_for,
    get_report_for,
    may_settle,
    messages_for,
    reports_for,
)
from hearthline.charting.results.forms import AcknowledgeForm, HandOverForm, HoldForm, ReadBackForm
from hearthline.charting.results.models import Acknowledgement, CriticalResult, Hold, Observation, Report
from hearthline.charting.views.chart import clinic_zone, posted
from hearthline.design import formats
from hearthline.directory.models import Practitioner
from hearthline.foundation.blobs import open_blob
from hearthline.foundation.uploads import serve_as
from hearthline.identity.policy import HearthlineRequest, clinical, signed_in
from hearthline.identity.roles import CLINICIAN_ROLES

PAGE_SIZE = 25


@require_GET
@clinical()
def worklist(request: HearthlineRequest) -> HttpResponse:
    """Show what waits for a look; critical values first."""
    asked = request.GET.get("box", "mine" if request.actor.is_clinician else "all")
    box = asked if asked in queries.BOXES else "all"
    page = Paginator(queries.worklist(request.actor, box), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "audience": "staff",
        "box": box,
        "page": page,
        "criticals": queries.waiting_criticals(request.actor),
        "waiting_messages": messages_for(request.actor).filter(state="waiting").count(),
        "zone": clinic_zone(request),
    }
    return render(request, "results/worklist.html", context)


@require_GET
@clinical()
def of_patient(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show one person's results by panel, the newest first."""
    patient = get_charted_patient_for(request.actor, patient_id)
    audit.record(request.actor, "results.read", patient, patient_id=patient.pk)
    page = Paginator(reports_for(request.actor).filter(patient=patient), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "audience": "staff",
        "patient": patient,
        "page": page,
        "panels": queries.panels_of(page),
        "zone": clinic_zone(request),
    }
    return render(request, "results/of_patient.html", context)


def _practitioners(report: Report) -> Any:
    active = Practitioner.objects.filter(organization_id=report.organization_id, is_active=True)
    return active.exclude(pk=report.responsible_id) if report.responsible_id else active


def _page(request: HearthlineRequest, report: Report, **forms: Any) -> HttpResponse:
    shown = queries.page_of(report)
    wrong = next((form for form in forms.values() if form.errors), None)
    context = {
        "audience": "staff",
        "patient": report.patient,
        "shown": shown,
        "report": report,
        "may_settle": may_settle(request.actor, report),
        "acknowledge_form": AcknowledgeForm(initial={"version": shown.newest.pk}),
        "hand_over_form": HandOverForm(practitioners=_practitioners(report), auto_id="to_%s"),
        "hold_form": HoldForm(auto_id="hold_%s"),
        "form": wrong,
        "zone": clinic_zone(request),
        **forms,
    }
    return render(request, "results/report.html", context, status=422 if wrong else 200)


@require_GET
@clinical()
def report(request: HearthlineRequest, report_id: UUID) -> HttpResponse:
    """Show a report as it was sent, with its history; reading it is recorded."""
    found = get_report_for(request.actor, report_id)
    audit.record(request.actor, "result.read", found, patient_id=found.patient_id)
    return _page(request, found)


def _settled(
    request: HearthlineRequest, found: Report, form: Any, name: str, act: Callable[[Any], object], done: str
) -> HttpResponse:
    """Do what a form of the report's page asks, or show the page with what is wrong."""
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, done)
            return redirect("results:report", found.pk)
    return _page(request, found, **{name: form})


@require_POST
@clinical(*CLINICIAN_ROLES)
def acknowledge(request: HearthlineRequest, report_id: UUID) -> HttpResponse:
    """Record what will be done about a report."""
    found = get_report_for(request.actor, report_id)

    def act(values: Any) -> None:
        version = found.versions.filter(pk=values["version"]).first()
        if version is None:
            raise ValidationError(_("Open the report again, then acknowledge."))
        plan = Acknowledgement.Plan(values["plan"])
        services.acknowledge(
            actor=request.actor, report=found, version=version, plan=plan, words=values["words"]
        )

    form = AcknowledgeForm(request.POST)
    return _settled(request, found, form, "acknowledge_form", act, _("Acknowledged. It has left the list."))


@require_POST
@clinical(*CLINICIAN_ROLES)
def hand_over(request: HearthlineRequest, report_id: UUID) -> HttpResponse:
    """Make somebody else responsible."""
    found = get_report_for(request.actor, report_id)
    form = HandOverForm(request.POST, practitioners=_practitioners(found), auto_id="to_%s")

    def act(values: Any) -> None:
        services.hand_over(actor=request.actor, report=found, to=values["to"], words=values["words"])

    return _settled(request, found, form, "hand_over_form", act, _("Handed over. They were told."))


@require_POST
@clinical(*CLINICIAN_ROLES)
def hold(request: HearthlineRequest, report_id: UUID) -> HttpResponse:
    """Keep a report from the patient for some days."""
    found = get_report_for(request.actor, report_id)

    def act(values: Any) -> None:
        reason = Hold.Reason(values["reason"])
        services.hold(
            actor=request.actor, report=found, reason=reason, words=values["words"], days=values["days"]
        )

    form = HoldForm(request.POST, auto_id="hold_%s")
    return _settled(request, found, form, "hold_form", act, _("The patient does not see it for now."))


@require_POST
@clinical(*CLINICIAN_ROLES)
def release(request: HearthlineRequest, report_id: UUID) -> HttpResponse:
    """Let the patient see a held report."""
    found = get_report_for(request.actor, report_id)
    services.release(actor=request.actor, report=found)
    messages.success(request, _("The patient can see it now."))
    return redirect("results:report", found.pk)


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def critical(request: HearthlineRequest, critical_id: UUID) -> HttpResponse:
    """Take a critical value and read it back."""
    found = get_critical_for(request.actor, critical_id)
    audit.record(request.actor, "critical_result.read", found, patient_id=found.report.patient_id)
    form = ReadBackForm(posted(request))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            services.read_back(
                actor=request.actor,
                critical=found,
                how=CriticalResult.How(values["how"]),
                told_by=values["told_by"],
                said=values["said"],
            )
        except ValidationError as problem:
            form.add_error(None if found.closed_at else "said", problem)
        else:
            messages.success(request, _("Taken and read back. Now say what will be done."))
            is_readable = reports_for(request.actor).filter(pk=found.report_id).exists()
            return (
                redirect("results:report", found.report_id) if is_readable else redirect("results:worklist")
            )
    context = {
        "audience": "staff",
        "patient": found.report.patient,
        "row": queries.CriticalRow(found),
        "line": queries.Line(found.observation),
        "report": found.report,
        "form": form,
        "zone": clinic_zone(request),
    }
    return render(request, "results/critical.html", context, status=422 if form.errors else 200)


@require_GET
@clinical()
def trend(request: HearthlineRequest, report_id: UUID, observation_id: UUID) -> HttpResponse:
    """Draw the numbers of one examination in one unit."""
    found = get_report_for(request.actor, report_id)
    patient = get_charted_patient_for(request.actor, found.patient_id)
    audit.record(request.actor, "results.read", patient, patient_id=patient.pk)
    row = Observation.objects.filter(report=found, pk=observation_id, number__isnull=False).first()
    if row is None:
        return redirect("results:report", found.pk)
    zone, drawn = clinic_zone(request), queries.trend_of(patient, row)
    language = get_language() or "en"
    context = {
        "audience": "staff",
        "patient": patient,
        "report": found,
        "trend": drawn,
        "labelled": [(formats.short_day(at, zone, language), value) for at, value in drawn.points],
        "zone": zone,
    }
    return render(request, "results/trend.html", context)


@require_GET
@signed_in
def document(request: HearthlineRequest, document_id: UUID) -> StreamingHttpResponse:
    """Send a file that came within a result, which the browser may only save or show apart from our pages."""
    found = get_document_for(request.actor, document_id)
    audit.record(request.actor, "result_document.read", found, patient_id=found.report.patient_id)
    content = open_blob(found.organization_id, found.sha256).stream()
    headers = {**serve_as(found.content_type, found.title), "Content-Length": str(found.size_bytes)}
    return StreamingHttpResponse(content, headers=headers)
