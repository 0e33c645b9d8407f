import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.identity import invitations
from hearthline.identity.accounts import prove_address
from hearthline.identity.events import InvitationAccepted
from hearthline.identity.models import Invitation, Membership, User
from hearthline.identity.roles import Role
from hearthline.identity.tests.conftest import Trail
from hearthline.identity.tests.door import is_inside, sign_in
from hearthline.tenancy.context import acting_in
from tests.database import run_in_threads
from tests.people import People

NURSE = frozenset({Role.NURSE})
GOOD = "vK3p-tuba-ox!"  # twelve are enough where a second factor is forced
EMAIL = "new.nurse@riverbend.example"


def invite(people: People, email: str = EMAIL, roles: frozenset[Role] = NURSE) -> str:
    """Invite, and return the token from the message."""
    with acting_in(people.organization.id):
        invitations.invite_staff(
            actor=people.administrator.actor, email=email, name="Nadia Berg", roles=roles, language="en"
        )
    return token_in_mail()


def token_in_mail() -> str:
    found = re.search(r"/invitation/#(\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def take_up(client: Client, **values: Any) -> Any:
    wanted = {"name": "Nadia Berg", "password": GOOD, "has_accepted_terms": "on", **values}
    return client.post("/invitation/account/", wanted)


def test_an_invited_nurse_gets_in_and_must_set_up_a_second_factor(
    people: People, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(invitations, "publish", told.append)
    token = invite(people)
    client = Client()
    assert client.get("/invitation/").status_code == 200
    assert client.post("/invitation/", {"token": token}).headers["location"] == "/invitation/account/"
    assert "Riverbend Clinic" in client.get("/invitation/account/").content.decode()
    assert take_up(client, password="short").status_code == 422
    assert take_up(client, password="riverbend-nadia-berg").status_code == 422
    assert take_up(client, has_accepted_terms="").status_code == 422
    assert take_up(client).status_code == 302
    assert client.get("/account/devices/").headers["location"].startswith("/second-factor/")
    user = User.objects.get(email=EMAIL)
    membership = user.active_memberships()[0]
    assert (membership.organization_id, membership.roles) == (people.organization.id, ["nurse"])
    assert user.terms_accepted_at is not None
    assert [type(event) for event in told] == [InvitationAccepted]
    assert trail.count_of("invitation.sent") == trail.count_of("invitation.accepted") == 1


def test_the_token_is_long_and_only_its_hash_is_kept(people: People) -> None:
    token = invite(people)
    with acting_in(people.organization.id):
        kept = Invitation.objects.get()
    secret = token.partition(".")[2]
    assert secret not in {kept.token_hash, kept.claim_hash}
    assert len(secret) >= 43


def test_a_link_works_once(people: People) -> None:
    token = invite(people)
    first, second = Client(), Client()
    assert first.post("/invitation/", {"token": token}).status_code == 303
    answer = second.post("/invitation/", {"token": token})
    assert answer.status_code == 422
    assert "used, withdrawn or is too old" in answer.content.decode()
    assert second.get("/invitation/account/").headers["location"] == "/invitation/"
    assert take_up(second).headers["location"] == "/invitation/"
    assert take_up(first).status_code == 302
    assert take_up(first).headers["location"] == "/invitation/"
    assert User.objects.filter(email=EMAIL).count() == 1


@pytest.mark.parametrize(
    "token", ["", "x", "....", "\x00", "A" * 500, "AAAAAAAAAAAAAAAAAAAAAA.secret", "é.è"]
)
def test_nonsense_opens_nothing(people: People, token: str) -> None:
    invite(people)
    assert Client().post("/invitation/", {"token": token}).status_code == 422


def test_a_token_of_one_organization_opens_nothing_in_another(people: People) -> None:
    secret = invite(people).partition(".")[2]
    forged = invitations.make_token(people.other_organization.id, secret)
    assert Client().post("/invitation/", {"token": forged}).status_code == 422


def test_links_and_claims_expire(people: People) -> None:
    token = invite(people)
    start = clock.now()
    with clock.frozen(start + timedelta(days=7, seconds=5)):
        assert Client().post("/invitation/", {"token": token}).status_code == 422
    client = Client()
    assert client.post("/invitation/", {"token": token}).status_code == 303
    with clock.frozen(start + timedelta(minutes=61)):
        assert take_up(client).headers["location"] == "/invitation/"
    assert not User.objects.filter(email=EMAIL).exists()


def test_sending_again_and_withdrawing_spoil_the_earlier_link(people: People, trail: Trail) -> None:
    first = invite(people)
    client = people.administrator.client
    with acting_in(people.organization.id):
        invited = Invitation.objects.get()
    where = f"/administration/staff/invitations/{invited.id}"
    assert client.post(f"{where}/send/").status_code == 303
    second = token_in_mail()
    assert Client().post("/invitation/", {"token": first}).status_code == 422
    assert client.post(f"{where}/withdraw/").status_code == 303
    assert Client().post("/invitation/", {"token": second}).status_code == 422
    assert client.post(f"{where}/send/").status_code == 404
    assert trail.count_of("invitation.sent_again") == trail.count_of("invitation.withdrawn") == 1


def test_withdrawing_after_the_claim_stops_the_account(people: People) -> None:
    token = invite(people)
    client = Client()
    client.post("/invitation/", {"token": token})
    with acting_in(people.organization.id):
        invitations.withdraw(actor=people.administrator.actor, invitation=Invitation.objects.get())
    assert take_up(client).headers["location"] == "/invitation/"
    assert not User.objects.filter(email=EMAIL).exists()


def test_one_of_sixteen_claims_and_one_of_sixteen_accepts(committed: None, people: People) -> None:
    token = invite(people)
    claims = run_in_threads(16, lambda _: invitations.claim(token))
    held = [claim for claim in claims if claim is not None]
    assert len(held) == 1
    with acting_in(people.organization.id):
        user = User.objects.create_user(EMAIL, GOOD, name="Nadia Berg")
    accepted = run_in_threads(16, lambda _: invitations.accept(held[0], user))
    assert sum(isinstance(one, Membership) for one in accepted) == 1
    assert accepted.count(None) == 15


def test_a_person_with_an_account_signs_in_and_adds_the_organization(people: People) -> None:
    token = invite(people, email=people.stranger.user.email)
    client = Client()
    client.post("/invitation/", {"token": token})
    page = client.get("/invitation/account/")
    assert "has an account" in page.content.decode()
    assert take_up(client).status_code == 200
    assert len(people.stranger.user.active_memberships()) == 1
    prove_address(people.stranger.user)
    sign_in(people.stranger.user, client)
    assert client.get("/invitation/account/").status_code == 200
    assert client.post("/invitation/account/").status_code == 303
    assert {one.organization.slug for one in people.stranger.user.active_memberships()} == {
        "riverbend",
        "lakeside",
    }


def test_another_persons_account_does_not_take_the_invitation(people: People) -> None:
    token = invite(people, email=people.stranger.user.email)
    client = people.physician.client
    client.post("/invitation/", {"token": token})
    client.post("/invitation/account/")
    assert len(people.stranger.user.active_memberships()) == 1
    with acting_in(people.organization.id):
        assert Invitation.objects.get().accepted_at is None


def test_members_and_invited_people_are_not_invited_twice(people: People) -> None:
    with pytest.raises(ValidationError, match="member already"):
        invite(people, email=people.nurse.user.email.upper())
    invite(people)
    with pytest.raises(ValidationError, match="invited already"):
        invite(people, email=EMAIL.upper())


@pytest.mark.parametrize(
    "roles",
    [
        frozenset(),
        frozenset({Role.PATIENT}),
        frozenset({Role.NURSE, Role.CAREGIVER}),
        frozenset({Role.TECHNICIAN, Role.NURSE}),
        frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
    ],
)
def test_roles_that_do_not_go_together_are_refused(people: People, roles: frozenset[Role]) -> None:
    with pytest.raises(ValidationError):
        invite(people, roles=roles)


def test_a_patient_invited_by_staff_comes_back_with_the_patient(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(invitations, "publish", told.append)
    patient_id = new_id()
    with acting_in(people.organization.id):
        invitations.invite_patient_account(
            actor=people.navigator.actor, patient_id=patient_id, email="luz@mail.example", language="es"
        )
    client = Client()
    client.post("/invitation/", {"token": token_in_mail()})
    assert take_up(client, password=GOOD).status_code == 422
    assert take_up(client, password="copper lantern drifts upstream").status_code == 302
    assert is_inside(client)
    assert [event.about_id for event in told] == [patient_id]
    assert User.objects.get(email="luz@mail.example").language == "es"


def test_redeeming_is_limited(people: People) -> None:
    client = Client()
    answers = [client.post("/invitation/", {"token": f"x.{n}"}).status_code for n in range(25)]
    assert answers[:20] == [422] * 20
    assert answers[20:] == [429] * 5
