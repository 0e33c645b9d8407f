"""More than two in a visit: who leads, who may come, who is seen large, and the room where clinicians speak apart."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404

from hearthline.charting.models import EncounterFact
from hearthline.directory.models import Practitioner
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.tenancy.context import acting_in
from hearthline.visits import rules
from hearthline.visits.access import get_visit_for
from hearthline.visits.choices import ParticipantRole, ParticipantState, SegmentCause
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Join, Participant, Segment, SignalMessage
from hearthline.visits.queries import todays_visits
from hearthline.visits.services import (
    admission,
    conversation,
    guests,
    parties,
    record,
    room,
    sharing,
    side_room,
)
from hearthline.visits.services.host import host_of
from hearthline.visits.tests.stage import Stage, make_visit
from tests.database import run_in_threads
from tests.people import People, Person


@pytest.fixture
def stage(people: People) -> Stage:
    return make_visit(people)


def guest_of(stage: Stage, role: ParticipantRole) -> tuple[Actor, Participant]:
    """A guest who was invited and has opened their link."""
    actor = stage.people.physician.actor
    invitation, token = guests.invite_guest(actor=actor, visit=stage.visit, name="Lucia", role=role)
    redeemed = guests.redeem(stage.people.organization.id, token)
    guest = guests.guest_actor(stage.people.organization.id, redeemed.secret)
    assert guest is not None
    return guest, invitation.participant


def fresh(participant: Participant) -> Participant:
    return Participant.objects.get(pk=participant.pk)


def get(join: Join) -> Join:
    return Join.objects.select_related("participant", "visit").get(pk=join.pk)


def heard_of(viewer: Join, participant: Participant) -> dict[str, object]:
    told = SignalMessage.objects.filter(join=viewer, name="person", body__id=str(participant.pk)).last()
    assert told is not None
    return dict(told.body)


def test_one_clinician_leads_and_decides_until_it_is_handed_over(stage: Stage) -> None:
    people, visit = stage.people, stage.visit
    nurse = stage.join(people.nurse)
    assert host_of(visit) == nurse.participant, "who comes first"
    physician, _ = stage.begin()
    assert host_of(visit) == physician.participant, "whose visit it is"
    guest, participant = guest_of(stage, ParticipantRole.FAMILY)
    room.join_room(actor=guest, visit=visit, participant=participant)
    with pytest.raises(VisitRefusedError, match="host_only"):
        admission.admit(actor=people.nurse.actor, visit=visit, participant=participant)
    patient = stage.participant(people.patient)
    with pytest.raises(VisitRefusedError, match="not_clinician"):
        parties.let_lead(actor=people.physician.actor, visit=visit, participant=patient)
    parties.let_lead(actor=people.physician.actor, visit=visit, participant=nurse.participant)
    assert heard_of(nurse, nurse.participant)["isHost"]
    assert admission.admit(actor=people.nurse.actor, visit=visit, participant=participant)
    with pytest.raises(VisitRefusedError, match="host_only"):
        admission.set_lock(actor=people.physician.actor, visit=visit, is_locked=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Participant.objects.filter(pk=physician.participant_id).update(is_host=True)
    Participant.objects.filter(visit=visit).update(is_host=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Participant.objects.filter(pk=patient.pk).update(is_host=True)


def test_a_host_who_vanished_is_replaced_after_the_grace(stage: Stage) -> None:
    people = stage.people
    physician, _ = stage.begin()
    stage.join(people.nurse)
    with pytest.raises(VisitRefusedError, match="host_only"):
        parties.take_lead(actor=people.nurse.actor, visit=stage.visit)
    with clock.frozen(clock.now() + timedelta(seconds=21)):
        assert room.note_loss(get(physician))
        parties.take_lead(actor=people.nurse.actor, visit=stage.visit)
    assert host_of(stage.visit) == stage.participant(people.nurse)


def test_one_of_many_who_take_the_lead_at_once(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        stage = make_visit(people)
        physician, _ = stage.begin()
        stage.join(people.nurse)
        stage.join(people.specialist)
        asked = Practitioner.objects.create(
            organization_id=people.organization.id,
            membership=people.specialist.membership,
            family_name="Varga",
        )
        parties.ask_colleague(actor=people.physician.actor, visit=stage.visit, practitioner=asked)
        room.leave_room(actor=people.physician.actor, join=get(physician))

    def work(number: int) -> bool:
        person: Person = (people.nurse, people.specialist)[number % 2]
        with acting_in(people.organization.id, person.user.id):
            try:
                parties.take_lead(actor=person.actor, visit=stage.visit)
            except VisitRefusedError:
                return False
            return True

    assert sum(run_in_threads(2, work)) == 1
    with acting_in(people.organization.id):
        assert Participant.objects.filter(visit=stage.visit, is_host=True).count() == 1


def test_who_is_taken_out_stays_out_until_asked_again(stage: Stage) -> None:
    people, visit = stage.people, stage.visit
    stage.begin()
    guest, participant = guest_of(stage, ParticipantRole.ATTENDANT)
    physician = people.physician.actor
    room.join_room(actor=guest, visit=visit, participant=participant)
    admission.admit(actor=physician, visit=visit, participant=participant)
    admission.remove(actor=physician, visit=visit, participant=participant)
    with pytest.raises(VisitRefusedError, match="removed"):
        room.join_room(actor=guest, visit=visit, participant=participant)
    admission.ask_again(actor=physician, visit=visit, participant=participant)
    room.join_room(actor=guest, visit=visit, participant=participant)
    assert fresh(participant).state == ParticipantState.WAITING
    for person in (people.patient, people.physician):
        with pytest.raises(VisitRefusedError, match="not_allowed"):
            admission.remove(actor=physician, visit=visit, participant=stage.participant(person))


def test_a_locked_room_takes_back_who_was_in_and_nobody_new(stage: Stage) -> None:
    people, visit = stage.people, stage.visit
    _, patient = stage.begin()
    guest, participant = guest_of(stage, ParticipantRole.FAMILY)
    admission.set_lock(actor=people.physician.actor, visit=visit, is_locked=True)
    for actor, who in ((guest, participant), (people.nurse.actor, stage.participant(people.nurse))):
        with pytest.raises(VisitRefusedError, match="locked"):
            room.join_room(actor=actor, visit=visit, participant=who)
    assert fresh(participant).state == ParticipantState.OUTSIDE, "not even in the waiting room"
    stage.join(people.patient, tab="again")
    assert stage.participant(people.patient).state == ParticipantState.ADMITTED
    room.leave_room(actor=people.patient.actor, join=stage.join(people.patient, tab="third"))
    stage.join(people.patient)
    assert stage.participant(people.patient).state == ParticipantState.WAITING
    admission.set_lock(actor=people.physician.actor, visit=visit, is_locked=False)
    room.join_room(actor=guest, visit=visit, participant=participant)
    assert patient.number


def test_one_person_is_large_for_everybody(stage: Stage) -> None:
    physician, patient = stage.begin()
    actor, visit = stage.people.physician.actor, stage.visit
    for participant in (patient.participant, physician.participant):
        parties.pin(actor=actor, visit=visit, participant=fresh(participant))
        assert heard_of(patient, participant)["isPinned"]
    assert not heard_of(patient, patient.participant)["isPinned"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Participant.objects.filter(visit=visit).update(is_pinned=True)
    parties.pin(actor=actor, visit=visit, participant=None)
    assert not Participant.objects.filter(visit=visit, is_pinned=True).exists()


def test_an_observer_needs_the_patients_agreement_and_says_nothing(stage: Stage) -> None:
    visit, actor = stage.visit, stage.people.physician.actor
    stage.begin()
    guest, participant = guest_of(stage, ParticipantRole.OBSERVER)
    observer = room.join_room(actor=guest, visit=visit, participant=participant)
    with pytest.raises(VisitRefusedError, match="agreement"):
        admission.admit(actor=actor, visit=visit, participant=participant)
    with pytest.raises(IntegrityError), transaction.atomic():
        Participant.objects.filter(pk=participant.pk).update(state="admitted", admitted_at=clock.now())
    admission.admit(actor=actor, visit=visit, participant=participant, is_agreed=True)
    visit.refresh_from_db()
    agreed = EncounterFact.objects.get(encounter=visit.encounter, kind="consent_given", code="observer")
    assert agreed.detail == "Lucia"
    with pytest.raises(VisitRefusedError, match="observer"):
        conversation.say(actor=guest, join=get(observer), text="hello", key="12345678")


@pytest.mark.parametrize(
    ("sections", "sends"),
    [
        ("m=audio 9 X\r\na=recvonly\r\nm=video 9 X\r\na=inactive\r\n", False),
        ("m=audio 9 X\r\na=recvonly\r\nm=video 9 X\r\na=sendonly\r\n", True),
        ("m=audio 9 X\r\n", True),
        ("a=recvonly\r\nm=audio 9 X\r\n", False),
        ("m=video 0 X\r\na=sendrecv\r\nm=application 9 X\r\n", False),
        ("m=audio 9 X\r\na=sendrecv\r\na=recvonly\r\n", True),
    ],
)
def test_what_offers_to_send(sections: str, sends: bool) -> None:
    assert rules.sends_media("v=0\r\ns=-\r\n" + sections) is sends


def test_a_colleague_asked_in_knows_of_the_visit_and_not_of_the_chart(stage: Stage) -> None:
    people, visit = stage.people, stage.visit
    stage.begin()
    with pytest.raises(Http404):
        get_visit_for(people.specialist.actor, visit.pk)
    asked = Practitioner.objects.create(
        organization_id=people.organization.id, membership=people.specialist.membership, family_name="Varga"
    )
    answer = people.physician.client.post(
        f"/visits/{visit.pk}/decide/ask-colleague/",
        {"colleague": str(asked.pk)},
        headers={"Accept": "application/json"},
    )
    assert answer.json()["link"].endswith(f"/visits/{visit.pk}/room/")
    assert [row.visit_id for row in todays_visits(people.specialist.actor)] == [visit.pk]
    specialist = stage.join(people.specialist)
    assert specialist.participant.state == ParticipantState.ADMITTED
    client = people.specialist.client
    assert client.get(f"/visits/{visit.pk}/room/").status_code == 200
    assert client.get(f"/patients/{visit.patient_id}/").status_code == 404
    admission.remove(actor=people.physician.actor, visit=visit, participant=specialist.participant)
    room.leave_room(
        actor=people.physician.actor, join=Join.objects.get(visit=visit, closed_at=None, number=1)
    )
    with pytest.raises(VisitRefusedError, match="not_allowed"):
        parties.take_lead(actor=people.specialist.actor, visit=visit)


def test_clinicians_speak_apart_and_nothing_passes(stage: Stage) -> None:
    people, visit = stage.people, stage.visit
    physician, patient = stage.begin()
    with pytest.raises(VisitRefusedError, match="nobody_aside"):
        side_room.step_aside(actor=people.physician.actor, visit=visit)
    nurse = stage.join(people.nurse)
    began = clock.now()
    with clock.frozen(began + timedelta(minutes=5)):
        side_room.step_aside(actor=people.physician.actor, visit=visit)
        room.note_presence(get(nurse))
    assert heard_of(patient, physician.participant) | {"number": 0, "isAside": True} == heard_of(
        patient, physician.participant
    )
    assert heard_of(nurse, physician.participant)["number"] == physician.number
    assert heard_of(nurse, patient.participant)["number"] == 0
    for sender, to in ((physician, patient), (patient, nurse)):
        with pytest.raises(VisitRefusedError, match="apart"):
            room.relay_signal(join=get(sender), to=to.number, body={"kind": "candidates"})
    room.relay_signal(join=get(physician), to=nurse.number, body={"kind": "candidates"})
    with pytest.raises(VisitRefusedError, match="apart"):
        conversation.say(actor=people.nurse.actor, join=get(nurse), text="between us", key="12345678")
    again = stage.join(people.nurse, tab="reloaded")
    assert get(again).participant.is_aside, "whoever loads the page again is still apart"
    with clock.frozen(began + timedelta(minutes=9)):
        side_room.come_back(actor=people.nurse.actor, visit=visit)
    room.relay_signal(join=get(physician), to=patient.number, body={"kind": "candidates"})
    assert heard_of(patient, physician.participant)["number"] == physician.number
    assert Segment.objects.filter(visit=visit, end_cause=SegmentCause.ASIDE).count() == 2
    with clock.frozen(began + timedelta(minutes=12)):
        together = sum(record.time_by_share(visit).values(), timedelta())
    assert abs(together - timedelta(minutes=8)) < timedelta(seconds=5), (
        "four minutes apart are not the patient's"
    )


def test_one_screen_at_a_time_which_ends_with_its_place(stage: Stage) -> None:
    people, visit = stage.people, stage.visit
    physician, patient = stage.begin()
    sharing.share_screen(actor=people.patient.actor, join=get(patient))
    assert heard_of(physician, patient.participant)["isSharing"]
    with pytest.raises(VisitRefusedError, match="shared"):
        sharing.share_screen(actor=people.physician.actor, join=get(physician))
    with pytest.raises(IntegrityError), transaction.atomic():
        Participant.objects.filter(visit=visit).update(is_sharing=True)
    sharing.stop_sharing(join=get(physician))
    assert fresh(patient.participant).is_sharing, "nobody takes another's screen away"
    room.leave_room(actor=people.patient.actor, join=get(patient))
    assert not heard_of(physician, patient.participant)["isSharing"]
    sharing.share_screen(actor=people.physician.actor, join=get(physician))
    guest, participant = guest_of(stage, ParticipantRole.OBSERVER)
    observer = room.join_room(actor=guest, visit=visit, participant=participant)
    with pytest.raises(VisitRefusedError, match="not_admitted"):
        sharing.share_screen(actor=guest, join=get(observer))
