"""A photo as a DICOM object, for those outside who read DICOM only."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import CLINICIAN_ROLES
from hearthline.imaging.dicom.access import get_photo_for
from hearthline.imaging.dicom.services.export import NotExportableError, export_file

DERMOSCOPY = "dermoscopy"
FORMS = {"photograph", DERMOSCOPY}


@require_GET
@requires(*CLINICIAN_ROLES)
def photo(request: HearthlineRequest, file_id: UUID, form: str) -> HttpResponse:
    """Give a photo as a VL Photographic or Dermoscopic Photography file."""
    if form not in FORMS:
        raise Http404
    found = get_photo_for(request.actor, file_id)
    try:
        content = export_file(request.actor, file=found, is_dermoscopy=form == DERMOSCOPY)
    except NotExportableError:
        context = {"audience": "staff", "title": _("This picture cannot stand in a DICOM object")}
        return render(request, "dicom/not_exportable.html", context, status=422)
    response = HttpResponse(content, content_type="application/dicom")
    response["Content-Disposition"] = 'attachment; filename="photo.dcm"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
