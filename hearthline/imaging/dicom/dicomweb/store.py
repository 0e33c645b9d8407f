"""STOW-RS (PS3.18 10.5): objects in."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from hearthline.directory.models import Patient
from hearthline.foundation.sandbox import SandboxLimitError
from hearthline.imaging.dicom.dicomweb.answers import DICOM, Refusal, as_json
from hearthline.imaging.dicom.dicomweb.bodies import body_in_memory, boundary_of, parts_of
from hearthline.imaging.dicom.dicomweb.resources import Act, Resource
from hearthline.imaging.dicom.scopes import STORE, Scope
from hearthline.imaging.dicom.services.filing import Outcome
from hearthline.imaging.dicom.services.receive import receive

# Failure reasons (PS3.18 table 10.5.3-1, PS3.4 table B.2-1); a study outside of the address is "cannot understand".
FAILURES = {"study": 0xA900, "syntax": 0x0122, "dimensions": 0xA900, "pixels": 0xA900}
CANNOT_UNDERSTAND = 0xC000
HELD = 0xB000  # a warning: kept, but not shown before a person has decided whose it is


def store(request: HttpRequest, scope: Scope, resource: Resource) -> HttpResponse:
    """Take the objects of a request.

    Raises:
        Refusal: nothing of the body can be taken.
    """
    is_place = (resource.act is Act.SEARCH and resource.level == "studies") or (
        resource.act is Act.OBJECTS and not resource.series
    )
    if not is_place:
        raise Refusal(405, "Objects are stored at …/studies or …/studies/{study}.")
    if not scope.may(STORE):
        raise Http404
    expected = Patient.objects.get(pk=scope.patient_id) if scope.patient_id is not None else None
    if expected is None and scope.study_ids is not None:
        raise Http404  # a root of named studies takes no others
    content_type = request.headers.get("Content-Type", "")
    with body_in_memory(request) as (descriptor, content):
        is_single = content_type.split(";")[0].strip().lower() == DICOM
        spans = [(0, len(content))] if is_single else parts_of(content, boundary_of(content_type))
        if not spans:
            raise Refusal(400, "The request has no parts. Send at least one DICOM object.")
        try:
            with memoryview(content) as view:
                outcomes = receive(
                    scope.actor,
                    content=descriptor,
                    view=view,
                    spans=spans,
                    expected=expected,
                    source=scope.actor.name[:64],
                    study_uid=resource.study,
                )
        except SandboxLimitError:
            raise Refusal(503, "Too much is being received at once. Try again in a few seconds.") from None
    return as_json(
        request, _answer(request.build_absolute_uri(scope.root), outcomes), status=_status(outcomes)
    )


def _status(outcomes: list[Outcome]) -> int:
    failed = sum(bool(outcome.refused) for outcome in outcomes)
    if failed == len(outcomes):
        return 409
    return 202 if failed or any(outcome.is_held for outcome in outcomes) else 200


def _answer(root: str, outcomes: Iterable[Outcome]) -> dict[str, Any]:
    stored, failed, studies = [], [], set()
    for outcome in outcomes:
        item: dict[str, Any] = {}
        if outcome.sop_uid:
            item = {
                "00081150": {"vr": "UI", "Value": [outcome.sop_class_uid]},
                "00081155": {"vr": "UI", "Value": [outcome.sop_uid]},
            }
        if outcome.refused:
            code = FAILURES.get(outcome.refused, CANNOT_UNDERSTAND)
            failed.append({**item, "00081197": {"vr": "US", "Value": [code]}})
        elif outcome.is_held:
            stored.append({**item, "00081196": {"vr": "US", "Value": [HELD]}})
        else:
            studies.add(outcome.study_uid)
            place = (
                f"{root}/studies/{outcome.study_uid}/series/{outcome.series_uid}/instances/{outcome.sop_uid}"
            )
            stored.append({**item, "00081190": {"vr": "UR", "Value": [place]}})
    answer: dict[str, Any] = {}
    if len(studies) == 1:
        answer["00081190"] = {"vr": "UR", "Value": [f"{root}/studies/{studies.pop()}"]}
    if stored:
        answer["00081199"] = {"vr": "SQ", "Value": stored}
    if failed:
        answer["00081198"] = {"vr": "SQ", "Value": failed}
    return answer
