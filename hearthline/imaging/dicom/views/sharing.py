"""Who else may see a patient's images, until when; and what was shared with whoever asks."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.audit.services import record
from hearthline.directory.access import get_patient_for
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, clinical, requires
from hearthline.identity.roles import CLINICIAN_ROLES
from hearthline.imaging.dicom import access, queries
from hearthline.imaging.dicom.forms import ReasonForm, ShareForm
from hearthline.imaging.dicom.ohif import offered_at
from hearthline.imaging.dicom.services import grants
from hearthline.imaging.dicom.views.common import end_of_day, zone_of
from hearthline.imaging.dicom.views.images import viewer_page

PAGE_LENGTH = 20
GRANTERS = tuple(CLINICIAN_ROLES)
ENDERS = tuple(access.GRANTER_ROLES)


@require_http_methods(["GET", "POST"])
@requires(*GRANTERS)
def shares(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """What of a patient's images was shared, with whom and until when; share more."""
    patient = get_patient_for(request.actor, patient_id)
    scope = access.get_patient_scope_for(request.actor, patient.pk)
    data = request.POST if request.method == "POST" else None
    form = ShareForm(data, actor=request.actor, studies=queries.studies_of(scope))
    if form.is_bound and form.is_valid() and _share(request, patient, form):
        messages.success(request, _("Shared."))
        return HttpResponseRedirect(reverse("dicom:shares", args=[patient.pk]), status=303)
    rows = access.grants_given_for(request.actor, patient).select_related("user", "gateway", "granted_by")
    page = Paginator(rows, PAGE_LENGTH).get_page(request.GET.get("page"))
    record(request.actor, "imaging_grant.listed", patient, patient_id=patient.pk)
    context = {
        "audience": "staff",
        "patient": patient,
        "page_obj": page,
        "rows": [(grant, grant.granted_studies.count(), queries.holder_of(grant)) for grant in page],
        "form": form,
        "now": clock.now(),
        "zone": zone_of(request),
    }
    return render(request, "dicom/shares.html", context, status=422 if form.is_bound else 200)


def _share(request: HearthlineRequest, patient: Patient, form: ShareForm) -> bool:
    values = form.cleaned_data
    try:
        grants.give(
            request.actor,
            holder=values["holder"],
            patient=None if values["studies"] else patient,
            studies=list(values["studies"]) or None,
            reason=values["reason"],
            ends_at=end_of_day(request, values["ends_at"]),
        )
    except ValidationError as refusal:
        form.add_error("ends_at", refusal)
    return not form.errors


@require_POST
@requires(*ENDERS)
def end_share(request: HearthlineRequest, grant_id: UUID) -> HttpResponse:
    """End a grant at once."""
    grant = access.get_grant_to_end_for(request.actor, grant_id)
    form = ReasonForm(request.POST)
    grants.withdraw(request.actor, grant=grant, reason=form.cleaned_data["reason"] if form.is_valid() else "")
    messages.success(request, _("Ended. These images cannot be reached by it any more."))
    if grant.gateway_id is not None:
        return HttpResponseRedirect(reverse("dicom:machine", args=[grant.gateway_id]), status=303)
    patients = access.patients_of(grant)
    place = reverse("dicom:shares", args=patients[:1]) if patients else reverse("dicom:holds")
    return HttpResponseRedirect(place, status=303)


@require_GET
@clinical()
def shared(request: HearthlineRequest) -> HttpResponse:
    """What others shared with whoever asks, by name or by role."""
    found = access.grants_for(request.actor).select_related("granted_by")
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    record(request.actor, "imaging_grant.listed", ("dicom.grant", "own"))
    context = {"audience": "staff", "page_obj": page, "zone": zone_of(request)}
    return render(request, "dicom/shared.html", context)


@require_GET
@clinical()
def shared_images(request: HearthlineRequest, grant_id: UUID) -> HttpResponse:
    """The studies that a grant shows."""
    scope = access.get_scope_for(request.actor, grant_id)
    page = Paginator(queries.studies_of(scope), PAGE_LENGTH).get_page(request.GET.get("page"))
    record(request.actor, "imaging.listed", ("dicom.grant", grant_id), patient_id=scope.patient_id)
    context = {
        "audience": "staff",
        "page_obj": page,
        "studies": [
            (study, queries.name_of(study), reverse("dicom:shared_study", args=[grant_id, study.pk]))
            for study in page
        ],
        "root": scope.root,
    }
    return render(request, "dicom/patient_images.html", context)


@require_GET
@clinical()
def shared_study(request: HearthlineRequest, grant_id: UUID, study_id: UUID) -> HttpResponse:
    """One study of a grant in the viewer."""
    scope = access.get_scope_for(request.actor, grant_id)
    frame = {
        "audience": "staff",
        "back": reverse("dicom:shared_images", args=[grant_id]),
        "ohif": offered_at(request.actor, "dicom:shared_ohif", grant_id, study_id),
    }
    return viewer_page(request, scope, study_id, frame)
