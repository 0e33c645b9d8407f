"""What is sent that should not be: refused, recorded once, and nobody else is disturbed."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from hearthline.audit.queries import AuditFilter, search
from hearthline.foundation import clock
from hearthline.live import doors, limits
from hearthline.live.tests.edge import Edge, Scene
from hearthline.tenancy.context import acting_in
from hearthline.visits.choices import EndReason
from hearthline.visits.models import SignalMessage
from hearthline.visits.services.admission import end_visit
from hearthline.visits.tests.stage import Stage
from hearthline.visits.wire import BODY_BYTES_MOST, SDP_LENGTH

OFFER = {"type": "offer", "sdp": "v=0"}
DESCRIPTION = {"kind": "description", "description": OFFER, "negotiation": 1, "roles": {}}
CANDIDATES = {"kind": "candidates", "to": 99, "candidates": []}


def denials(stage: Stage) -> Counter[tuple[str, str]]:
    """Return route and reason of what was refused, counted."""
    at, hour = clock.now(), timedelta(hours=1)
    with acting_in(stage.people.organization.id):
        refused = AuditFilter(since=at - hour, until=at + hour, action="live.refused")
        rows = search(stage.people.auditor.actor, refused)
    return Counter((row.subject_id, row.reason) for row in rows if row.outcome == "denied")


def test_what_is_refused_is_recorded(play: Callable[[Scene], Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    # It fills so slowly that a slow machine does not hide the flood.
    monkeypatch.setattr(limits, "signals", limits.Limiter(rate=0.01, burst=limits.SIGNALS_BURST))

    async def scene(edge: Edge) -> None:
        limits.denials.buckets.clear()
        people = edge.stage.people
        clinician, patient = await edge.join(people.physician), await edge.join(people.patient)
        to = clinician["number"]
        waiting = {"join": patient["join"], "messages": [{**DESCRIPTION, "to": to}]}
        foreign = {"join": clinician["join"], "messages": [{**DESCRIPTION, "to": to}]}
        huge = {**DESCRIPTION, "to": to, "description": {**OFFER, "sdp": "x" * (SDP_LENGTH + 1)}}
        for person, name, body, status in (
            (people.patient, "signal", waiting, 403),
            (people.patient, "relay", {"join": patient["join"]}, 403),
            (people.patient, "signal", foreign, 409),
            (people.stranger, "signal", waiting, 404),
            (people.patient, "signal", {"join": patient["join"], "messages": [huge]}, 422),
            (people.patient, "signal", b"\xff" * 20, 422),
            (people.patient, "signal", b"x" * (BODY_BYTES_MOST + 1), 413),
        ):
            answer = await edge.post(person, name, body)
            assert answer.status_code == status, (name, status, answer.text)
        assert (await edge.post(people.patient, "signal", waiting, csrf="b" * 32)).status_code == 403
        flood = {"join": clinician["join"], "messages": [CANDIDATES] * 40}
        statuses = [(await edge.post(people.physician, "signal", flood)).status_code for _ in range(4)]
        assert statuses[-1] == 429
        calm = {"join": patient["join"], "messages": []}
        assert (await edge.post(people.patient, "signal", calm)).status_code == 200, "nobody else is slowed"

    stage = play(scene)
    found = denials(stage)
    assert found.keys() >= {
        ("signal", "not_admitted"),
        ("relay", "not_admitted"),
        ("signal", "stale"),
        ("signal", "unreadable"),
        ("signal", "too_large"),
        ("signal", "forged"),
        ("signal", "too_many"),
    }
    with acting_in(stage.people.organization.id):
        assert not SignalMessage.objects.filter(name="signal").exists(), "nothing reached anybody"
    assert found["signal", "too_many"] == 1, "a flood does not flood the record"


def test_after_the_end_nobody_gets_relay_credentials(play: Callable[[Scene], Stage]) -> None:
    async def scene(edge: Edge) -> None:
        limits.denials.buckets.clear()
        people = edge.stage.people
        clinician = await edge.join(people.physician)
        await edge.join(people.patient)
        given = (await edge.post(people.physician, "relay", {"join": clinician["join"]})).json()
        assert given["seconds"] <= 600, "what was given before ends ten minutes later"
        await doors.in_thread(lambda: _end(edge.stage))
        answer = await edge.post(people.physician, "relay", {"join": clinician["join"]})
        assert (answer.status_code, answer.json()["code"]) == (410, "closed")

    assert ("relay", "closed") in denials(play(scene))


def _end(stage: Stage) -> None:
    with acting_in(stage.people.organization.id):
        stage.admit_patient()
        stage.visit.refresh_from_db()
        end_visit(actor=stage.people.physician.actor, visit=stage.visit, reason=EndReason.COMPLETED)
