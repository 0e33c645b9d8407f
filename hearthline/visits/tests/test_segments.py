"""One encounter, many ways to take part: browsers and telephones begin and end stretches of the same visit."""

from datetime import timedelta

import pytest

from hearthline.charting.models import EncounterFact
from hearthline.charting.notes import statements_of
from hearthline.foundation import clock
from hearthline.visits.choices import EndReason, Modality, ParticipantState, SegmentCause
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Join, Participant, Segment
from hearthline.visits.services import admission, room, segments
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People, Person


@pytest.fixture
def stage(people: People) -> Stage:
    return make_visit(people)


def get(join: Join) -> Join:
    return Join.objects.select_related("participant", "visit").get(pk=join.pk)


def change(person: Person, join: Join, modality: Modality, cause: SegmentCause = SegmentCause.CHOSEN) -> None:
    segments.change_modality(actor=person.actor, join=get(join), modality=modality, cause=cause)


def call(person: Person, participant: Participant, cause: SegmentCause = SegmentCause.CALLED) -> Segment:
    """A telephone leg is up."""
    return segments.open_segment(
        actor=person.actor, participant=participant, modality=Modality.PHONE, cause=cause
    )


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


def test_a_telephone_takes_over_and_gives_back(stage: Stage) -> None:
    _, patient = stage.begin()
    actor, participant = stage.people.physician.actor, stage.participant(stage.people.patient)
    for _ in range(2):
        call(stage.people.physician, participant, SegmentCause.LINK)
    change(stage.people.patient, patient, Modality.VIDEO, SegmentCause.CLEARED)
    later = clock.now() + timedelta(seconds=60)
    with clock.frozen(later):
        assert room.note_loss(get(patient)), "the browser is lost; the telephone is not"
    room.note_presence(get(patient))
    ended = [
        segments.close_segment(
            actor=actor, participant=participant, modality=Modality.PHONE, cause=SegmentCause.HUNG_UP
        )
        for _ in range(2)
    ]
    assert ended == [True, False]
    assert told(patient) == [
        ("video", "", "admitted", "link"),
        ("phone", "link", "link", "hung_up"),
        ("video", "", "returned", ""),
    ]


def test_leaving_the_browser_does_not_end_a_telephone_call_but_choosing_video_does(stage: Stage) -> None:
    _, patient = stage.begin()
    person, participant = stage.people.patient, stage.participant(stage.people.patient)
    call(stage.people.physician, participant)
    change(person, patient, Modality.VIDEO)
    assert told(patient)[-2:] == [("phone", "called", "called", "chosen"), ("video", "", "chosen", "")]
    call(stage.people.physician, participant)
    room.leave_room(actor=person.actor, join=get(patient))
    participant.refresh_from_db()
    assert participant.state == ParticipantState.ADMITTED
    assert told(patient)[-1] == ("phone", "called", "called", "")


def test_no_telephone_for_whoever_waits_or_after_the_end(stage: Stage) -> None:
    stage.join(stage.people.physician)
    stage.join(stage.people.patient)
    actor, participant = stage.people.physician.actor, stage.participant(stage.people.patient)
    with pytest.raises(VisitRefusedError, match="not_admitted"):
        call(stage.people.physician, participant)
    stage.admit_patient()
    call(stage.people.physician, participant)
    admission.end_visit(actor=actor, visit=stage.visit, reason=EndReason.COMPLETED)
    assert not Segment.objects.filter(visit=stage.visit, ended_at=None).exists()
    with pytest.raises(VisitRefusedError, match="closed"):
        call(stage.people.physician, participant)


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
