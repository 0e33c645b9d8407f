"""What is wrong with a study: it is somebody else's, or should not be shown. Each can be undone."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hearthline.audit.services import record
from hearthline.directory.access import get_patient_for
from hearthline.identity.actor import Actor
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.imaging.dicom import queries
from hearthline.imaging.dicom.forms import CorrectionForm
from hearthline.imaging.dicom.models import Study
from hearthline.imaging.dicom.services import corrections
from hearthline.imaging.dicom.services.holds import RefusedDecisionError
from hearthline.imaging.dicom.services.retract import retract


@clinical()
@require_http_methods(["GET", "POST"])
def correct(request: HearthlineRequest, patient_id: UUID, study_id: UUID) -> HttpResponse:
    """Say what is wrong with a study of a patient, and why."""
    patient = get_patient_for(request.actor, patient_id)
    study = Study.objects.filter(patient=patient, pk=study_id).first()
    if study is None:
        raise Http404
    shown, taken_back = queries.counts_of(study)
    data = request.POST if request.method == "POST" else None
    form = CorrectionForm(data, is_shown=bool(shown), is_taken_back=bool(taken_back))
    if form.is_bound and form.is_valid():
        try:
            place = ACTS[form.cleaned_data["what"]](request.actor, study, form.cleaned_data["reason"])
        except RefusedDecisionError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Noted."))
            return HttpResponseRedirect(place, status=303)
    record(request.actor, "imaging_study.read", study, patient_id=patient.pk)
    context: dict[str, Any] = {
        "audience": "staff",
        "patient": patient,
        "study": study,
        "name": queries.name_of(study),
        "shown": shown,
        "taken_back": taken_back,
        "form": form,
    }
    return render(request, "dicom/correct.html", context, status=422 if form.is_bound else 200)


def _question(actor: Actor, study: Study, reason: str) -> str:
    hold = corrections.question(actor, study=study, reason=reason)
    return reverse("dicom:hold", args=[hold.pk])


def _take_back(actor: Actor, study: Study, reason: str) -> str:
    retract(actor, instances=queries.shown_of(study), reason=reason)
    return reverse("dicom:patient_images", args=[study.patient_id])


def _restore(actor: Actor, study: Study, reason: str) -> str:
    corrections.restore(actor, study=study, reason=reason)
    return reverse("dicom:viewer", args=[study.patient_id, study.pk])


ACTS: dict[str, Callable[[Actor, Study, str], str]] = {
    CorrectionForm.QUESTION: _question,
    CorrectionForm.TAKE_BACK: _take_back,
    CorrectionForm.RESTORE: _restore,
}
