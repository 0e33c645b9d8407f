"""What browsers tell of their way to take part, of what they receive and of what fails, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from hearthline.live import doors
from hearthline.live.tests.edge import Edge, Scene
from hearthline.tenancy.context import acting_in
from hearthline.visits.models import QualitySample, Segment, VisitFault
from hearthline.visits.tests.stage import Stage

SAMPLE: dict[str, Any] = {
    "kind": "quality",
    "rung": "low",
    "concealment": 0.0,
    "roundTripMs": 80,
    "jitterBufferMs": 60,
    "framesPerSecond": 15,
    "freezeSeconds": 0,
    "pair": "relay",
    "protocol": "udp",
    "reconnects": 1,
}
BY_LINK = {"kind": "modality", "modality": "audio", "cause": "link"}
NOT_ALLOWED = {"kind": "fault", "fault": "permission", "detail": "camera"}


def admit(stage: Stage) -> None:
    with acting_in(stage.people.organization.id):
        assert stage.admit_patient()


def test_way_quality_and_faults_are_written_down_by_the_server(play: Callable[[Scene], Stage]) -> None:
    async def scene(edge: Edge) -> None:
        people = edge.stage.people
        await edge.join(people.physician)
        joined = await edge.join(people.patient)
        await doors.in_thread(lambda: admit(edge.stage))
        sent = {"join": joined["join"], "messages": [BY_LINK, SAMPLE, NOT_ALLOWED]}
        assert (await edge.post(people.patient, "signal", sent)).json() == {"undelivered": 0}
        foreign = await edge.post(people.physician, "signal", sent)
        assert foreign.status_code == 409, "nobody speaks for somebody else"
        assert (await edge.post(people.navigator, "signal", sent)).status_code == 404

    stage = play(scene)
    with acting_in(stage.people.organization.id):
        segments = Segment.objects.filter(visit=stage.visit, participant__role="patient")
        assert [(one.modality, one.modality_cause) for one in segments] == [("video", ""), ("audio", "link")]
        sample = QualitySample.objects.get()
        assert (sample.rung, sample.pair, sample.reconnects, sample.modality) == ("low", "relay", 1, "audio")
        assert sample.mean_opinion_score == pytest.approx(4.36, abs=0.02)
        fault = VisitFault.objects.get()
        assert (fault.kind, fault.detail, fault.participant.role) == ("permission", "camera", "patient")


def test_measurements_of_a_good_line_come_together_and_keep_their_moments(
    play: Callable[[Scene], Stage],
) -> None:
    async def scene(edge: Edge) -> None:
        patient = edge.stage.people.patient
        joined = await edge.join(patient)
        gathered = [{**SAMPLE, "secondsAgo": ago} for ago in (10, 5)]
        sent = {"join": joined["join"], "messages": [*gathered, BY_LINK, {**SAMPLE, "secondsAgo": 0}]}
        assert (await edge.post(patient, "signal", sent)).status_code == 200
        long_ago = {"join": joined["join"], "messages": [{**SAMPLE, "secondsAgo": 61}]}
        assert (await edge.post(patient, "signal", long_ago)).status_code == 422

    stage = play(scene)
    with acting_in(stage.people.organization.id):
        first, second, last = QualitySample.objects.order_by("at")
    assert [one.modality for one in (first, second, last)] == ["video", "video", "audio"]
    assert (second.at - first.at).total_seconds() == pytest.approx(5, abs=1)
    assert (last.at - second.at).total_seconds() == pytest.approx(5, abs=2)


def test_what_is_no_way_cause_score_or_fault_is_refused(play: Callable[[Scene], Stage]) -> None:
    async def scene(edge: Edge) -> None:
        physician = edge.stage.people.physician
        joined = await edge.join(physician)
        for wrong in (
            {**BY_LINK, "modality": "phone"},
            {**BY_LINK, "cause": "agreed"},
            {**SAMPLE, "rung": "higher"},
            {**SAMPLE, "mos": 5},
            {**SAMPLE, "address": "192.0.2.7"},
            {**NOT_ALLOWED, "fault": "weather"},
            {**NOT_ALLOWED, "detail": "192.0.2.7"},
        ):
            answer = await edge.post(physician, "signal", {"join": joined["join"], "messages": [wrong]})
            assert answer.status_code == 422, wrong

    play(scene)
