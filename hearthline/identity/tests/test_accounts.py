import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from hearthline.identity import accounts
from hearthline.identity.events import AccountRegistered
from hearthline.identity.hashers import FrugalArgon2Hasher
from hearthline.identity.models import Membership, User
from hearthline.identity.roles import Role
from hearthline.identity.sessions import METHODS_KEY
from hearthline.identity.tests.conftest import Trail
from hearthline.identity.tests.door import SECRET, code, code_in_mail, give_password, is_inside, sign_in
from hearthline.tenancy.context import acting_in
from tests.people import PASSWORD, People

PHRASE = "copper lantern drifts upstream"
WANTED = {"name": "Luz Ibarra", "email": "luz@mail.example", "password1": PHRASE, "has_accepted_terms": "on"}
PAGE = "/o/riverbend/register/"


def test_a_patient_registers_and_proves_the_address(
    people: People, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(accounts, "publish", told.append)
    client = Client()
    assert client.post(PAGE, {**WANTED, "password1": "luzibarra2026"}).status_code == 422
    assert client.post(PAGE, {**WANTED, "has_accepted_terms": ""}).status_code == 422
    assert client.post(PAGE, WANTED).headers["location"] == "/sign-in/address/"
    assert not is_inside(client)
    user = User.objects.get(email="luz@mail.example")
    assert user.active_memberships() == []
    assert client.post("/sign-in/address/", {"code": "1111-1111"}).status_code == 422
    assert client.post("/sign-in/address/", {"code": code_in_mail()}).status_code == 302
    assert is_inside(client)
    assert [one.roles for one in user.active_memberships()] == [["patient"]]
    assert (user.name, user.terms_accepted_at is not None) == ("Luz Ibarra", True)
    assert [type(event) for event in told] == [AccountRegistered]
    assert trail.count_of("account.registered") == 1


def test_registering_with_a_known_address_looks_the_same_and_makes_nothing(people: People) -> None:
    accounts.prove_address(people.patient.user)
    client, fresh = Client(), Client()
    known = client.post(PAGE, {**WANTED, "email": people.patient.user.email})
    new = fresh.post(PAGE, WANTED)
    assert (known.status_code, known.headers["location"]) == (new.status_code, new.headers["location"])
    pages = [one.get("/sign-in/address/").content.decode() for one in (client, fresh)]
    plain = [
        re.sub(r'value="\w{64}"', "", page).replace(email, "")
        for page, email in zip(pages, (people.patient.user.email, "luz@mail.example"), strict=True)
    ]
    assert plain[0] == plain[1]
    assert "already" in mail.outbox[0].subject
    assert User.objects.filter(email=people.patient.user.email).count() == 1
    client.post("/sign-in/address/", {"code": code_in_mail()})
    assert not is_inside(client)


def test_an_unproved_address_opens_nothing(people: People) -> None:
    Client().post(PAGE, WANTED)
    cache.clear()  # the code of a moment ago holds the next one back for ten seconds
    client = Client()
    assert give_password(client, "luz@mail.example", PHRASE).headers["location"] == "/sign-in/address/"
    assert not is_inside(client)


def test_a_signed_in_person_joins_a_second_clinic(people: People) -> None:
    accounts.prove_address(people.patient.user)
    client = sign_in(people.patient.user)
    assert "Lakeside Practice" in client.get("/o/lakeside/register/").content.decode()
    assert client.post("/o/lakeside/register/").status_code == 303
    assert {one.organization.slug for one in people.patient.user.active_memberships()} == {
        "riverbend",
        "lakeside",
    }
    client.post("/o/lakeside/register/")
    assert len(people.patient.user.active_memberships()) == 2


def test_an_unknown_clinic_is_not_there(people: People) -> None:
    assert Client().get("/o/nowhere/register/").status_code == 404


def test_switching_is_open_remembered_and_audited(people: People, trail: Trail) -> None:
    with acting_in(people.other_organization.id):
        other = Membership.objects.create(
            organization_id=people.other_organization.id, user=people.patient.user, roles=[Role.PATIENT.value]
        )
    accounts.prove_address(people.patient.user)
    client = sign_in(people.patient.user)
    page = client.get("/switch/").content.decode()
    assert "Riverbend Clinic" in page
    assert "Lakeside Practice" in page
    assert "Change organization" in page
    assert client.post("/switch/", {"membership": str(people.stranger.membership.id)}).status_code == 404
    assert client.post("/switch/", {"membership": "x"}).status_code == 404
    assert client.post("/switch/", {"membership": str(other.id)}).status_code == 303
    assert "Lakeside Practice" in client.get("/account/devices/").content.decode()
    again = sign_in(people.patient.user)
    assert "Lakeside Practice" in again.get("/account/devices/").content.decode()
    assert trail.count_of("organization.entered") == 1
    with acting_in(people.other_organization.id):
        Membership.objects.filter(pk=other.pk).update(is_active=False)
    assert "Riverbend Clinic" in client.get("/account/devices/").content.decode()


def test_without_any_membership_nothing_opens(people: People) -> None:
    with acting_in(people.organization.id):
        Membership.objects.filter(pk=people.patient.membership.pk).update(is_active=False)
    accounts.prove_address(people.patient.user)
    client = sign_in(people.patient.user)
    assert client.get("/account/devices/").status_code == 403
    assert "belongs to no organization" in client.get("/switch/").content.decode()


def test_passwords_are_hashed_frugally_and_typed_on_any_keyboard(people: People) -> None:
    encoded = FrugalArgon2Hasher().encode("secret", "saltsaltsalt")
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    user = people.patient.user
    user.set_password("caf\u00e9 al mediod\u00eda con lluvia")
    assert user.check_password("cafe\u0301 al mediodi\u0301a con lluvia")
    assert not user.check_password("cafe al mediodia con lluvia")


def test_changing_the_password_keeps_this_device_only(people: People, trail: Trail) -> None:
    accounts.prove_address(people.patient.user)
    here, there = sign_in(people.patient.user), sign_in(people.patient.user)
    form = {"oldpassword": PASSWORD, "password1": PHRASE, "password2": PHRASE}
    assert here.post("/account/password/", {**form, "oldpassword": "wrong"}).status_code == 422
    assert here.post("/account/password/", {**form, "password1": "rosadelgado12345"}).status_code == 422
    assert here.post("/account/password/", form).status_code == 302
    assert is_inside(here)
    assert not is_inside(there)
    assert trail.count_of("password.changed") == 1
    assert mail.outbox[-1].subject == "A change to how you sign in"


def test_moving_to_another_address_needs_a_code_from_there(people: People) -> None:
    accounts.prove_address(people.patient.user)
    client = sign_in(people.patient.user)
    client.post("/account/address/", {"email": "rosa.new@mail.example", "action_add": "1"})
    assert mail.outbox[-1].to == ["rosa.new@mail.example"]
    assert User.objects.get(pk=people.patient.user.pk).email == people.patient.user.email
    client.post("/sign-in/address/", {"code": code_in_mail()})
    assert User.objects.get(pk=people.patient.user.pk).email == "rosa.new@mail.example"


def test_demo_people_sign_in_at_once_and_exist_only_in_demos(people: People, settings: Any) -> None:
    wanted: dict[str, Any] = {
        "organization_id": people.organization.id,
        "email": "demo@riverbend.example",
        "name": "Dr. Demo",
        "password": PASSWORD,
        "roles": frozenset({Role.PHYSICIAN}),
        "totp_secret": SECRET,
    }
    made = accounts.create_demo_user(**wanted)
    assert accounts.create_demo_user(**wanted).pk == made.pk
    client = sign_in(User.objects.get(email="demo@riverbend.example"))
    assert any(one["method"] == "mfa" for one in client.session[METHODS_KEY])
    assert client.get("/account/devices/").status_code == 200
    assert code()
    settings.IS_TEST = False
    with pytest.raises(ImproperlyConfigured):
        accounts.create_demo_user(**wanted)
