"""The live edge from outside: what each kind of person gets and does not get over HTTP."""

from collections.abc import Callable

from hearthline.identity.sessions import SIGN_IN_KEY, end_stay, stay_of
from hearthline.live import doors
from hearthline.live.tests.edge import Edge, Scene
from hearthline.tenancy.context import acting_in
from hearthline.visits.choices import ParticipantRole
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.services import guests
from hearthline.visits.tests.stage import Stage, make_visit
from hearthline.visits.wire import BODY_BYTES_MOST
from tests.database import run_in_threads
from tests.people import People

DESCRIPTION = {
    "kind": "description",
    "to": 1,
    "description": {"type": "offer", "sdp": "v=0"},
    "negotiation": 1,
    "roles": {},
}


def test_nothing_for_whoever_waits_and_everything_after_admission(play: Callable[[Scene], Stage]) -> None:
    async def scene(edge: Edge) -> None:
        people = edge.stage.people
        clinician, patient = await edge.join(people.physician), await edge.join(people.patient)
        assert clinician["ice"]["iceServers"]
        assert "ice" not in patient
        assert [person["id"] for person in patient["people"]] == [patient["me"]["id"]], "no names of others"
        nonce = {"join": patient["join"]}
        refused = await edge.post(people.patient, "relay", nonce)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_admitted")
        offered = {**nonce, "messages": [{**DESCRIPTION, "to": clinician["number"]}]}
        assert (await edge.post(people.patient, "signal", offered)).status_code == 403
        sent = {"join": clinician["join"], "messages": [{**DESCRIPTION, "to": patient["number"]}]}
        assert (await edge.post(people.physician, "signal", sent)).json() == {"undelivered": 1}
        chat = {**nonce, "messages": [{"kind": "chat", "text": "hello", "key": "12345678"}]}
        assert (await edge.post(people.patient, "signal", chat)).status_code == 403
        await doors.in_thread(lambda: _admit(edge.stage))
        allowed = await edge.post(people.patient, "relay", nonce)
        assert allowed.json()["iceServers"][0]["username"].split(":")[1].startswith("visit-")
        assert (await edge.post(people.patient, "signal", offered)).json() == {"undelivered": 0}

    play(scene)


def _admit(stage: Stage) -> None:
    with acting_in(stage.people.organization.id):
        assert stage.admit_patient()


def test_each_relay_credential_is_fresh_and_short(play: Callable[[Scene], Stage]) -> None:
    async def scene(edge: Edge) -> None:
        physician = edge.stage.people.physician
        joined = await edge.join(physician)
        answers = [(await edge.post(physician, "relay", {"join": joined["join"]})).json() for _ in range(2)]
        names = {answer["iceServers"][0]["username"] for answer in answers}
        assert len(names) == 2
        assert {answer["seconds"] for answer in answers} == {600}
        check = (await edge.post(edge.stage.people.patient, "check", {})).json()
        assert (check["seconds"], check["policy"]) == (60, "relay")

    play(scene)


def test_strangers_foreign_nonces_and_old_nonces(play: Callable[[Scene], Stage]) -> None:
    async def scene(edge: Edge) -> None:
        people = edge.stage.people
        for person, status in (
            (None, 401),
            (people.stranger, 404),
            (people.specialist, 404),
            (people.navigator, 404),
            (people.technician, 404),
        ):
            assert (await edge.post(person, "join", {"tab": ""})).status_code == status
        clinician, patient = await edge.join(people.physician), await edge.join(people.patient)
        foreign = {"join": clinician["join"], "messages": []}
        assert (await edge.post(people.patient, "signal", foreign)).status_code == 409
        again = await edge.join(people.patient)
        stale = await edge.post(people.patient, "signal", {"join": patient["join"], "messages": []})
        assert (stale.status_code, stale.json()["code"]) == (409, "stale")
        assert (await edge.post(people.patient, "signal", {"join": again["join"], "messages": []})).is_success

    play(scene)


def test_unreadable_forged_and_oversize(play: Callable[[Scene], Stage]) -> None:
    async def scene(edge: Edge) -> None:
        physician = edge.stage.people.physician
        joined = await edge.join(physician)
        for body in (
            b"",
            b"[]",
            b"{",
            {"join": 7},
            {"join": joined["join"], "messages": [{"kind": "bogus"}]},
        ):
            assert (await edge.post(physician, "signal", body)).status_code == 422
        unknown = {"join": joined["join"], "messages": [{**DESCRIPTION, "more": 1}]}
        assert (await edge.post(physician, "signal", unknown)).status_code == 422
        assert (await edge.post(physician, "signal", b"x" * (BODY_BYTES_MOST + 1))).status_code == 413
        forged = await edge.post(physician, "join", {"tab": ""}, csrf="b" * 32)
        assert (forged.status_code, forged.json()["code"]) == (403, "forged")
        elsewhere = await edge.post(physician, "join", {"tab": ""}, origin="https://evil.example")
        assert elsewhere.status_code == 403

    play(scene)


def test_a_flood_is_slowed(play: Callable[[Scene], Stage]) -> None:
    async def scene(edge: Edge) -> None:
        physician = edge.stage.people.physician
        joined = await edge.join(physician)
        lines = [{"kind": "candidates", "to": 99, "candidates": []} for _ in range(40)]
        flood = {"join": joined["join"], "messages": lines}
        statuses = [(await edge.post(physician, "signal", flood)).status_code for _ in range(6)]
        assert statuses[0] == 200
        assert 429 in statuses

    play(scene)


def test_a_revoked_stay_is_out_at_once(play: Callable[[Scene], Stage]) -> None:
    async def scene(edge: Edge) -> None:
        patient = edge.stage.people.patient
        joined = await edge.join(patient)

        def revoke() -> None:
            with acting_in(edge.stage.people.organization.id, patient.user.id):
                stay = stay_of(patient.client.session[SIGN_IN_KEY])
                assert stay is not None
                end_stay(stay, stay.End.REVOKED)

        await doors.in_thread(revoke)
        answer = await edge.post(patient, "signal", {"join": joined["join"], "messages": []})
        assert answer.status_code == 401

    play(scene)


def test_one_guest_of_sixteen(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        stage = make_visit(people)
        _, token = guests.invite_guest(
            actor=people.physician.actor, visit=stage.visit, name="Lucia", role=ParticipantRole.FAMILY
        )

    def work(_number: int) -> str:
        with acting_in(people.organization.id):
            try:
                return guests.redeem(people.organization.id, token).secret
            except VisitRefusedError:
                return ""

    secrets = [secret for secret in run_in_threads(16, work) if secret]
    assert len(secrets) == 1
    with acting_in(people.organization.id):
        guest = guests.guest_actor(people.organization.id, secrets[0])
        assert guest is not None
    with acting_in(people.other_organization.id):
        assert guests.guest_actor(people.other_organization.id, secrets[0]) is None


def test_an_observers_offer_to_send_is_refused_at_the_door(play: Callable[[Scene], Stage]) -> None:
    async def scene(edge: Edge) -> None:
        people = edge.stage.people
        clinician, patient = await edge.join(people.physician), await edge.join(people.patient)
        await doors.in_thread(lambda: _admit(edge.stage))
        sdp = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na={}\r\n"

        def offer(direction: str) -> dict[str, object]:
            description = {"type": "offer", "sdp": sdp.format(direction)}
            message = {**DESCRIPTION, "to": clinician["number"], "description": description}
            return {"join": patient["join"], "messages": [message]}

        assert (await edge.post(people.patient, "signal", offer("sendrecv"))).is_success
        await doors.in_thread(lambda: _make_observer(edge.stage))
        refused = await edge.post(people.patient, "signal", offer("sendrecv"))
        assert (refused.status_code, refused.json()["code"]) == (403, "observer")
        assert (await edge.post(people.patient, "signal", offer("recvonly"))).is_success
        share = {"join": patient["join"], "on": True}
        assert (await edge.post(people.patient, "share", share)).json()["code"] == "observer"
        ours = {**share, "join": clinician["join"]}
        assert (await edge.post(people.physician, "share", ours)).is_success

    play(scene)


def _make_observer(stage: Stage) -> None:
    with acting_in(stage.people.organization.id):
        participant = stage.participant(stage.people.patient)
        participant.role, participant.agreed_at = ParticipantRole.OBSERVER, participant.admitted_at
        participant.save(update_fields=["role", "agreed_at"])
