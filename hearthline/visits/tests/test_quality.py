"""What measurements mean, and the pages that tell of them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from hearthline.foundation import clock
from hearthline.visits.choices import EndReason, Modality, SegmentCause
from hearthline.visits.models import Join, QualitySample, VisitFault
from hearthline.visits.quality import in_words, mean_opinion_score
from hearthline.visits.services import admission, segments
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People


@pytest.fixture
def ended(people: People) -> Stage:
    stage, began = make_visit(people), clock.now()
    with clock.frozen(began):
        _, patient = stage.begin()
    with clock.frozen(began + timedelta(minutes=5)):
        join = Join.objects.select_related("visit").get(pk=patient.pk)
        segments.change_modality(
            actor=people.patient.actor, join=join, modality=Modality.AUDIO, cause=SegmentCause.LINK
        )
        _measure(stage, "full", 4.3)
        _measure(stage, "audio", 2.5)
        VisitFault.objects.create(
            organization_id=people.organization.id,
            visit=stage.visit,
            participant=stage.participant(people.patient),
            kind="turn",
        )
    with clock.frozen(began + timedelta(minutes=15)):
        admission.end_visit(actor=people.physician.actor, visit=stage.visit, reason=EndReason.COMPLETED)
    return stage


def _measure(stage: Stage, rung: str, score: float) -> None:
    QualitySample.objects.create(
        organization_id=stage.people.organization.id,
        visit=stage.visit,
        participant=stage.participant(stage.people.patient),
        at=clock.now(),
        modality="video",
        rung=rung,
        mean_opinion_score=score,
        concealment=0,
        round_trip_ms=90,
        jitter_buffer_ms=60,
        frames_per_second=20,
        pair="relay",
        protocol="udp",
    )


def test_the_score_falls_with_loss_and_with_delay() -> None:
    clear = mean_opinion_score(concealment=0, jitter_buffer_ms=40, round_trip_ms=40)
    lossy = mean_opinion_score(concealment=0.1, jitter_buffer_ms=40, round_trip_ms=40)
    late = mean_opinion_score(concealment=0, jitter_buffer_ms=500, round_trip_ms=600)
    assert clear == pytest.approx(4.38, abs=0.02)
    assert clear > lossy > late >= 1
    assert mean_opinion_score(concealment=1, jitter_buffer_ms=60_000, round_trip_ms=60_000) == 1
    assert [in_words(score)[1] for score in (4.3, 3.7, 3.2, 1.0)] == ["ok", "info", "watch", "watch"]


def test_the_clinician_reads_how_the_visit_was_held(ended: Stage) -> None:
    page = ended.people.physician.client.get(reverse("visits:wrap_up", args=[ended.visit.pk])).text
    for words in (
        "10 minutes",
        "The connection was too weak for video",
        "Full picture",
        "Voice only",
        "relay udp",
        "The relay could not be reached",
    ):
        assert words in page


def test_whoever_runs_the_clinic_reads_numbers_without_names(ended: Stage) -> None:
    people, address = ended.people, reverse("visits:connections")
    for person in (people.administrator, people.navigator, people.nurse, people.physician):
        page = person.client.get(address).text
        assert "Went on by voice because of the line" in page
        assert "The relay could not be reached" in page
    assert ended.visit.patient.family_name not in people.administrator.client.get(address).text
    assert "The relay could not be reached" not in people.stranger.client.get(address).text
    for person in (people.patient, people.technician):
        assert person.client.get(address).status_code == 403
