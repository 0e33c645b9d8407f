"""Exports for teaching: begin one, look at each picture, have the files made, fetch them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.audit.services import record
from hearthline.directory.access import get_patient_for
from hearthline.directory.models import Patient
from hearthline.foundation.blobs import open_blob
from hearthline.foundation.sandbox import SandboxError
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import CLINICIAN_ROLES
from hearthline.imaging.dicom import access
from hearthline.imaging.dicom.forms import ReasonForm, TeachingImageForm
from hearthline.imaging.dicom.models import Study, TeachingExport, TeachingImage
from hearthline.imaging.dicom.services import teaching
from hearthline.imaging.dicom.services.export import NotExportableError
from hearthline.imaging.dicom.services.teaching import RefusedExportError
from hearthline.imaging.dicom.views.common import zone_of
from hearthline.imaging.intake.access import captures_for

MOST_EXPORTS = 20
CHECKERS = tuple(CLINICIAN_ROLES)


@require_http_methods(["GET", "POST"])
@requires(*CHECKERS)
def of_study(request: HearthlineRequest, patient_id: UUID, study_id: UUID) -> HttpResponse:
    """The exports of a study, and a new one."""
    patient = get_patient_for(request.actor, patient_id)
    scope = access.get_patient_scope_for(request.actor, patient.pk)
    study = scope.studies().filter(pk=study_id).first()
    if study is None:
        raise Http404
    back = reverse("dicom:viewer", args=[patient.pk, study.pk])
    return _begin(request, patient, back, study=study)


@require_http_methods(["GET", "POST"])
@requires(*CHECKERS)
def of_capture(request: HearthlineRequest, capture_id: UUID) -> HttpResponse:
    """The exports of a set of photos, and a new one."""
    capture = captures_for(request.actor).filter(pk=capture_id).select_related("patient").first()
    if capture is None:
        raise Http404
    back = reverse("intake:sets", args=[capture.patient_id])
    return _begin(request, capture.patient, back, capture=capture)


def _begin(request: HearthlineRequest, patient: Patient, back: str, **source: Any) -> HttpResponse:
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = teaching.start(
                request.actor, patient=patient, reason=form.cleaned_data["reason"], **source
            )
        except RefusedExportError as refusal:
            form.add_error(None, str(refusal))
        else:
            return HttpResponseRedirect(reverse("dicom:teaching", args=[made.pk]), status=303)
    exports = TeachingExport.objects.filter(patient=patient, **source).select_related("made_by")
    record(request.actor, "teaching_export.listed", patient, patient_id=patient.pk)
    context = {
        "audience": "staff",
        "patient": patient,
        "exports": exports[:MOST_EXPORTS],
        "form": form,
        "back": back,
        **_left_out(source.get("study")),
        "zone": zone_of(request),
    }
    return render(request, "dicom/teaching_begin.html", context, status=422 if form.is_bound else 200)


def _left_out(study: Study | None) -> dict[str, Any]:
    """Return what a page says of objects that are not part of an export, since nobody could look at all of them."""
    return {"too_long": teaching.too_long_of(study) if study else 0, "most_frames": teaching.MOST_FRAMES}


@require_GET
@requires(*CHECKERS)
def export(request: HearthlineRequest, export_id: UUID) -> HttpResponse:
    """One export: which pictures were looked at, and what comes next."""
    return _export_page(request, access.get_export_for(request.actor, export_id))


def _export_page(request: HearthlineRequest, found: TeachingExport, problem: str = "") -> HttpResponse:
    images = list(found.images.select_related("decided_by"))
    record(request.actor, "teaching_export.read", found, patient_id=found.patient_id)
    context = {
        "audience": "staff",
        "patient": found.patient,
        "export": found,
        "images": images,
        "open": [one for one in images if one.decision == TeachingImage.Decision.OPEN],
        "problem": problem,
        **_left_out(found.study),
        "zone": zone_of(request),
    }
    return render(request, "dicom/teaching.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "POST"])
@requires(*CHECKERS)
def image(request: HearthlineRequest, export_id: UUID, position: int) -> HttpResponse:
    """One picture in all its frames, and what a person says of it."""
    found = _image_of(request, export_id, position)
    lines = "\n".join(", ".join(str(number) for number in box) for box in found.boxes)
    is_decided = found.decision != TeachingImage.Decision.OPEN
    initial = {"decision": found.decision if is_decided else "", "boxes": lines}
    form = TeachingImageForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        decision = TeachingImage.Decision(values["decision"])
        try:
            teaching.check(request.actor, image=found, decision=decision, boxes=values["boxes"])
        except RefusedExportError as refusal:
            form.add_error(None, str(refusal))
        else:
            return HttpResponseRedirect(_next(found), status=303)
    instance, photo = found.instance, found.file
    record(request.actor, "teaching_image.read", found, patient_id=found.export.patient_id)
    context = {
        "audience": "staff",
        "patient": found.export.patient,
        "export": found.export,
        "image": found,
        "frames": range(1, (instance.frame_count if instance else 1) + 1),
        "width": instance.columns if instance else photo.width if photo else 0,
        "height": instance.rows if instance else photo.height if photo else 0,
        "form": form,
    }
    return render(request, "dicom/teaching_image.html", context, status=422 if form.is_bound else 200)


def _next(image: TeachingImage) -> str:
    """Return where to go after a picture: to itself when parts were blanked, to see it, else to the next open one."""
    export = image.export
    if image.decision == TeachingImage.Decision.BLANKED:
        return reverse("dicom:teaching_image", args=[export.pk, image.position])
    left = export.images.filter(decision=TeachingImage.Decision.OPEN).first()
    if left is None:
        return reverse("dicom:teaching", args=[export.pk])
    return reverse("dicom:teaching_image", args=[export.pk, left.position])


def _image_of(request: HearthlineRequest, export_id: UUID, position: int) -> TeachingImage:
    export = access.get_export_for(request.actor, export_id)
    rows = TeachingImage.objects.filter(export=export, position=min(position, teaching.MOST_IMAGES + 1))
    found = rows.select_related("export__patient", "instance", "file__patient").first()
    if found is None:
        raise Http404
    return found


@require_GET
@requires(*CHECKERS)
def picture(request: HearthlineRequest, export_id: UUID, position: int, frame: int) -> HttpResponse:
    """One frame as it would be given away, with its rectangles blanked."""
    found = _image_of(request, export_id, position)
    try:
        content, count = teaching.picture(found, frame, found.boxes)
    except (SandboxError, NotExportableError):
        raise Http404 from None
    if not 1 <= frame <= count:
        raise Http404
    response = HttpResponse(content, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@requires(*CHECKERS)
def release(request: HearthlineRequest, export_id: UUID) -> HttpResponse:
    """Have the files made."""
    found = access.get_export_for(request.actor, export_id)
    try:
        teaching.release(request.actor, export=found)
    except RefusedExportError as refusal:
        return _export_page(request, found, str(refusal))
    messages.success(request, _("The files are being made."))
    return HttpResponseRedirect(reverse("dicom:teaching", args=[found.pk]), status=303)


@require_POST
@requires(*CHECKERS)
def end(request: HearthlineRequest, export_id: UUID) -> HttpResponse:
    """Let the files go."""
    found = access.get_export_for(request.actor, export_id)
    try:
        teaching.end(request.actor, export=found)
    except RefusedExportError as refusal:
        return _export_page(request, found, str(refusal))
    messages.success(request, _("Ended. The files are gone."))
    return HttpResponseRedirect(reverse("dicom:teaching", args=[found.pk]), status=303)


@require_GET
@requires(*CHECKERS)
def files(request: HearthlineRequest, export_id: UUID) -> HttpResponseBase:
    """Give the files as one archive."""
    found = access.get_export_for(request.actor, export_id)
    if found.state != TeachingExport.State.READY:
        raise Http404
    record(request.actor, "teaching_export.fetched", found, patient_id=found.patient_id)
    response = StreamingHttpResponse(
        open_blob(found.organization_id, found.sha256).stream(), content_type=teaching.ZIP_TYPE
    )
    response["Content-Disposition"] = 'attachment; filename="teaching.zip"'
    response["Content-Length"] = str(found.size)
    response["X-Content-Type-Options"] = "nosniff"
    return response
