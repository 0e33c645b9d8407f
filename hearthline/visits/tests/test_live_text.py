"""Real-time text: read letter by letter by those in the visit, and nobody's record until it is said."""

import pytest
from pydantic import ValidationError

from hearthline.visits import wire
from hearthline.visits.choices import EndReason
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import ChatMessage, Join, SignalMessage, TypedLine
from hearthline.visits.models.conversation import MESSAGE_LENGTH
from hearthline.visits.needs import wants_letters
from hearthline.visits.services import conversation
from hearthline.visits.services.admission import end_visit, put_back
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People

KEY = "line-0001"


@pytest.fixture
def stage(people: People) -> Stage:
    return make_visit(people)


def events_of(join: Join) -> list[SignalMessage]:
    return list(SignalMessage.objects.filter(join=join, name=conversation.TYPED))


def test_letters_are_read_until_the_line_is_said(stage: Stage) -> None:
    clinician, patient = stage.begin()
    for text in ("It h", "It hurts", "It hurst", "It hurts h"):
        conversation.type_letters(join=patient, text=text, key=KEY)
    typed = conversation.describe_typed(patient.participant_id)
    assert (typed["text"], typed["name"]) == ("It hurts h", stage.visit.patient.full_name)
    assert len(events_of(clinician)) == 4
    assert not events_of(patient), "nobody reads their own letters back"
    assert all("hurts" not in str(row.body) for row in events_of(clinician)), "events hold no words"
    conversation.say(actor=stage.people.patient.actor, join=patient, text="It hurts here", key=KEY)
    conversation.type_letters(join=patient, text="It hurts h", key=KEY)  # letters that came late
    assert not TypedLine.objects.exists()
    assert ChatMessage.objects.get().text == "It hurts here"


def test_whoever_comes_back_reads_on_and_nothing_unsaid_stays(stage: Stage) -> None:
    _, patient = stage.begin()
    conversation.type_letters(join=patient, text="Please wait", key=KEY)
    again = stage.join(stage.people.physician, tab="two")
    assert [line["text"] for line in conversation.welcome(again)["typed"]] == ["Please wait"]
    returned = stage.join(stage.people.patient, tab="two")
    conversation.type_letters(join=returned, text="", key=KEY)
    assert not TypedLine.objects.exists(), "taken back"
    conversation.type_letters(join=returned, text="Please w", key=KEY)
    end_visit(actor=stage.people.physician.actor, visit=stage.visit, reason=EndReason.COMPLETED)
    assert not TypedLine.objects.exists()
    assert not SignalMessage.objects.filter(name=conversation.TYPED).exists()


def test_who_waits_neither_writes_nor_reads_and_a_line_has_its_limit(stage: Stage) -> None:
    clinician, patient = stage.begin()
    put_back(actor=stage.people.physician.actor, visit=stage.visit, participant=patient.participant)
    waiting = Join.objects.select_related("participant", "visit").get(pk=patient.pk)
    with pytest.raises(VisitRefusedError, match="not_admitted"):
        conversation.type_letters(join=waiting, text="hello", key=KEY)
    conversation.type_letters(join=clinician, text="hello", key=KEY)
    assert not events_of(patient)
    with pytest.raises(ValidationError):
        wire.TypedLetters(kind="typed", text="x" * (MESSAGE_LENGTH + 1), key=KEY)


def test_letters_are_on_from_the_start_where_somebody_does_not_hear(stage: Stage) -> None:
    assert not wants_letters(stage.visit)
    appointment = stage.visit.appointment
    assert appointment is not None
    appointment.requirements.create(organization_id=stage.visit.organization_id, kind="captions")
    assert wants_letters(stage.visit)
    page = stage.people.physician.client.get(f"/visits/{stage.visit.pk}/room/").text
    assert "data-live-text checked" in page
    assert "Captions are needed, and not arranged" in page
