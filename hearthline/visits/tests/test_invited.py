"""Asking somebody in by telephone: who may, what is refused, and that a colleague who was rung up waits too."""

from typing import Any

import pytest

from hearthline.visits.choices import EndReason, ParticipantRole, ParticipantState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Join, Participant, PhoneCall
from hearthline.visits.services import admission, invited, parties, record, telephone
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People, Person

SAID = {"name": "Carmen Delgado", "role": "family", "telephone": "+15125550177", "language": "es"}


@pytest.fixture
def stage(people: People, settings: Any) -> Stage:
    settings.SIP_TRUNK = "127.0.0.1:5080"
    made = make_visit(people)
    made.begin()
    return made


def press(stage: Stage, person: Person | None = None, **changes: str) -> Any:
    address = f"/visits/{stage.visit.pk}/decide/invite-telephone/"
    client = (person or stage.people.physician).client
    return client.post(address, {**SAID, **changes}, headers={"accept": "application/json"})


def code_of(answer: Any) -> str:
    assert answer.status_code == 409
    return str(answer.json()["code"])


def test_the_host_has_somebody_rung_up_in_their_language(stage: Stage) -> None:
    assert press(stage).json() == {"name": "Carmen Delgado"}
    call = PhoneCall.objects.get()
    assert (call.number, call.language, call.state) == ("+15125550177", "es", "asked")
    telephone.come_in(actor=stage.people.physician.actor, call=call)
    telephone.let_in_whom_we_called(call=call)
    assert Participant.objects.get(pk=call.participant_id).state == ParticipantState.WAITING


def test_what_cannot_be_is_refused_politely_and_nobody_is_left_behind(stage: Stage, settings: Any) -> None:
    assert code_of(press(stage, telephone="12")) == "telephone_form"
    assert code_of(press(stage, name=" ")) == "telephone_form"
    assert code_of(press(stage, role="patient")) == "telephone_form"
    admission.set_lock(actor=stage.people.physician.actor, visit=stage.visit, is_locked=True)
    assert code_of(press(stage)) == "locked_by_host"
    admission.set_lock(actor=stage.people.physician.actor, visit=stage.visit, is_locked=False)
    assert press(stage, stage.people.stranger).status_code == 404
    assert code_of(press(stage, stage.people.nurse)) == "host_only"
    settings.SIP_TRUNK = ""
    assert code_of(press(stage)) == "no_telephone"
    settings.SIP_TRUNK = "127.0.0.1:5080"
    assert Participant.objects.filter(visit=stage.visit).exclude(user__isnull=False).count() == 0
    for number in range(2):
        Participant.objects.create(
            organization_id=stage.visit.organization_id,
            visit=stage.visit,
            role=ParticipantRole.FAMILY,
            name=f"Guest {number}",
            state=ParticipantState.ADMITTED,
            admitted_at=stage.visit.starts_at,
        )
    assert code_of(press(stage)) == "full"
    admission.end_visit(actor=stage.people.physician.actor, visit=stage.visit, reason=EndReason.COMPLETED)
    assert code_of(press(stage)) == "closed"


def test_a_colleague_who_was_rung_up_waits_never_leads_and_is_no_time_of_care(stage: Stage) -> None:
    actor, visit = stage.people.physician.actor, stage.visit
    call = invited.invite_by_telephone(
        actor=actor,
        visit=visit,
        name="Dr. Away",
        role=ParticipantRole.CLINICIAN,
        number="+15125550177",
        language="en",
    )
    telephone.come_in(actor=actor, call=call)
    colleague = Participant.objects.get(pk=call.participant_id)
    assert colleague.state == ParticipantState.WAITING
    admission.admit(actor=actor, visit=visit, participant=colleague)
    colleague.refresh_from_db()
    assert Join.objects.filter(participant=colleague, closed_at=None).exists()
    with pytest.raises(VisitRefusedError, match="not_clinician"):
        parties.let_lead(actor=actor, visit=visit, participant=colleague)
    assert len(record._clinicians_stretches(visit)) == 1


def test_one_persons_telephone_is_hung_up_and_the_others_go_on(stage: Stage) -> None:
    for name in ("Carmen Delgado", "Pilar Delgado"):
        assert press(stage, name=name).status_code == 200
    carmen, pilar = PhoneCall.objects.order_by("asked_at")
    address = f"/visits/{stage.visit.pk}/decide/hang-up/"
    client = stage.people.physician.client
    asked = {"participant": str(carmen.participant_id)}
    assert stage.people.stranger.client.post(address, asked).status_code == 404
    assert client.post(address, asked, headers={"accept": "application/json"}).status_code == 200
    for call, is_asked in ((carmen, True), (pilar, False)):
        call.refresh_from_db()
        assert (call.hang_up_wanted_at is not None) is is_asked
    client.post(address, headers={"accept": "application/json"})
    pilar.refresh_from_db()
    assert pilar.hang_up_wanted_at is not None
