"""A patient in danger: the address and number at hand, the protocol, and who is told when the line is lost."""

from datetime import timedelta

import pytest
from django.urls import reverse

from hearthline.foundation import clock
from hearthline.messaging.notices import notices_for
from hearthline.visits.choices import Question
from hearthline.visits.events import PatientLostAtRisk
from hearthline.visits.models import SafetyStep
from hearthline.visits.safety import WORDS, Step, is_at_risk, protocol_on
from hearthline.visits.services import room
from hearthline.visits.services.preparation import answer_question
from hearthline.visits.tests.stage import LOCATION, Stage, make_visit
from hearthline.web.subscribers import tell_of_patient_lost_at_risk
from tests.people import People


@pytest.fixture
def stage(people: People) -> Stage:
    return make_visit(people)


def test_at_risk_holds_until_it_is_settled() -> None:
    assert not is_at_risk([])
    assert is_at_risk([Step.AT_RISK, Step.CALLING])
    assert not is_at_risk([Step.AT_RISK, Step.SAFE])
    assert is_at_risk([Step.AT_RISK, Step.SAFE, Step.AT_RISK])
    protocol = protocol_on(clock.now().date())
    assert protocol.source
    assert {step for step, _who in protocol.steps} == set(WORDS) - {Step.LOST}


def test_the_address_is_the_one_said_last_and_the_number_is_of_that_place(stage: Stage) -> None:
    people, address = stage.people, reverse("visits:emergency", args=[stage.visit.pk])
    page = people.physician.client.get(address).text
    assert str(LOCATION["place"]) in page
    assert 'href="tel:911"' in page
    moved = {**LOCATION, "jurisdiction": "ES-MD", "place": "Calle Mayor 5, Madrid"}
    answer_question(actor=people.patient.actor, visit=stage.visit, question=Question.LOCATION, answer=moved)
    page = people.physician.client.get(address).text
    assert "Calle Mayor 5, Madrid" in page
    assert 'href="tel:112"' in page
    for person, status in ((people.navigator, 403), (people.patient, 403), (people.stranger, 404)):
        assert person.client.get(address).status_code == status


def test_a_lost_line_is_written_down_and_told_only_for_a_patient_at_risk(stage: Stage) -> None:
    _, patient = stage.begin()
    people, step = stage.people, reverse("visits:safety_step", args=[stage.visit.pk])

    def lose() -> list[str]:
        patient.refresh_from_db()
        room.note_presence(patient)
        patient.refresh_from_db()
        with clock.frozen(clock.now() + timedelta(minutes=2)):
            assert room.note_loss(patient)
        return list(SafetyStep.objects.values_list("step", flat=True))

    assert lose() == []
    assert people.stranger.client.post(step, {"step": "at_risk"}).status_code == 404
    assert people.physician.client.post(step, {"step": "lost"}).status_code == 409
    assert people.physician.client.post(step, {"step": "at_risk"}).status_code == 302
    assert lose() == ["at_risk", "lost"]
    assert SafetyStep.objects.first().done_by == people.physician.user.name  # type: ignore[union-attr]
    tell_of_patient_lost_at_risk(
        PatientLostAtRisk(
            organization_id=people.organization.id,
            visit_id=stage.visit.pk,
            patient_id=stage.visit.patient_id,
            lost_at=clock.now(),
        )
    )
    assert notices_for(people.nurse.actor).count() == notices_for(people.navigator.actor).count() == 1
    assert notices_for(people.specialist.actor).count() == 0
