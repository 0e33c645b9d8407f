"""The doors of DICOMweb: who asks, by a machine's token or a person's session, and the root that is asked."""

from uuid import UUID

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from hearthline.identity.policy import public


@public
def by_grant(request: HttpRequest, grant_id: UUID, resource: str = "") -> HttpResponseBase:
    """Answer under the root of a grant."""
    raise Http404


@public
def by_patient(request: HttpRequest, patient_id: UUID, resource: str = "") -> HttpResponseBase:
    """Answer under the root of a patient in the person's care."""
    raise Http404
