"""What several pages of a visit share."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token

from hearthline.foundation.blobs import BlobMissingError, open_blob
from hearthline.foundation.uploads import serve_as
from hearthline.identity.policy import HearthlineRequest
from hearthline.tenancy.models import Organization
from hearthline.visits.choices import DeviceState, Modality, ParticipantRole, SegmentCause
from hearthline.visits.models import Participant, Visit
from hearthline.visits.needs import wants_letters
from hearthline.visits.services import record
from hearthline.visits.services.preparation import latest_check
from hearthline.visits.words import room_words, trouble_words

DEVICE_POLICY = "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self)"
NO_CAMERA = frozenset({DeviceState.MISSING, DeviceState.BUSY, DeviceState.DENIED, DeviceState.UNSUPPORTED})


def with_devices(response: HttpResponse) -> HttpResponse:
    """Let this page alone use camera, microphone and screen; never cache it."""
    response.headers["Permissions-Policy"] = DEVICE_POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


def room_data(
    request: HearthlineRequest, participant: Participant, *, kind: str, after_url: str, **urls: str
) -> dict[str, Any]:
    """Return what the script of a room needs: addresses, the forgery token, words."""
    visit = participant.visit
    return {
        "kind": kind,
        "visit": str(visit.pk),
        "role": participant.role,
        "roles": {value: str(label) for value, label in ParticipantRole.choices},
        "base": f"/live/visits/{visit.pk}/",
        "query": "as=guest" if kind == "guest" else "",
        "token": get_token(request),
        "after": after_url,
        "urls": urls,
        "words": room_words(),
        "liveText": wants_letters(visit),
        "trouble": trouble_words(),
        "startedAt": visit.started_at.isoformat() if visit.started_at else "",
        **_beginning(visit, participant),
    }


def _beginning(visit: Visit, participant: Participant) -> dict[str, Any]:
    """Whether a browser begins with the picture: as booked, as chosen at the device check, or as chosen before."""
    check = latest_check(visit) if participant.role in record.PATIENT_SIDE else None
    has_chosen_voice = participant.modality != Modality.VIDEO and participant.modality_cause in {
        SegmentCause.CHOSEN,
        SegmentCause.AGREED,
    }
    has_no_camera = check is not None and check.camera in NO_CAMERA
    return {
        "wantsVideo": not has_chosen_voice and not (check is not None and check.is_voice_only),
        "voiceCause": (SegmentCause.NO_CAMERA if has_no_camera else SegmentCause.CHOSEN).value,
    }


def kept_file(organization_id: UUID, digest: str, content_type: str, name: str) -> StreamingHttpResponse:
    """Return a kept file as a browser may have it, piece by piece.

    Raises:
        Http404: the file is not there (any more).
    """
    try:
        content = open_blob(organization_id, digest)
    except BlobMissingError:
        raise Http404 from None
    headers = {**serve_as(content_type, name), "Content-Length": str(content.size)}
    return StreamingHttpResponse(content.stream(), headers=headers)


def organization_of(visit: Visit) -> Organization:
    """Return the clinic of a visit."""
    return Organization.objects.get(pk=visit.organization_id)
