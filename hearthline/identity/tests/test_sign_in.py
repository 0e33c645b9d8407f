import re

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from hearthline.identity.accounts import prove_address
from hearthline.identity.models import SignIn
from hearthline.identity.session_store import hash_of
from hearthline.identity.tests.conftest import Trail
from hearthline.identity.tests.door import (
    code,
    code_in_mail,
    give_password,
    is_inside,
    sign_in,
    with_authenticator,
)
from tests.people import PASSWORD, People


def test_staff_sign_in_with_password_and_code(people: People, trail: Trail) -> None:
    user = people.nurse.user
    with_authenticator(user)
    client = Client()
    answer = give_password(client, user.email)
    assert answer.headers["location"] == "/sign-in/second-step/"
    assert not is_inside(client)
    assert client.post("/sign-in/second-step/", {"code": "000000"}).status_code == 422
    assert client.post("/sign-in/second-step/", {"code": code()}).status_code == 302
    assert is_inside(client)
    assert trail.count_of("sign_in.succeeded") == 1
    assert trail.count_of("second_factor.failed") == 1


def test_the_page_says_the_same_for_a_wrong_password_and_an_unknown_address(
    people: People, trail: Trail
) -> None:
    prove_address(people.patient.user)

    def told(email: str) -> tuple[int, str]:
        answer = give_password(Client(), email, "not the right one")
        page = answer.content.decode().replace(email, "")
        return answer.status_code, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)

    known, unknown = told(people.patient.user.email), told("nobody@riverbend.example")
    assert known == unknown
    assert known[0] == 422
    assert "The e-mail address or the password is not right" in known[1]
    assert trail.count_of("sign_in.failed") == 1


def test_guessing_a_password_is_stopped_from_every_address_and_session(people: People) -> None:
    email = people.patient.user.email
    prove_address(people.patient.user)
    for number in range(5):
        client = Client(REMOTE_ADDR=f"10.0.0.{number}")
        assert give_password(client, email, "wrong").status_code == 422
    late = give_password(Client(REMOTE_ADDR="10.9.9.9"), email.upper(), PASSWORD)
    assert late.status_code == 422
    assert "Too many attempts" in late.content.decode()
    other = people.caregiver.user
    prove_address(other)
    assert give_password(Client(REMOTE_ADDR="10.9.9.9"), other.email).status_code == 302


def test_one_network_is_stopped_whatever_its_ipv6_ending(people: People) -> None:
    statuses = {
        give_password(Client(REMOTE_ADDR=f"2001:db8:1:2::{n:x}"), f"nobody{n}@x.example", "wrong").status_code
        for n in range(1, 32)
    }
    neighbour = Client(REMOTE_ADDR="2001:db8:1:3::1")
    assert (
        "Too many"
        in give_password(Client(REMOTE_ADDR="2001:db8:1:2::ffff"), "else@x.example", "wrong").content.decode()
    )
    assert "Too many" not in give_password(neighbour, "else@x.example", "wrong").content.decode()
    assert statuses == {422}


def test_a_planted_session_is_not_the_one_that_gets_signed_in(people: People) -> None:
    user = people.patient.user
    prove_address(user)
    client = Client()
    client.get("/sign-in/")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    planted = str(session.session_key)
    sign_in(user, client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    victim = Client()
    victim.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert not is_inside(victim)


def test_cookies_are_kept_as_hashes(people: People) -> None:
    prove_address(people.patient.user)
    client = sign_in(people.patient.user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    kept = set(Session.objects.values_list("session_key", flat=True))
    assert cookie not in kept
    assert hash_of(cookie) in kept
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = hash_of(cookie)
    assert not is_inside(thief)
    assert is_inside(client)


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_stays_on_this_site(people: People, where: str) -> None:
    prove_address(people.patient.user)
    answer = Client().post(
        "/sign-in/", {"login": people.patient.user.email, "password": PASSWORD, "next": where}
    )
    assert answer.headers["location"] == "/"
    kept = Client().post(
        "/sign-in/", {"login": people.patient.user.email, "password": PASSWORD, "next": "/switch/"}
    )
    assert kept.headers["location"] == "/switch/"


def test_the_form_needs_its_token(people: People) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert give_password(strict, people.patient.user.email).status_code == 403
    page = strict.get("/sign-in/").content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    prove_address(people.patient.user)
    answer = give_password(strict, people.patient.user.email, csrfmiddlewaretoken=found[1])
    assert answer.status_code == 302


def test_patients_may_sign_in_with_a_code_by_mail(people: People) -> None:
    user = people.patient.user
    prove_address(user)
    client = Client()
    answer = client.post("/sign-in/code/", {"email": user.email, "is_shared_device": "on"})
    assert answer.headers["location"] == "/sign-in/code/confirm/"
    sent = code_in_mail()
    assert client.post("/sign-in/code/confirm/", {"code": "1"}).status_code == 422
    assert client.post("/sign-in/code/confirm/", {"code": sent}).status_code == 302
    assert is_inside(client)
    assert SignIn.objects.get(user=user).is_shared_device
    assert client.session.get_expire_at_browser_close()
    assert Client().post("/sign-in/code/confirm/", {"code": sent}).status_code == 302
    assert SignIn.objects.filter(user=user).count() == 1


@pytest.mark.parametrize("role", ["nurse", "administrator", "caregiver"])
def test_staff_and_proxies_get_no_code_and_the_page_does_not_say_so(people: People, role: str) -> None:
    user = getattr(people, role).user
    prove_address(user)
    client, stranger = Client(), Client()
    staff = client.post("/sign-in/code/", {"email": user.email})
    nobody = stranger.post("/sign-in/code/", {"email": "nobody@riverbend.example"})
    assert staff.headers["location"] == nobody.headers["location"]
    pages = [one.get("/sign-in/code/confirm/").content.decode() for one in (client, stranger)]
    plain = [
        re.sub(r'value="\w{64}"', "", page).replace(email, "")
        for page, email in zip(pages, (user.email, "nobody@riverbend.example"), strict=True)
    ]
    assert plain[0] == plain[1]
    assert [message.to for message in mail.outbox] == [[user.email]]
    assert not re.search(r"\d{4}-\d{4}", str(mail.outbox[0].body))


def test_guessing_a_mailed_code_is_stopped_across_sessions(people: People) -> None:
    user = people.patient.user
    prove_address(user)
    clients = [Client(REMOTE_ADDR=f"10.1.0.{number}") for number in range(3)]
    for client in clients:
        client.post("/sign-in/code/", {"email": user.email})
    sent = code_in_mail()
    answers = [
        client.post("/sign-in/code/confirm/", {"code": f"1111000{attempt}"}).content.decode()
        for client in clients[:2]
        for attempt in range(3)
    ]
    assert not any("Too many" in answer for answer in answers[:2])
    last = clients[2].post("/sign-in/code/confirm/", {"code": sent})
    assert "Too many attempts" in last.content.decode()
    assert not is_inside(clients[2])


def test_asking_for_codes_is_limited(people: People) -> None:
    user = people.patient.user
    prove_address(user)
    for _ in range(6):
        Client().post("/sign-in/code/", {"email": user.email})
    assert len(mail.outbox) == 3


def test_a_forgotten_password_does_not_skip_the_second_step_and_ends_every_stay(people: People) -> None:
    user = people.nurse.user
    with_authenticator(user)
    inside = sign_in(user)
    client = Client()
    client.post("/sign-in/forgotten/", {"email": user.email})
    assert client.post("/sign-in/forgotten/code/", {"code": code_in_mail()}).status_code == 302
    weak = client.post(
        "/sign-in/forgotten/new/", {"password1": "nurse2026nurse", "password2": "nurse2026nurse"}
    )
    assert weak.status_code == 422
    new = "copper lantern drifts upstream"
    assert client.post("/sign-in/forgotten/new/", {"password1": new, "password2": new}).status_code == 302
    assert not is_inside(inside)
    assert not is_inside(client)
    assert SignIn.objects.get(user=user).end == SignIn.End.PASSWORD_CHANGED
    assert give_password(Client(), user.email).status_code == 422
    assert give_password(Client(), user.email, new).headers["location"] == "/sign-in/second-step/"


def test_nobody_learns_from_the_forgotten_page_who_has_an_account(people: People) -> None:
    prove_address(people.patient.user)
    first = Client().post("/sign-in/forgotten/", {"email": people.patient.user.email})
    second = Client().post("/sign-in/forgotten/", {"email": "nobody@riverbend.example"})
    assert (first.status_code, first.headers["location"]) == (second.status_code, second.headers["location"])
    assert len(mail.outbox) == 1


def test_a_closed_account_stays_out(people: People) -> None:
    user = people.patient.user
    prove_address(user)
    client = sign_in(user)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert not is_inside(client)
    again = Client()
    give_password(again, user.email)
    assert not is_inside(again)


def test_signing_out_ends_the_stay(people: People, trail: Trail) -> None:
    prove_address(people.patient.user)
    client = sign_in(people.patient.user)
    assert client.get("/sign-out/").status_code == 200
    assert is_inside(client)
    client.post("/sign-out/")
    assert not is_inside(client)
    assert SignIn.objects.get(user=people.patient.user).end == SignIn.End.SIGNED_OUT
    assert trail.count_of("sign_in.ended") == 1
