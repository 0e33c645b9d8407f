from datetime import timedelta

import pytest
from django.http import Http404

from hearthline.audit.queries import AuditFilter, search
from hearthline.charting.models import EncounterFact
from hearthline.foundation import clock
from hearthline.tenancy.context import acting_in
from hearthline.visits.access import get_visit_for, participant_for
from hearthline.visits.choices import EndReason, ParticipantState, SegmentCause, VisitState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Join, Segment, SignalMessage, Visit
from hearthline.visits.services import admission, conversation, door, room
from hearthline.visits.tests.stage import Stage, make_visit, prepare
from hearthline.visits.turn import Relay
from tests.database import run_in_threads
from tests.people import People


@pytest.fixture
def stage(people: People) -> Stage:
    return make_visit(people)


def since_yesterday(visit: Visit) -> AuditFilter:
    at, day = clock.now(), timedelta(days=1)
    return AuditFilter(since=at - day, until=at + day, patient_id=visit.patient_id)


def last_number(join: Join) -> int:
    message = SignalMessage.objects.filter(join=join, name="person").last()
    assert message is not None
    return int(message.body["number"])


def names_of(join: Join) -> list[str]:
    return list(SignalMessage.objects.filter(join=join).values_list("name", flat=True))


def test_the_whole_visit_leaves_facts_segments_and_audit(stage: Stage) -> None:
    people, visit = stage.people, stage.visit
    clinician = stage.join(people.physician)
    patient = stage.join(people.patient)
    visit.refresh_from_db()
    assert visit.state == VisitState.WAITING
    assert "person" in names_of(clinician)
    assert stage.admit_patient()
    assert names_of(patient) == ["admitted"]
    began = clock.now()
    with clock.frozen(began + timedelta(minutes=12)):
        admission.end_visit(actor=people.physician.actor, visit=visit, reason=EndReason.COMPLETED)
    visit.refresh_from_db()
    assert visit.state == VisitState.ENDED
    assert visit.appointment is not None
    assert visit.appointment.status == "fulfilled"
    assert names_of(patient)[-1] == "ended"
    assert not Segment.objects.filter(visit=visit, ended_at=None).exists()
    kinds = set(EncounterFact.objects.filter(encounter=visit.encounter).values_list("kind", flat=True))
    assert {"location_stated", "consent_given", "participant_joined", "modality_used"} <= kinds
    used = EncounterFact.objects.get(encounter=visit.encounter, kind="modality_used")
    assert used.code == "video"
    assert used.seconds is not None
    assert abs(used.seconds - 720) <= 5


def test_nothing_that_browsers_told_each_other_survives_the_end(stage: Stage) -> None:
    clinician, patient = stage.begin()
    room.relay_signal(join=get(clinician), to=patient.number, body={"kind": "candidates", "candidates": []})
    assert "signal" in names_of(patient)
    admission.end_visit(actor=stage.people.physician.actor, visit=stage.visit, reason=EndReason.COMPLETED)
    assert "signal" not in names_of(patient)


def get(join: Join) -> Join:
    return Join.objects.select_related("participant", "visit").get(pk=join.pk)


def test_whoever_waits_gets_neither_descriptions_nor_relay_credentials(stage: Stage) -> None:
    clinician = stage.join(stage.people.physician)
    patient = stage.join(stage.people.patient)
    with pytest.raises(VisitRefusedError, match="not_admitted"):
        room.relay_signal(join=get(patient), to=clinician.number, body={})
    with pytest.raises(VisitRefusedError, match="not_here"):
        room.relay_signal(join=get(clinician), to=patient.number, body={})
    with pytest.raises(VisitRefusedError, match="not_admitted"):
        conversation.relay_for(get(patient))
    stage.admit_patient()
    room.relay_signal(join=get(patient), to=clinician.number, body={"kind": "candidates"})
    assert conversation.relay_for(get(patient))["policy"] == "all"


def test_whoever_comes_back_long_after_their_admission_gets_relay_credentials_that_hold(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.conf.settings.TURN_RELAY", Relay("turn.example", 3478, "shared"))
    stage.begin()
    with clock.frozen(clock.now() + timedelta(minutes=25)):
        again = stage.join(stage.people.patient, tab="two")
        (server,) = conversation.welcome(get(again))["ice"]["iceServers"]
        assert int(server["username"].partition(":")[0]) == int(clock.now().timestamp()) + 600


def test_a_newer_tab_takes_over_and_the_older_is_told(stage: Stage) -> None:
    _, first = stage.begin()
    second = stage.join(stage.people.patient, tab="two")
    first.refresh_from_db()
    assert first.closed_at is not None
    assert names_of(first)[-1] == "superseded"
    assert second.number > first.number
    patient = stage.participant(stage.people.patient)
    assert patient.state == ParticipantState.ADMITTED, "a refresh does not send anybody back to waiting"
    assert Segment.objects.filter(participant=patient, ended_at=None).count() == 1


def test_lost_after_the_grace_and_back_without_a_new_admission(stage: Stage) -> None:
    clinician, patient = stage.begin()
    assert not room.note_loss(get(patient)), "within the grace nobody is lost"
    later = clock.now() + timedelta(seconds=21)
    with clock.frozen(later):
        assert room.note_loss(get(patient))
    assert last_number(clinician) == 0
    segment = Segment.objects.get(participant=patient.participant)
    assert segment.end_cause == SegmentCause.LOST
    with clock.frozen(later + timedelta(seconds=9)):
        room.note_presence(get(patient))
    again = Segment.objects.filter(participant=patient.participant, ended_at=None).get()
    assert again.start_cause == SegmentCause.RETURNED
    assert last_number(clinician) == patient.number


def test_put_back_waits_again_and_may_be_admitted_again(stage: Stage) -> None:
    _, patient = stage.begin()
    actor, participant = stage.people.physician.actor, stage.participant(stage.people.patient)
    admission.put_back(actor=actor, visit=stage.visit, participant=participant)
    assert names_of(patient)[-1] == "waiting"
    with pytest.raises(VisitRefusedError, match="not_admitted"):
        conversation.relay_for(get(patient))
    assert stage.admit_patient()
    assert names_of(patient)[-1] == "admitted"


def test_who_leaves_waits_when_they_come_back(stage: Stage) -> None:
    _, patient = stage.begin()
    room.leave_room(actor=stage.people.patient.actor, join=get(patient))
    stage.join(stage.people.patient)
    assert stage.participant(stage.people.patient).state == ParticipantState.WAITING


def test_strangers_do_not_know_of_the_visit(stage: Stage) -> None:
    for person in (
        stage.people.stranger,
        stage.people.specialist,
        stage.people.technician,
        stage.people.auditor,
    ):
        with acting_in(person.membership.organization_id), pytest.raises(Http404):
            get_visit_for(person.actor, stage.visit.pk)
    with pytest.raises(Http404):
        participant_for(stage.people.navigator.actor, stage.visit)
    assert get_visit_for(stage.people.patient.actor, stage.visit.pk) == stage.visit


def test_only_a_clinician_of_the_visit_decides(stage: Stage) -> None:
    stage.join(stage.people.physician)
    stage.join(stage.people.patient)
    participant = stage.participant(stage.people.patient)
    for person in (stage.people.patient, stage.people.navigator):
        with pytest.raises(VisitRefusedError, match="not_allowed"):
            admission.admit(actor=person.actor, visit=stage.visit, participant=participant)
        with pytest.raises(VisitRefusedError, match="not_allowed"):
            admission.end_visit(actor=person.actor, visit=stage.visit, reason=EndReason.COMPLETED)


def test_the_door_asks_for_preparation_time_and_licence(people: People) -> None:
    stage = make_visit(people, is_ready=False)
    assert door.why_not_in(stage.visit) == "prepare_first"
    prepare(people, stage.visit)
    assert door.why_not_in(stage.visit) == ""
    stage.visit.jurisdiction = "US-NM"
    assert door.why_not_in(stage.visit) == "not_licensed"
    with clock.frozen(clock.now() - timedelta(hours=3)):
        assert door.why_not_in(stage.visit) == "too_early"
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert door.why_not_in(stage.visit) == "too_late"


def test_two_identifiers_with_a_limit(stage: Stage) -> None:
    actor, patient = stage.people.patient.actor, stage.visit.patient
    wrong = {"family_name": "Delgada", "birth_date": patient.birth_date}
    for _ in range(door.IDENTITY_ATTEMPTS_MOST):
        assert not door.check_identity(actor=actor, visit=stage.visit, **wrong)
    with pytest.raises(VisitRefusedError, match="identity_limit"):
        door.check_identity(actor=actor, visit=stage.visit, **wrong)


def test_two_identifiers_are_compared_kindly(stage: Stage) -> None:
    actor, patient = stage.people.patient.actor, stage.visit.patient
    assert door.check_identity(
        actor=actor, visit=stage.visit, family_name=" DELGÁDO ", birth_date=patient.birth_date
    )


def test_one_admission_of_sixteen(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        stage = make_visit(people)
        stage.join(people.physician)
        stage.join(people.patient)
        participant = stage.participant(people.patient)

    def work(_number: int) -> bool:
        with acting_in(people.organization.id, people.physician.user.id):
            return admission.admit(actor=people.physician.actor, visit=stage.visit, participant=participant)

    results = run_in_threads(16, work)
    assert sorted(results) == [False] * 15 + [True]
    with acting_in(people.organization.id):
        assert Segment.objects.filter(participant=participant).count() == 1
        found = search(people.auditor.actor, since_yesterday(stage.visit))
        assert [row.action for row in found].count("visit.admitted") == 1


def test_messages_between_two_keep_their_order_without_a_deadlock(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        stage = make_visit(people)
        clinician, patient = stage.begin()

    def work(number: int) -> str:
        sender, recipient = (clinician, patient) if number % 2 else (patient, clinician)
        for _ in range(5):
            with acting_in(people.organization.id):
                room.relay_signal(join=get(sender), to=recipient.number, body={"kind": "candidates"})
        return "sent"

    assert run_in_threads(8, work) == ["sent"] * 8
    with acting_in(people.organization.id):
        numbers = list(SignalMessage.objects.filter(join=patient).values_list("number", flat=True))
    assert numbers == list(range(1, 22))
