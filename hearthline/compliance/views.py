"""Pages: who saw my record, emergency access and its review, the search of the audit."""

import csv
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hearthline.audit import queries as audit_queries
from hearthline.audit.models import AuditEntry
from hearthline.compliance import access, queries, services, words
from hearthline.compliance.forms import AuditSearchForm, BreakGlassForm, ReviewForm
from hearthline.compliance.models import BreakGlass
from hearthline.compliance.people import PatientName, patients
from hearthline.foundation import clock
from hearthline.identity.freshness import requires_fresh_mfa
from hearthline.identity.policy import HearthlineRequest, clinical, patient_page, requires
from hearthline.identity.roles import CLINICIAN_ROLES, Role
from hearthline.tenancy.models import Organization

PER_PAGE = 25
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
EXPORT_HEADINGS = (
    "time",
    "person",
    "roles",
    "action",
    "outcome",
    "subject",
    "subject_id",
    "patient_id",
    "reason",
    "from",
)


def _organization(request: HearthlineRequest) -> Organization:
    organization: Organization = request.organization  # type: ignore[attr-defined]
    return organization


@require_safe
@patient_page
def access_report(request: HearthlineRequest) -> HttpResponse:
    """Show a patient (or a caregiver who may see the record) who used the record, the newest first."""
    own = patients().own(request.actor)
    if not own:
        raise Http404
    chosen = next((one for one in own if str(one.id) == request.GET.get("patient")), own[0])
    days = []
    for record_id in patients().record_ids(request.actor.organization_id, chosen.id):
        days += audit_queries.access_report(request.actor, record_id, zone=_organization(request).zone)
    days.sort(key=lambda day: day.last_at, reverse=True)
    page = Paginator(days, PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "day": day,
            "is_self": day.user_id == request.actor.user_id,
            "roles": _role_words(day.roles),
            "what": words.sentences(day.actions),
            "causes": [words.cause(code) for code in day.break_glass_causes],
        }
        for day in page
    ]
    context = {
        "rows": rows,
        "page": page,
        "own": own,
        "chosen": chosen,
        "has_several": len(own) > 1,
        "chosen_id": str(chosen.id),
    }
    return render(request, "compliance/access_report.html", context)


def _role_words(roles: str) -> str:
    return ", ".join(str(Role(role).label) for role in roles.split() if role in Role.values)


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES, Role.NAVIGATOR)
@requires_fresh_mfa
def open_break_glass(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Ask why, and open a record outside the actor's care for an hour."""
    patient = _named(request, patient_id)
    form = BreakGlassForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.open_break_glass(request.actor, patient_id=patient_id, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.warning(
                request, _("The record is open to you for one hour. The privacy officer is told.")
            )
            return HttpResponseRedirect(f"/patients/{patient_id}/", status=303)
    context = {"form": form, "patient": patient, "audience": "staff"}
    return render(request, "compliance/open_break_glass.html", context, status=422 if form.errors else 200)


@require_POST
@clinical(*CLINICIAN_ROLES, Role.NAVIGATOR)
def end_break_glass(request: HearthlineRequest, opening_id: UUID) -> HttpResponse:
    """End the actor's own emergency access; a second press finds it ended."""
    get_object_or_404(BreakGlass, pk=opening_id, user_id=request.actor.user_id)
    services.end_break_glass(request.actor, opening_id=opening_id)
    messages.success(request, _("Emergency access is ended."))
    return HttpResponseRedirect("/", status=303)


@require_safe
@requires(Role.AUDITOR, Role.ADMINISTRATOR)
def reviews(request: HearthlineRequest) -> HttpResponse:
    """List emergency access: what waits for a review first, then what was reviewed."""
    is_waiting = request.GET.get("show") != "reviewed"
    openings = queries.awaiting_review(request.actor.organization_id) if is_waiting else _reviewed(request)
    page = Paginator(openings, PER_PAGE).get_page(request.GET.get("page"))
    names = patients().named(request.actor.organization_id, {one.patient_id for one in page})
    rows = [{"opening": one, "patient": names.get(one.patient_id)} for one in page]
    context = {"rows": rows, "page": page, "is_waiting": is_waiting, "audience": "staff"}
    return render(request, "compliance/reviews.html", context)


def _reviewed(request: HearthlineRequest) -> Any:
    return access.openings_for(request.actor).filter(reviewed_at__isnull=False).select_related("reviewer")


@require_http_methods(["GET", "POST"])
@requires(Role.AUDITOR, Role.ADMINISTRATOR)
def review(request: HearthlineRequest, opening_id: UUID) -> HttpResponse:
    """Show what was done under an emergency access, and decide on it."""
    opening = access.get_opening_for(request.actor, opening_id)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.review_break_glass(request.actor, opening_id=opening_id, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("The review is closed."))
            return HttpResponseRedirect(reverse("compliance:reviews"), status=303)
    wanted = audit_queries.AuditFilter(
        since=opening.created_at,
        until=(opening.ended_at or opening.expires_at) + timedelta(minutes=1),
        patient_id=opening.patient_id,
        user_id=opening.user_id,
    )
    context = {
        "form": form,
        "opening": opening,
        "patient": _named(request, opening.patient_id),
        "may_review": access.may_review_break_glass(request.actor, opening) and opening.reviewed_at is None,
        "is_own": opening.user_id == request.actor.user_id,
        "entries": audit_queries.search(request.actor, wanted, max_rows=PER_PAGE * 4),
        "audience": "staff",
    }
    return render(request, "compliance/review.html", context, status=422 if form.errors else 200)


def _named(request: HearthlineRequest, patient_id: UUID) -> PatientName:
    found = patients().named(request.actor.organization_id, [patient_id]).get(patient_id)
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@requires(Role.AUDITOR, Role.ADMINISTRATOR)
def audit(request: HearthlineRequest) -> HttpResponse:
    """Search the audit by patient, person and date; each search is itself recorded."""
    form = AuditSearchForm(request.POST or None, actor=request.actor, organization=_organization(request))
    context: dict[str, Any] = {"form": form, "audience": "staff"}
    if request.method == "POST" and form.is_valid():
        entries = audit_queries.search(request.actor, form.wanted())
        page = Paginator(entries, PER_PAGE).get_page(request.POST.get("page"))
        ids = {entry.patient_id for entry in page if entry.patient_id}
        names = patients().named(request.actor.organization_id, ids)
        rows = [
            {"entry": one, "patient": names.get(one.patient_id) if one.patient_id else None} for one in page
        ]
        is_full = len(entries) >= audit_queries.MAX_ROWS
        context |= {"rows": rows, "page": page, "is_full": is_full, "searched": form.cleaned_data}
    return render(request, "compliance/audit.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Role.AUDITOR, Role.ADMINISTRATOR)
@requires_fresh_mfa
def export(request: HearthlineRequest) -> HttpResponse:
    """Send the rows that a search found as a file for a spreadsheet."""
    form = AuditSearchForm(request.POST, actor=request.actor, organization=_organization(request))
    if not form.is_valid():
        return render(request, "compliance/audit.html", {"form": form, "audience": "staff"}, status=422)
    entries = audit_queries.search(request.actor, form.wanted(), max_rows=audit_queries.MAX_EXPORT_ROWS)
    name = f"audit-{clock.now():%Y-%m-%d}.csv"
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(EXPORT_HEADINGS)
    writer.writerows(_cells(entry) for entry in entries)
    return response


def _cells(entry: AuditEntry) -> list[str]:
    values = (
        entry.recorded_at.isoformat(),
        entry.actor_name,
        entry.actor_roles,
        entry.action,
        entry.outcome,
        entry.subject_type,
        entry.subject_id,
        str(entry.patient_id or ""),
        entry.reason,
        entry.origin,
    )
    return [f"'{value}" if value.startswith(FORMULA_STARTS) else value for value in values]
