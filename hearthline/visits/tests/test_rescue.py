"""The rescue desk: which visits come first and why, who sees it, and what it does."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from hearthline.foundation import clock
from hearthline.visits.models import DeviceCheck, QualitySample, Visit
from hearthline.visits.rescue import WORDS, Sign, all_weights, risk_of, weights_on
from hearthline.visits.rescue_desk import desk_for
from hearthline.visits.services import room
from hearthline.visits.services.conversion import convert_to_telephone
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People


@pytest.fixture
def stage(people: People) -> Stage:
    made = make_visit(people)
    # Whatever the hour of the test, the visit is of the clinic's today.
    now = clock.now()
    Visit.objects.filter(pk=made.visit.pk).update(starts_at=now, ends_at=now + timedelta(minutes=30))
    return made


def signs_of(stage: Stage) -> set[Sign]:
    rows = desk_for(stage.people.navigator.actor)
    return set(next(row for row in rows if row.visit.pk == stage.visit.pk).risk.signs)


def test_every_sign_has_a_weight_and_words() -> None:
    for weights in all_weights():
        assert set(weights.points) == set(Sign) == set(WORDS)
        assert weights.source
    assert weights_on(date(2020, 1, 1)) == all_weights()[0]


def test_points_add_up_and_the_weightiest_sign_is_said_first() -> None:
    weights = all_weights()[0]
    risk = risk_of(frozenset({Sign.UNCHECKED, Sign.LOST, Sign.WEAK_NETWORK}), weights)
    assert risk.signs == (Sign.LOST, Sign.WEAK_NETWORK, Sign.UNCHECKED)
    assert (risk.points, risk.is_high) == (13, True)
    assert not risk_of(frozenset({Sign.UNCHECKED}), weights).is_high


def test_signs_before_a_visit_follow_from_facts(stage: Stage) -> None:
    assert signs_of(stage) == {Sign.NOT_HERE, Sign.UNCHECKED}
    DeviceCheck.objects.create(
        organization_id=stage.people.organization.id, visit=stage.visit, camera="denied", network="weak"
    )
    assert signs_of(stage) == {Sign.NOT_HERE, Sign.DEVICE_FAULT, Sign.WEAK_NETWORK}
    stage.join(stage.people.patient)
    assert signs_of(stage) == {Sign.DEVICE_FAULT, Sign.WEAK_NETWORK}


def test_signs_while_a_visit_runs(stage: Stage) -> None:
    _, patient = stage.begin()
    assert signs_of(stage) == set()
    QualitySample.objects.create(
        organization_id=stage.people.organization.id,
        visit=stage.visit,
        participant=patient.participant,
        modality="video",
        mean_opinion_score=1.8,
        concealment=0.3,
        round_trip_ms=900,
        jitter_buffer_ms=800,
        frames_per_second=1,
    )
    assert signs_of(stage) == {Sign.POOR}
    with clock.frozen(clock.now() + timedelta(seconds=90)):
        assert room.note_loss(patient)
    assert Sign.LOST in signs_of(stage)


def test_the_desk_is_for_the_care_team_alone(stage: Stage) -> None:
    people, address = stage.people, reverse("visits:rescue")
    name = stage.visit.patient.family_name
    for person in (people.navigator, people.nurse):
        page = person.client.get(address).text
        assert name in page
        assert "begins soon, and the patient is not here" in page
    assert name not in people.stranger.client.get(address).text
    for person in (people.patient, people.technician, people.administrator):
        assert person.client.get(address).status_code == 403


def test_a_visit_is_held_by_telephone_once_agreed(stage: Stage) -> None:
    people, address = stage.people, reverse("visits:to_telephone", args=[stage.visit.pk])
    assert people.technician.client.post(address).status_code == 403
    assert people.stranger.client.post(address).status_code == 404
    assert people.navigator.client.post(address).status_code == 302
    stage.visit.refresh_from_db()
    assert stage.visit.planned_modality == "phone"
    assert signs_of(stage) == set(), "nobody waits for a page to be opened any more"
    convert_to_telephone(actor=people.nurse.actor, visit=stage.visit)
