"""Real results for the walk over every route."""

from io import BytesIO
from typing import Any

from hearthline.charting.results import senders
from hearthline.charting.results.models import CriticalResult, IncomingMessage, Observation, ResultDocument
from hearthline.charting.results.tests.stage import make_stage, nm, oru
from hearthline.foundation.blobs import store
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    stage = make_stage(people)
    stage.take(oru(nm("7.1", flag="HH"), filler="WALK"), "WALK")
    waiting = IncomingMessage.objects.get(pk=stage.take(oru(nm("1"), number="NOBODY"), "WALK-2").message_id)
    report, line = stage.report(), Observation.objects.get()
    blob = store(people.organization.id, BytesIO(b"walk"), "application/pdf")
    file = ResultDocument.objects.create(
        organization_id=people.organization.id,
        report=report,
        title="Walk",
        content_type=blob.content_type,
        sha256=blob.sha256,
        size_bytes=blob.size,
    )
    token, _secret = senders.issue_token(
        actor=people.administrator.actor, name="Walk", laboratory=stage.laboratory, scopes=[], days=30
    )
    of_report, of_message = {"report_id": report.pk}, {"message_id": waiting.pk}
    plain = ("report", "acknowledge", "hand_over", "hold", "release", "own_result")
    return {
        **{f"results:{name}": of_report for name in plain},
        **{f"results:{name}": of_message for name in ("message", "match", "replay", "correct", "set_aside")},
        "results:trend": {**of_report, "observation_id": line.pk},
        "results:critical": {"critical_id": CriticalResult.objects.get().pk},
        "results:document": {"document_id": file.pk},
        "results:of_patient": {"patient_id": stage.patient.pk},
        "results:laboratory": {"laboratory_id": stage.laboratory.pk},
        "results:revoke": {"token_id": token.pk},
    }
