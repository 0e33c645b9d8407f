"""The chart of one patient, for the care team."""

from io import BytesIO
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.audit import services as audit
from hearthline.charting import queries, services
from hearthline.charting.access import (
    encounters_for,
    get_charted_patient_for,
    get_encounter_for,
    may_write_chart,
    require_chart_writer,
)
from hearthline.charting.forms import (
    AllergyForm,
    DocumentForm,
    MedicationForm,
    ProblemForm,
    ReasonForm,
    VitalForm,
)
from hearthline.charting.models import (
    Allergy,
    ChartItem,
    ChartReview,
    Document,
    Encounter,
    Medication,
    Problem,
    VitalSign,
)
from hearthline.charting.vital_kinds import KINDS
from hearthline.directory.models import Patient
from hearthline.foundation.blobs import store
from hearthline.foundation.uploads import UploadRefusedError, receive_document
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.identity.roles import CLINICIAN_ROLES
from hearthline.tenancy.models import Organization

PAGE_SIZE = 25
Entry = TypeVar("Entry", bound=ChartItem)
ListModel = type[Problem] | type[Allergy] | type[Medication]
LISTS: dict[str, tuple[ListModel, type[forms.ModelForm[Any]], str]] = {
    "problems": (Problem, ProblemForm, "problem"),
    "allergies": (Allergy, AllergyForm, "allergy"),
    "medications": (Medication, MedicationForm, "medication"),
}


def posted(request: HearthlineRequest) -> QueryDict | None:
    """Return what was posted, also when it is empty: an empty form is answered with what is missing."""
    return request.POST if request.method == "POST" else None


def clinic_zone(request: HearthlineRequest) -> str:
    """Return the time zone of the clinic the actor works in."""
    return Organization.objects.get(pk=request.actor.organization_id).zone


@require_GET
@clinical()
def chart(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show the chart; reading it is recorded."""
    patient = get_charted_patient_for(request.actor, patient_id)
    services.audit_read(request.actor, "chart", patient.id, patient.id)
    context = {
        "audience": "staff",
        "patient": patient,
        "chart": queries.chart_of(patient),
        "may_write": may_write_chart(request.actor, patient),
        "zone": clinic_zone(request),
    }
    template = "charting/_panel.html" if request.headers.get("HX-Request") else "charting/chart.html"
    return render(request, template, context)


@require_GET
@clinical()
def encounters(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show every encounter of the patient, newest first."""
    patient = get_charted_patient_for(request.actor, patient_id)
    services.audit_read(request.actor, "encounters", patient.id, patient.id)
    page = Paginator(encounters_for(request.actor).filter(patient=patient), PAGE_SIZE)
    context = {
        "audience": "staff",
        "patient": patient,
        "page": page.get_page(request.GET.get("page")),
        "zone": clinic_zone(request),
    }
    return render(request, "charting/encounters.html", context)


def _encounter_of(request: HearthlineRequest, patient: Patient) -> Encounter | None:
    """Return the encounter in progress that the page was opened from, when it names one of this patient."""
    raw = request.POST.get("encounter") or request.GET.get("encounter")
    if not raw:
        return None
    try:
        encounter = get_encounter_for(request.actor, UUID(raw))
    except ValueError:
        raise Http404 from None
    if encounter.patient_id != patient.id:
        raise Http404
    return encounter


def _item_or_404(model: type[Entry], patient: Patient, item_id: UUID) -> Entry:
    found = model._default_manager.filter(
        pk=item_id, patient=patient, entered_in_error_at__isnull=True
    ).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def edit_item(
    request: HearthlineRequest, patient_id: UUID, listed: str, item_id: UUID | None = None
) -> HttpResponse:
    """Add an entry to a list of the chart, or change it."""
    patient = get_charted_patient_for(request.actor, patient_id)
    require_chart_writer(request.actor, patient)
    model, form_class, word = LISTS[listed]
    item = _item_or_404(model, patient, item_id) if item_id else None
    form = form_class(posted(request), instance=item)
    if request.method == "POST" and form.is_valid():
        entry = form.save(commit=False)
        entry.encounter = entry.encounter or _encounter_of(request, patient)
        services.save_item(actor=request.actor, patient=patient, item=entry, changed=form.changed_data)
        messages.success(request, _("Saved."))
        return redirect("charting:chart", patient.id)
    context = {
        "audience": "staff",
        "patient": patient,
        "form": form,
        "item": item,
        "listed": listed,
        "word": word,
    }
    return render(request, "charting/item.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def add_vital(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Add a measurement."""
    patient = get_charted_patient_for(request.actor, patient_id)
    require_chart_writer(request.actor, patient)
    form = VitalForm(posted(request), zone=clinic_zone(request))
    if request.method == "POST" and form.is_valid():
        encounter = _encounter_of(request, patient)
        services.record_vital(actor=request.actor, patient=patient, values=form.kept(), encounter=encounter)
        messages.success(request, _("Saved."))
        return redirect("charting:chart", patient.id)
    context = {
        "audience": "staff",
        "patient": patient,
        "form": form,
        "listed": "vitals",
        "zone": clinic_zone(request),
    }
    return render(request, "charting/item.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def mark_in_error(request: HearthlineRequest, patient_id: UUID, listed: str, item_id: UUID) -> HttpResponse:
    """Say that an entry is a mistake."""
    patient = get_charted_patient_for(request.actor, patient_id)
    require_chart_writer(request.actor, patient)
    model = VitalSign if listed == "vitals" else LISTS[listed][0]
    item = _item_or_404(model, patient, item_id)
    form = ReasonForm(posted(request))
    if request.method == "POST" and form.is_valid():
        services.mark_in_error(
            actor=request.actor, patient=patient, item=item, reason=form.cleaned_data["reason"]
        )
        messages.success(request, _("The entry was marked as a mistake. It stays in the record."))
        return redirect("charting:chart", patient.id)
    context = {"audience": "staff", "patient": patient, "form": form, "item": item, "listed": listed}
    return render(request, "charting/in_error.html", context, status=422 if form.errors else 200)


@require_GET
@clinical()
def vitals(request: HearthlineRequest, patient_id: UUID, kind: str) -> HttpResponse:
    """Show every measurement of one kind as a table."""
    patient = get_charted_patient_for(request.actor, patient_id)
    audit.record(request.actor, "vitals.read", ("vitals", kind), patient_id=patient.id)
    rows = VitalSign.objects.filter(patient=patient, kind=kind, entered_in_error_at__isnull=True)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    values = [(row, queries.shown_value(row)) for row in page]
    context = {
        "audience": "staff",
        "patient": patient,
        "kind": KINDS[kind],
        "page": page,
        "values": values,
        "may_write": may_write_chart(request.actor, patient),
        "zone": clinic_zone(request),
    }
    return render(request, "charting/vitals.html", context)


@require_POST
@clinical(*CLINICIAN_ROLES)
def review(request: HearthlineRequest, patient_id: UUID, listed: str) -> HttpResponse:
    """Record that a list was gone through with the patient."""
    patient = get_charted_patient_for(request.actor, patient_id)
    try:
        services.record_review(
            actor=request.actor,
            patient=patient,
            subject=ChartReview.Subject(listed),
            is_none_known=request.POST.get("none_known") == "yes",
            encounter=_encounter_of(request, patient),
        )
    except ValueError:
        messages.error(request, _("The list has entries, so it cannot be “none known”. Nothing was changed."))
    else:
        messages.success(request, _("Recorded that you went through the list together."))
    return redirect("charting:chart", patient.id)


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def add_document(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Put a picture or PDF into the chart, once it has been checked and cleaned."""
    patient = get_charted_patient_for(request.actor, patient_id)
    require_chart_writer(request.actor, patient)
    form = DocumentForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            upload = receive_document(values["file"])
        except UploadRefusedError as problem:
            form.add_error("file", str(problem))
        else:
            services.add_document(
                actor=request.actor,
                patient=patient,
                kind=Document.Kind(values["kind"]),
                title=values["title"],
                blob=store(request.actor.organization_id, BytesIO(upload.content), upload.content_type),
                encounter=_encounter_of(request, patient),
                is_visible_to_patient=values["is_visible_to_patient"],
            )
            messages.success(request, _("Saved."))
            return redirect("charting:chart", patient.id)
    context = {"audience": "staff", "patient": patient, "form": form, "listed": "documents"}
    return render(request, "charting/item.html", context, status=422 if form.errors else 200)
