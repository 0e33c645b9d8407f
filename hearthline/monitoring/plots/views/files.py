"""The report as a tagged PDF in the patient's language (or another), and the same kept in the chart."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hearthline.audit import services as audit
from hearthline.charting.access import get_charted_patient_for
from hearthline.charting.pdf import letter_pdf
from hearthline.design.formats import short_day
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.identity.roles import CLINICIAN_ROLES
from hearthline.monitoring.plots import services
from hearthline.monitoring.plots.reports.letter import letter_of
from hearthline.monitoring.plots.views.choices import protocol_of, targets_of, unit_of
from hearthline.tenancy.models import Organization

LANGUAGES = {code for code, _name in settings.LANGUAGES}


def _language(request: HearthlineRequest, patient: Patient) -> str:
    """Return the language asked for (a referring clinician's), or the patient's own."""
    asked = request.GET.get("language", "")
    if asked in LANGUAGES:
        return asked
    return patient.language if patient.language in LANGUAGES else settings.LANGUAGE_CODE


def _pdf(request: HearthlineRequest, patient: Patient, language: str) -> bytes:
    with translation.override(language):
        context: dict[str, Any] = letter_of(
            patient, targets_of(request), unit_of(request), protocol_of(request)
        )
        organization = Organization.objects.get(pk=request.actor.organization_id)
        return letter_pdf(
            request, "plots/letter.html", "plots/letter.css", {**context, "organization": organization}
        )


@require_GET
@clinical()
def report(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Return the report for the referring clinician, to open or print."""
    patient = get_charted_patient_for(request.actor, patient_id)
    audit.record(request.actor, "readings-report.printed", patient, patient_id=patient.id)
    content = _pdf(request, patient, _language(request, patient))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="readings-report.pdf"'
    return response


@require_POST
@clinical(*CLINICIAN_ROLES)
def keep(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Put the report, as it is now, into the chart."""
    patient = get_charted_patient_for(request.actor, patient_id)
    language = _language(request, patient)
    content = _pdf(request, patient, language)
    with translation.override(language):
        title = _("Readings at home, %(day)s") % {"day": short_day(clock.now(), patient.zone, language)}
    services.keep_report(actor=request.actor, patient=patient, title=title, content=content)
    messages.success(request, _("The report is in the chart, under documents."))
    return redirect("plots:monitoring", patient.id)
