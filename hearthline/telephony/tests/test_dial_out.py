"""The clinic rings a telephone: for a visit, or to read a message out. A machine that answers learns nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.test import override_settings

from hearthline.directory.models import SafeContact
from hearthline.foundation import clock
from hearthline.messaging.models import Notification, VoiceCall
from hearthline.messaging.rules import Channel, State
from hearthline.messaging.sending import deliver
from hearthline.scheduling.reminding import plan_messages
from hearthline.telephony import desk, outgoing
from hearthline.telephony.tests.office import office, wait_until
from hearthline.telephony.tests.phones import baresip, loudest_hertz
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization
from hearthline.visits.choices import ParticipantState, VisitState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Participant, PhoneCall, Segment, SignalMessage, Visit
from hearthline.visits.services import admission, telephone
from hearthline.visits.tests.stage import LOCATION, Stage, make_visit
from tests.people import People

NUMBER = str(LOCATION["call_back_number"])
TRUNK = override_settings(SIP_TRUNK="127.0.0.1:5080")


@pytest.fixture
def stage(committed: None, people: People) -> Stage:
    with acting_in(people.organization.id):
        Organization.objects.filter(pk=people.organization.id).update(dial_in_number="+15125550100")
        return make_visit(people, mode="phone")


def press_call(stage: Stage, **fields: Any) -> Any:
    """The clinician presses the button on the page."""
    return stage.people.physician.client.post(
        f"/visits/{stage.visit.pk}/decide/telephone/",
        {"number": "agreed", **fields},
        headers={"accept": "application/json"},
    )


def call_state(stage: Stage) -> str:
    with acting_in(stage.people.organization.id):
        row = PhoneCall.objects.filter(visit=stage.visit).last()
        return str(row.state) if row else ""


def told(stage: Stage) -> list[str]:
    """What the clinician's page was told, in order."""
    with acting_in(stage.people.organization.id):
        rows = SignalMessage.objects.filter(name="telephone").order_by("number")
        return [row.body["state"] for row in rows]


def test_a_press_rings_the_agreed_number_and_whoever_presses_one_is_in_at_once(
    stage: Stage, tmp_path: Path
) -> None:
    organization_id = stage.people.organization.id
    with acting_in(organization_id):
        stage.join(stage.people.physician)
    with (
        baresip(tmp_path / "phone", user=NUMBER, answers=False) as phone,
        office(tmp_path, trunk_port=phone.port) as at,
        TRUNK,
    ):
        assert press_call(stage).status_code == 200
        phone.wait_for("CALL_INCOMING")
        wait_until(lambda: call_state(stage) == "ringing")
        phone.say("accept")
        phone.wait_for("CALL_ESTABLISHED")
        wait_until(lambda: call_state(stage) == "answered")
        with acting_in(organization_id):
            assert not Segment.objects.filter(participant__role="patient").exists(), (
                "nobody is in before the key"
            )
        phone.press("1")
        wait_until(lambda: call_state(stage) == "connected")
        with acting_in(organization_id):
            participant = Participant.objects.get(visit=stage.visit, role="patient")
            assert participant.state == ParticipantState.ADMITTED
            assert Visit.objects.get(pk=stage.visit.pk).state == VisitState.IN_PROGRESS
            assert Segment.objects.get(participant=participant, ended_at=None).modality == "phone"
        heard: list[Any] = []
        inside = wait_until(lambda: at.do(lambda: list(at.worker._inside.values())))[0]
        at.do(lambda: setattr(inside.line, "hear", heard.append))
        wait_until(lambda: len(heard) > 60)

        assert loudest_hertz(np.concatenate(heard[-50:])) == pytest.approx(440, abs=6)
        phone.hang_up()
        wait_until(lambda: call_state(stage) == "ended")
    assert told(stage) == ["asked", "ringing", "answered", "connected", "ended"]
    with acting_in(organization_id):
        segment = Segment.objects.get(participant__role="patient")
        assert segment.ended_at is not None
        assert segment.end_cause == "hung_up"


def test_an_answering_machine_hears_nothing_of_the_visit_and_nobody_is_let_in(
    stage: Stage, tmp_path: Path
) -> None:
    with (
        baresip(tmp_path / "phone", user=NUMBER) as phone,
        office(tmp_path, trunk_port=phone.port) as at,
        TRUNK,
    ):
        said: list[str] = []
        say = at.worker.prompter.say

        async def listen(name: str, **values: Any) -> Any:
            said.append(name)
            return await say(name, **values)

        at.do(lambda: setattr(at.worker.prompter, "say", listen))
        assert press_call(stage).status_code == 200
        phone.wait_for("CALL_CLOSED")
        wait_until(lambda: call_state(stage) == "no_answer")
    assert set(said) == {"take_call"}
    with acting_in(stage.people.organization.id):
        assert Visit.objects.get(pk=stage.visit.pk).state != VisitState.IN_PROGRESS


def test_busy_unreachable_and_hung_up_by_the_clinician(stage: Stage, tmp_path: Path) -> None:
    organization_id, physician = stage.people.organization.id, stage.people.physician.actor
    with (
        baresip(tmp_path / "phone", user=NUMBER, answers=False) as phone,
        office(tmp_path, trunk_port=phone.port),
        TRUNK,
    ):
        press_call(stage)
        phone.wait_for("CALL_INCOMING")
        assert press_call(stage).status_code == 409, "one call at a time"
        phone.hang_up()
        wait_until(lambda: call_state(stage) in {"busy", "no_answer"})
        press_call(stage)
        phone.wait_for("CALL_INCOMING", 2)
        with acting_in(organization_id):
            telephone.hang_up(actor=physician, visit=stage.visit)
        phone.wait_for("CALL_CLOSED", 2)
        wait_until(lambda: call_state(stage) in {"ended", "no_answer"})


def test_who_may_press_and_what_may_be_rung(stage: Stage) -> None:
    client = stage.people.nurse.client
    assert press_call(stage).status_code == 409, "no trunk"
    with TRUNK:
        assert press_call(stage, number="+15125559999").status_code == 409, "only the numbers that are known"
        for person in (stage.people.patient, stage.people.navigator, stage.people.stranger):
            answer = person.client.post(f"/visits/{stage.visit.pk}/decide/telephone/", {"number": "agreed"})
            assert answer.status_code in {403, 404}
        assert client is not None
        with acting_in(stage.people.organization.id), pytest.raises(VisitRefusedError):
            telephone.call_patient(actor=stage.people.patient.actor, visit=stage.visit, which="agreed")
        assert press_call(stage).status_code == 200


def test_calls_of_a_worker_that_died_are_ended_at_the_next_start(stage: Stage, tmp_path: Path) -> None:
    organization_id = stage.people.organization.id
    with TRUNK, acting_in(organization_id):
        call = telephone.call_patient(actor=stage.people.physician.actor, visit=stage.visit, which="agreed")
        assert [one.call_id for one in outgoing.claim_rings(organization_id)] == [call.pk]
        assert not outgoing.claim_rings(organization_id), "claimed once"
    with office(tmp_path):
        wait_until(lambda: call_state(stage) == "ended")


def plan_reminder(stage: Stage) -> Notification:
    """A reminder of a telephone visit tomorrow, for somebody without texts, due now."""
    with acting_in(stage.people.organization.id):
        appointment = stage.visit.appointment
        assert appointment is not None
        patient = appointment.patient
        patient.telephone, patient.email = NUMBER, ""
        patient.save()
        appointment.starts_at += timedelta(minutes=100)
        plan_messages(appointment)
        row = Notification.objects.filter(template="appointment.phone_starting").get()
        row.due_at = row.planned_at = clock.now()
        row.save()
        return row


def test_who_has_no_texts_is_reminded_by_a_call_and_may_answer_it_by_keys(
    stage: Stage, tmp_path: Path
) -> None:
    organization_id = stage.people.organization.id
    row = plan_reminder(stage)
    with (
        baresip(tmp_path / "phone", user=NUMBER) as phone,
        office(tmp_path, trunk_port=phone.port),
        TRUNK,
    ):
        deliver(organization_id, notification_id=str(row.id))
        with acting_in(organization_id):
            row.refresh_from_db()
            assert (row.state, row.channel) == (State.SENT, Channel.VOICE)
            text = VoiceCall.objects.get().text
            assert "http" not in text
            assert "+15125550100" in text
        phone.wait_for("CALL_ESTABLISHED")
        phone.press("1")

        def delivered() -> bool:
            with acting_in(organization_id):
                row.refresh_from_db()
                return row.state == State.DELIVERED

        phone.wait_for_sound(1.0)
        phone.hang_up()
        wait_until(delivered)


def test_no_call_where_the_person_wants_none_and_neutral_words_on_a_shared_telephone(stage: Stage) -> None:
    organization_id = stage.people.organization.id
    row = plan_reminder(stage)
    assert row.patient_id is not None
    with acting_in(organization_id):
        contact = SafeContact.objects.create(
            organization_id=organization_id,
            patient=row.patient,
            preferred="voice",
            is_voice_allowed=False,
        )
    with TRUNK:
        deliver(organization_id, notification_id=str(row.id))
        with acting_in(organization_id):
            assert not VoiceCall.objects.exists()
            contact.is_voice_allowed, contact.is_telephone_shared = True, True
            contact.save()
            Notification.objects.filter(pk=row.pk).update(state=State.QUEUED, decided_at=None)
        deliver(organization_id, notification_id=str(row.id))
        with acting_in(organization_id):
            text = VoiceCall.objects.get().text
            organization = stage.people.organization.name
            assert organization not in text
            assert "Lindqvist" not in text
            assert outgoing.claim_readings(organization_id)[0].known is None, (
                "no menu of the appointment either"
            )
    assert django_settings.SIP_TRUNK == ""


def test_digits_to_be_said_aloud_are_made_by_the_clinician_alone(stage: Stage) -> None:
    address = f"/visits/{stage.visit.pk}/decide/pin/"
    headers = {"accept": "application/json"}
    made = stage.people.physician.client.post(address, headers=headers).json()
    assert made["number"] == "+15125550100"
    clinic = desk.clinic_at(made["number"])
    assert clinic is not None
    known = desk.check_pin(clinic, made["pin"], "").known
    assert known is not None
    assert known.appointment_id == stage.visit.appointment_id
    for person in (stage.people.patient, stage.people.navigator, stage.people.stranger):
        assert person.client.post(address, headers=headers).status_code in {403, 404}


def invite(stage: Stage, **fields: Any) -> Any:
    """The clinician asks a sister in on the page."""
    said = {"name": "Carmen", "role": "family", "telephone": NUMBER, "language": "es", **fields}
    address = f"/visits/{stage.visit.pk}/decide/invite-telephone/"
    return stage.people.physician.client.post(address, said, headers={"accept": "application/json"})


def test_somebody_asked_in_hears_who_asks_presses_one_and_waits_to_be_let_in(
    stage: Stage, tmp_path: Path
) -> None:
    organization_id, physician = stage.people.organization.id, stage.people.physician.actor
    with acting_in(organization_id):
        stage.begin()
    with (
        baresip(tmp_path / "phone", user=NUMBER, answers=False) as phone,
        office(tmp_path, trunk_port=phone.port) as at,
        TRUNK,
    ):
        said: list[tuple[str, str]] = []
        say = at.worker.prompter.say

        async def listen(name: str, **how: Any) -> Any:
            said.append((name, how["language"]))
            return await say(name, **how)

        at.do(lambda: setattr(at.worker.prompter, "say", listen))
        assert invite(stage).status_code == 200
        phone.wait_for("CALL_INCOMING")
        phone.say("accept")
        wait_until(lambda: call_state(stage) == "answered")
        phone.press("1")
        wait_until(lambda: call_state(stage) == "connected")
        with acting_in(organization_id):
            sister = Participant.objects.get(visit=stage.visit, role="family")
            assert (sister.state, sister.modality) == (ParticipantState.WAITING, "phone")
            assert admission.admit(actor=physician, visit=stage.visit, participant=sister)
            assert Segment.objects.get(participant=sister, ended_at=None).modality == "phone"
            admission.remove(actor=physician, visit=stage.visit, participant=sister)
        phone.wait_for("CALL_CLOSED")
        wait_until(lambda: call_state(stage) == "ended")
    assert said[0] == ("take_invitation", "es")
    with acting_in(organization_id):
        assert Segment.objects.get(participant=sister).end_cause == "removed"
