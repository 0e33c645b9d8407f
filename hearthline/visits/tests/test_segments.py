"""One encounter, many ways to take part: browsers and telephones begin and end stretches of the same visit."""

from datetime import timedelta

import pytest

from hearthline.charting.models import EncounterFact
from hearthline.charting.notes import statements_of
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.visits.choices import EndReason, Modality, ParticipantState, SegmentCause
from hearthline.visits.models import Join, PhoneCall, Segment
from hearthline.visits.services import admission, room, segments, telephone
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People, Person


@pytest.fixture
def stage(people: People) -> Stage:
    return make_visit(people)


def get(join: Join) -> Join:
    return Join.objects.select_related("participant", "visit").get(pk=join.pk)


def change(person: Person, join: Join, modality: Modality, cause: SegmentCause = SegmentCause.CHOSEN) -> None:
    segments.change_modality(actor=person.actor, join=get(join), modality=modality, cause=cause)


def told(join: Join) -> list[tuple[str, str, str, str]]:
    rows = Segment.objects.filter(participant=join.participant)
    return [(row.modality, row.modality_cause, row.start_cause, row.end_cause) for row in rows]


def test_down_by_the_line_and_up_again_in_one_encounter(stage: Stage) -> None:
    _, patient = stage.begin()
    change(stage.people.patient, patient, Modality.AUDIO, SegmentCause.LINK)
    change(stage.people.patient, patient, Modality.AUDIO, SegmentCause.LINK)
    change(stage.people.patient, patient, Modality.VIDEO, SegmentCause.CLEARED)
    change(stage.people.patient, patient, Modality.TEXT)
    assert told(patient) == [
        ("video", "", "admitted", "link"),
        ("audio", "link", "link", "cleared"),
        ("video", "", "cleared", "chosen"),
        ("text", "chosen", "chosen", ""),
    ]


def test_whoever_comes_back_keeps_the_way_and_its_reason(stage: Stage) -> None:
    _, patient = stage.begin()
    change(stage.people.patient, patient, Modality.AUDIO, SegmentCause.NO_CAMERA)
    with clock.frozen(clock.now() + timedelta(seconds=60)):
        assert room.note_loss(get(patient))
    room.note_presence(get(patient))
    assert told(patient)[1:] == [
        ("audio", "no_camera", "no_camera", "lost"),
        ("audio", "no_camera", "returned", ""),
    ]


def test_a_visit_booked_by_voice_begins_so(people: People) -> None:
    stage = make_visit(people, mode="audio")
    _, patient = stage.begin()
    assert told(patient) == [("audio", "agreed", "admitted", "")]


def dialled(stage: Stage) -> PhoneCall:
    """The patient has dialled in while the visit goes on."""
    return telephone.dial_in(actor=telephones(stage), visit=stage.visit, number="+15125550134")


def telephones(stage: Stage) -> Actor:
    return Actor.system(stage.people.organization.id, "telephone")


def told_of_patient(stage: Stage) -> list[tuple[str, str, str, str]]:
    rows = Segment.objects.filter(participant=stage.participant(stage.people.patient))
    return [(row.modality, row.modality_cause, row.start_cause, row.end_cause) for row in rows]


def test_a_telephone_takes_over_when_the_line_fails_and_a_browser_takes_over_from_it(stage: Stage) -> None:
    _, patient = stage.begin()
    change(stage.people.patient, patient, Modality.AUDIO, SegmentCause.LINK)
    call = dialled(stage)
    again = stage.join(stage.people.patient, tab="two")
    change(stage.people.patient, again, Modality.VIDEO, SegmentCause.CLEARED)
    telephone.go(actor=telephones(stage), call=call, cause=SegmentCause.HUNG_UP)
    assert told_of_patient(stage) == [
        ("video", "", "admitted", "link"),
        ("audio", "link", "link", "link"),
        ("phone", "link", "link", "cleared"),
        ("video", "", "cleared", ""),
    ]


def test_whoever_hangs_up_comes_back_by_the_way_before(stage: Stage) -> None:
    stage.begin()
    call = dialled(stage)
    telephone.go(actor=telephones(stage), call=call, cause=SegmentCause.HUNG_UP)
    assert told_of_patient(stage)[-1] == ("phone", "dialled", "dialled", "hung_up")
    assert stage.participant(stage.people.patient).state == ParticipantState.ADMITTED
    stage.join(stage.people.patient, tab="two")
    assert told_of_patient(stage)[-1] == ("video", "", "returned", "")
    admission.end_visit(actor=stage.people.physician.actor, visit=stage.visit, reason=EndReason.COMPLETED)
    assert not Segment.objects.filter(visit=stage.visit, ended_at=None).exists()


def test_minutes_and_reasons_stand_in_the_note(stage: Stage) -> None:
    people, began = stage.people, clock.now()
    with clock.frozen(began):
        _, patient = stage.begin()
    with clock.frozen(began + timedelta(minutes=4)):
        change(people.patient, patient, Modality.AUDIO, SegmentCause.LINK)
    with clock.frozen(began + timedelta(minutes=12)):
        admission.end_visit(actor=people.physician.actor, visit=stage.visit, reason=EndReason.COMPLETED)
    stage.visit.refresh_from_db()
    facts = EncounterFact.objects.filter(encounter=stage.visit.encounter, kind="modality_used")
    assert {(fact.code, fact.detail, fact.seconds) for fact in facts} == {
        ("video", "", 240),
        ("audio", "link", 480),
    }
    assert stage.visit.encounter is not None
    lines = statements_of(stage.visit.encounter)
    assert "Video: 4 minutes." in lines
    assert "Voice over the internet: 8 minutes (the connection was too weak for video)." in lines
