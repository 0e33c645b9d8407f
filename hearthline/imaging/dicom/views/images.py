"""Pages of images: what a patient has, the viewer, and held images with their decision."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hearthline.audit.services import record
from hearthline.directory.access import get_patient_for
from hearthline.identity.policy import HearthlineRequest, clinical, patient_page
from hearthline.identity.roles import CLINICIAN_ROLES
from hearthline.imaging.dicom import access, queries
from hearthline.imaging.dicom.forms import DecisionForm
from hearthline.imaging.dicom.models import Hold
from hearthline.imaging.dicom.ohif import offered_at
from hearthline.imaging.dicom.scopes import Scope
from hearthline.imaging.dicom.services import holds as decisions

PAGE_LENGTH = 20


@clinical()
@require_http_methods(["GET"])
def patient_images(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """The studies of a patient."""
    patient = get_patient_for(request.actor, patient_id)
    scope = access.get_patient_scope_for(request.actor, patient.pk)
    page = Paginator(queries.studies_of(scope), PAGE_LENGTH).get_page(request.GET.get("page"))
    record(request.actor, "imaging.listed", patient, patient_id=patient.pk)
    context = {
        "audience": "staff",
        "patient": patient,
        "page_obj": page,
        "studies": [
            (study, queries.name_of(study), reverse("dicom:viewer", args=[patient.pk, study.pk]))
            for study in page
        ],
        "taken_back": [(study, queries.name_of(study)) for study in queries.taken_back_of(patient)],
        "root": scope.root,
        "may_share": request.actor.has_role(*CLINICIAN_ROLES),
    }
    return render(request, "dicom/patient_images.html", context)


@clinical()
@require_http_methods(["GET"])
def viewer(request: HearthlineRequest, patient_id: UUID, study_id: UUID) -> HttpResponse:
    """One study in the viewer, with those before it to compare."""
    patient = get_patient_for(request.actor, patient_id)
    scope = access.get_patient_scope_for(request.actor, patient.pk)
    frame = {
        "audience": "staff",
        "patient": patient,
        "back": reverse("dicom:patient_images", args=[patient.pk]),
        "ohif": offered_at(request.actor, "dicom:ohif", patient.pk, study_id),
    }
    return viewer_page(request, scope, study_id, frame)


@patient_page
@require_http_methods(["GET"])
def own_images(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """The studies of oneself, or of somebody one cares for."""
    scope = access.get_patient_scope_for(request.actor, patient_id)
    page = Paginator(queries.studies_of(scope), PAGE_LENGTH).get_page(request.GET.get("page"))
    scope.note_search()
    context = {
        "audience": "patient",
        "patient_id": patient_id,
        "page_obj": page,
        "studies": [(study, queries.name_of(study)) for study in page],
        "root": scope.root,
    }
    return render(request, "dicom/own_images.html", context)


@patient_page
@require_http_methods(["GET"])
def own_viewer(request: HearthlineRequest, patient_id: UUID, study_id: UUID) -> HttpResponse:
    """One's own study in the viewer."""
    scope = access.get_patient_scope_for(request.actor, patient_id)
    back = reverse("dicom:own_images", args=[patient_id])
    return viewer_page(request, scope, study_id, {"audience": "patient", "back": back})


def viewer_page(
    request: HearthlineRequest, scope: Scope, study_id: UUID, frame: dict[str, Any]
) -> HttpResponse:
    """Show a study of a root in the viewer, with others of the root to compare; ``frame`` says what stands around it.

    Raises:
        Http404: it does not exist under this root.
    """
    study = scope.studies().filter(pk=study_id).first()
    if study is None:
        raise Http404
    others = list(queries.studies_of(scope).exclude(pk=study.pk)[: queries.MOST_PRIORS])
    prior = next((one for one in others if str(one.pk) == request.GET.get("prior")), None)
    scope.note("imaging_study.opened", study)
    images = queries.images_of(scope, study)
    context = {
        "study": study,
        "name": queries.name_of(study),
        "priors": [(one, queries.name_of(one)) for one in others],
        "prior": prior,
        "images": images,
        "data": _viewer_facts(scope.root, images, queries.images_of(scope, prior) if prior else []),
        **frame,
    }
    response = render(request, "dicom/viewer.html", context)
    # What ``csp.decorators.csp_update`` sets: the decoder of HTJ2K is WebAssembly.
    response._csp_update = {"script-src": ["'wasm-unsafe-eval'"]}  # type: ignore[attr-defined]  # noqa: SLF001
    return response


def _viewer_facts(root: str, images: list[dict[str, Any]], priors: list[dict[str, Any]]) -> dict[str, Any]:
    words = {
        "preview": _("Preview, not full quality"),
        "loading": _("Loading full quality"),
        "full": _("Full quality"),
        "failed": _("The image could not be loaded. Check the connection and choose it again."),
        "window": _("Window"),
        "unknown": _("Spacing unknown: no millimetres"),
        "detector": _("at detector"),
        "pixels": _("pixels"),
        "frame": _("frame"),
    }
    return {"root": root, "images": images, "priors": priors, "words": words}


@clinical()
@require_http_methods(["GET"])
def holds(request: HearthlineRequest) -> HttpResponse:
    """Held images that wait for a decision."""
    found = queries.open_holds(access.holds_for(request.actor))
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    rows = [(hold, queries.name_of(hold.study)) for hold in page]
    record(request.actor, "imaging_hold.listed", ("dicom.hold", "open"))
    return render(request, "dicom/holds.html", {"audience": "staff", "page_obj": page, "rows": rows})


@clinical()
@require_http_methods(["GET", "POST"])
def hold(request: HearthlineRequest, hold_id: UUID) -> HttpResponse:
    """One held study: what the header says, who was expected, and the decision."""
    found = access.get_hold_for(request.actor, hold_id)
    form = DecisionForm(request.POST if request.method == "POST" else None, actor=request.actor, hold=found)
    if form.is_bound and form.is_valid():
        try:
            _decide(request, found, form.cleaned_data)
        except decisions.RefusedDecisionError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Noted."))
            return HttpResponseRedirect(reverse("dicom:hold", args=[found.pk]), status=303)
    record(request.actor, "imaging_hold.read", found)
    context = {
        "audience": "staff",
        "hold": found,
        "study": found.study,
        "name": queries.name_of(found.study),
        "differences": [_difference_words().get(name, name) for name in found.differences],
        "decisions": found.decisions.select_related("decided_by"),
        "form": form,
        "zone": request.organization.zone,  # type: ignore[attr-defined]
    }
    return render(request, "dicom/hold.html", context, status=422 if form.is_bound else 200)


def _decide(request: HearthlineRequest, found: Hold, wanted: dict[str, Any]) -> None:
    actor, reason = request.actor, wanted["reason"]
    match wanted["decision"]:
        case DecisionForm.ACCEPT:
            decisions.accept(actor, hold=found, reason=reason)
        case DecisionForm.MOVE:
            decisions.move(actor, hold=found, patient=wanted["patient"], reason=reason)
        case DecisionForm.REFUSE:
            decisions.refuse(actor, hold=found, reason=reason)
        case _:
            decisions.undo(actor, hold=found, reason=reason)


def _difference_words() -> dict[str, str]:
    """Return what each difference is called."""
    return {
        "name": _("The name is another"),
        "birth_date": _("The birth date is another"),
        "sex": _("The sex is another"),
        "identifier": _("The number is another patient's"),
        "missing": _("The header does not say enough: no name with birth date, no number known here"),
        "unknown": _("Nobody here fits the header"),
        "several": _("Several patients fit the header"),
        "questioned": _("Somebody here says that these are another patient's images"),
    }
