"""OHIF over a root of DICOMweb, for those who read images: the same session, the same grants, a policy of its own.

What it may do is what its page lets it do: nothing is asked of anybody but this installation, no text becomes code, and
pixels come already decoded, so that no stranger's codestream is decoded in the reader's browser.
"""

from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF
from django.http import FileResponse, Http404, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from hearthline.directory.access import get_patient_for
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.imaging.dicom import access, ohif
from hearthline.imaging.dicom.parsing.syntaxes import EXPLICIT_LITTLE
from hearthline.imaging.dicom.scopes import Scope

STUDIES = "StudyInstanceUIDs"
CACHE_SECONDS = 31_536_000  # an address names the version: its content never changes
CONTENT_SECURITY_POLICY: dict[str, list[str]] = {
    "default-src": [NONE],
    "script-src": [SELF, "'wasm-unsafe-eval'"],
    "worker-src": [SELF, "blob:"],
    "style-src": [SELF, "'unsafe-inline'"],  # it writes its styles into the page
    "img-src": [SELF, "data:", "blob:"],
    "font-src": [SELF, "data:"],
    "connect-src": [SELF, "data:", "blob:"],
    "base-uri": [NONE],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
}


@require_GET
@clinical(*access.READER_ROLES)
def of_patient(request: HearthlineRequest, patient_id: UUID, study_id: UUID) -> HttpResponseBase:
    """Open a study of a patient in one's care."""
    patient = get_patient_for(request.actor, patient_id)
    return ohif_page(request, access.get_patient_scope_for(request.actor, patient.pk), study_id)


@require_GET
@clinical(*access.READER_ROLES)
def of_grant(request: HearthlineRequest, grant_id: UUID, study_id: UUID) -> HttpResponseBase:
    """Open a study that was shared."""
    return ohif_page(request, access.get_scope_for(request.actor, grant_id), study_id)


def ohif_page(request: HearthlineRequest, scope: Scope, study_id: UUID) -> HttpResponseBase:
    """Open a study of a root in OHIF.

    Raises:
        Http404: it does not exist under this root, or OHIF is not installed.
    """
    entry, study = ohif.entry(), scope.studies().filter(pk=study_id).first()
    if entry is None or study is None:
        raise Http404
    if STUDIES not in request.GET:
        return HttpResponseRedirect(f"{request.path}?{urlencode({STUDIES: study.study_uid})}")
    scope.note("imaging_study.opened_in_ohif", study)
    place = request.path.removesuffix("/").removesuffix("/viewer")
    context = {"entry": entry, "data": {"place": place, "address": ohif.ADDRESS, "source": _source(scope)}}
    return _with_policy(render(request, "dicom/ohif.html", context))


def _source(scope: Scope) -> dict[str, Any]:
    """Return what OHIF is told of a root."""
    return {
        "friendlyName": "Hearthline",
        "name": "hearthline",
        "qidoRoot": scope.root,
        "wadoRoot": scope.root,
        "qidoSupportsIncludeField": True,
        "supportsFuzzyMatching": False,
        "supportsWildcard": True,
        "supportsReject": False,
        "dicomUploadEnabled": False,
        "imageRendering": "wadors",
        "thumbnailRendering": "thumbnail",
        "thumbnailRequestStrategy": "fetch",
        "enableStudyLazyLoad": True,
        "singlepart": "bulkdata,video",
        "bulkDataURI": {"enabled": True},
        "requestTransferSyntaxUID": EXPLICIT_LITTLE,
    }


@require_GET
@clinical(*access.READER_ROLES)
def file(_request: HearthlineRequest, version: str, name: str) -> HttpResponseBase:
    """Give a file of the installed version; every browser that runs OHIF takes it compressed."""
    found = ohif.find(name) if version == ohif.VERSION else None
    if found is None:
        raise Http404
    path, kind = found
    headers = {
        "Content-Encoding": "gzip",
        "Cache-Control": f"private, max-age={CACHE_SECONDS}, immutable",
    }
    return _with_policy(FileResponse(path.open("rb"), content_type=kind, headers=headers))


def _with_policy(response: HttpResponseBase) -> HttpResponseBase:
    """Replace the pages' policy by OHIF's own; a worker has that of its script."""
    response._csp_config = CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]  # noqa: SLF001
    return response
