"""Pages of claims: what can be claimed for whom, the evidence of one claim, and the month as a file."""

import csv
import io
import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hearthline.audit.services import record
from hearthline.billing import access, services
from hearthline.billing.evidence import clinic_zone
from hearthline.billing.forms import ClaimForm, MonthForm, WithdrawForm
from hearthline.billing.models import Claim
from hearthline.billing.queries import standings
from hearthline.billing.rulebook import rulebook_on
from hearthline.billing.rules import month_of
from hearthline.billing.visit_claims import billed_visits_for, lines_of
from hearthline.identity.policy import HearthlineRequest, requires

PAGE_LENGTH = 25
MOST_CLAIMS = 5000  # of one month in one file
COLUMNS = ("claim", "patient", "practitioner", "npi", "code", "units", "first", "last", "made", "sha256")


@requires(*access.BILLING_ROLES)
@require_http_methods(["GET"])
def board(request: HearthlineRequest) -> HttpResponse:
    """Everybody who is monitored: what is ready, what is missing, how the running spans do."""
    rows = access.billed_episodes_for(request.actor).order_by(
        "monitored__patient__family_name", "monitored__patient__given_names", "id"
    )
    page = Paginator(rows, PAGE_LENGTH).get_page(request.GET.get("page"))
    today = services.today_in(clinic_zone(request.actor.organization_id))
    context = {
        "audience": "staff",
        "page_obj": page,
        "rows": standings(list(page.object_list)),
        "book": rulebook_on(today, services.PAYER),
        "month": today.strftime("%Y-%m"),
    }
    return render(request, "billing/board.html", context)


@requires(*access.BILLING_ROLES)
@require_http_methods(["GET"])
def visits(request: HearthlineRequest) -> HttpResponse:
    """The visits that were held: place of service, modifier and reason, as they follow from each."""
    page = Paginator(billed_visits_for(request.actor), PAGE_LENGTH).get_page(request.GET.get("page"))
    zone = clinic_zone(request.actor.organization_id)
    for one in page.object_list:
        record(request.actor, "claims.read", one, patient_id=one.patient_id)
    context = {
        "audience": "staff",
        "page_obj": page,
        "rows": [lines_of(one, zone) for one in page.object_list],
        "zone": str(zone),
    }
    return render(request, "billing/visits.html", context)


@requires(*access.BILLING_ROLES)
@require_http_methods(["GET"])
def episode(request: HearthlineRequest, episode_id: UUID) -> HttpResponse:
    """One person's monitoring: offers with what is missing, and claims."""
    return _episode_page(request, episode_id)


def _episode_page(request: HearthlineRequest, episode_id: UUID, error: str = "") -> HttpResponse:
    found = access.get_billed_episode_for(request.actor, episode_id)
    (standing,) = standings([found])
    record(request.actor, "claims.read", found, patient_id=found.monitored.patient_id)
    context = {
        "audience": "staff",
        "standing": standing,
        "patient": found.monitored.patient,
        "error": error,
    }
    return render(request, "billing/episode.html", context, status=422 if error else 200)


@requires(*access.BILLING_ROLES)
@require_POST
def claim(request: HearthlineRequest, episode_id: UUID) -> HttpResponse:
    """Claim one offer on the evidence of now."""
    found = access.get_billed_episode_for(request.actor, episode_id)
    form = ClaimForm(request.POST)
    if not form.is_valid():
        return _episode_page(request, episode_id, _("This is no offer of this page. Choose one below."))
    try:
        made = services.make_claim(request.actor, episode=found, key=services.Key(**form.cleaned_data))
    except ValidationError as refusal:
        return _episode_page(request, episode_id, " ".join(refusal.messages))
    messages.success(request, _("Claimed. The evidence is frozen."))
    return HttpResponseRedirect(reverse("billing:claimed", args=[made.pk]), status=303)


@requires(*access.BILLING_ROLES)
@require_http_methods(["GET", "POST"])
def claimed(request: HearthlineRequest, claim_id: UUID) -> HttpResponse:
    """One claim, its frozen evidence, and what has changed since; withdrawing it."""
    found = access.get_claim_for(request.actor, claim_id)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        services.withdraw_claim(request.actor, claim=found, reason=form.cleaned_data["reason"])
        messages.success(request, _("Withdrawn."))
        return HttpResponseRedirect(reverse("billing:claimed", args=[found.pk]), status=303)
    record(request.actor, "claim.read", found, patient_id=found.patient_id)
    context = {
        "audience": "staff",
        "claim": found,
        "patient": found.patient,
        "difference": services.difference_of(found),
        "minutes": sum(one["counted_seconds"] for one in found.evidence["work"]) // 60,
        "form": form,
    }
    return render(request, "billing/claim.html", context, status=422 if form.is_bound else 200)


@requires(*access.BILLING_ROLES)
@require_http_methods(["GET"])
def evidence(request: HearthlineRequest, claim_id: UUID) -> HttpResponse:
    """The frozen evidence as a file, with its digest."""
    found = access.get_claim_for(request.actor, claim_id)
    record(request.actor, "claim.exported", found, patient_id=found.patient_id)
    content: dict[str, Any] = {"evidence": found.evidence, "sha256": found.digest}
    response = HttpResponse(
        json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False), content_type="application/json"
    )
    response["Content-Disposition"] = f'attachment; filename="claim-{found.pk}.json"'
    return response


@requires(*access.BILLING_ROLES)
@require_http_methods(["GET"])
def export(request: HearthlineRequest) -> HttpResponse:
    """The claims whose span ends in a month, as a table for the billing system."""
    form = MonthForm(request.GET)
    if not form.is_valid():
        return HttpResponse(_("Choose a month, for example 2026-11."), status=422, content_type="text/plain")
    month = month_of(form.cleaned_data["month"])
    rows = (
        Claim.objects.filter(
            episode__in=access.billed_episodes_for(request.actor),
            last_on__range=(month.first, month.last),
            withdrawn_at=None,
        )
        .select_related("practitioner")
        .order_by("last_on", "code", "id")[:MOST_CLAIMS]
    )
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for one in rows:
        table.writerow(
            [
                one.pk,
                one.patient_id,
                one.practitioner.full_name,
                one.practitioner.npi,
                one.code,
                one.units,
                one.first_on,
                one.last_on,
                one.created_at.date(),
                one.digest,
            ]
        )
        record(request.actor, "claim.exported", one, patient_id=one.patient_id)
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="claims-{month.first:%Y-%m}.csv"'
    return response
