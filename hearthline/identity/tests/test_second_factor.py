import json
import re
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.urls import reverse

from hearthline.foundation import clock
from hearthline.identity import totp
from hearthline.identity.sessions import METHODS_KEY
from hearthline.identity.tests.conftest import Trail
from hearthline.identity.tests.door import (
    SECRET,
    code,
    give_password,
    is_inside,
    sign_in,
    with_authenticator,
    with_recovery_codes,
)
from tests.database import run_in_threads
from tests.people import People
from tests.people import sign_in as session_of


def second_step(people: People, typed: str) -> Client:
    client = Client()
    give_password(client, people.nurse.user.email)
    client.post("/sign-in/second-step/", {"code": typed})
    return client


def test_a_code_opens_once(people: People) -> None:
    with_authenticator(people.nurse.user)
    typed = code()
    assert is_inside(second_step(people, typed))
    assert not is_inside(second_step(people, typed))


def test_a_code_from_before_the_one_used_is_refused(people: People) -> None:
    authenticator = with_authenticator(people.nurse.user)
    at = datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)
    with clock.frozen(at):
        assert totp.accepts(authenticator, code(1))
        assert not totp.accepts(authenticator, code(0))
        assert not totp.accepts(authenticator, code(1))
        assert not totp.accepts(authenticator, code(2))
        assert not totp.accepts(authenticator, code(-5))


@pytest.mark.parametrize("typed", ["123 456", "", "x" * 5000, "\uff11\uff12\uff13", "\x00", "-1", "null"])
def test_nonsense_is_no_code(people: People, typed: str) -> None:
    assert totp.matching_counter(SECRET, typed) is None or typed == code()


def test_one_of_sixteen_wins_with_the_same_code(committed: None, people: People) -> None:
    with_authenticator(people.nurse.user)
    clients = [Client(REMOTE_ADDR=f"10.2.0.{number}") for number in range(16)]
    for client in clients:
        assert give_password(client, people.nurse.user.email).status_code == 302
    typed = code()
    authenticator = Authenticator.objects.get()
    counter = totp.matching_counter(SECRET, typed)
    assert counter is not None
    spent = run_in_threads(16, lambda _: totp.spend(authenticator, counter))
    assert sorted(spent) == [False] * 15 + [True]
    results = run_in_threads(
        16, lambda n: clients[n].post("/sign-in/second-step/", {"code": code(1)}).status_code
    )
    assert results.count(302) <= 1
    assert sum(is_inside(client) for client in clients) == results.count(302)


def test_one_of_sixteen_wins_with_the_same_recovery_code(committed: None, people: People) -> None:
    with_authenticator(people.nurse.user)
    typed = with_recovery_codes(people.nurse.user)[3]
    recovery = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    won = run_in_threads(16, lambda _: Authenticator.objects.get(pk=recovery.pk).wrap().validate_code(typed))
    assert sorted(won) == [False] * 15 + [True]


def test_a_recovery_code_opens_once(people: People) -> None:
    with_authenticator(people.nurse.user)
    typed = with_recovery_codes(people.nurse.user)
    assert is_inside(second_step(people, typed[0]))
    assert not is_inside(second_step(people, typed[0]))
    assert is_inside(second_step(people, typed[1]))


def test_guessing_codes_is_stopped_for_the_person(people: People) -> None:
    with_authenticator(people.nurse.user)
    for number in range(5):
        second_step(people, f"00000{number}")
    assert not is_inside(second_step(people, code()))
    other = people.physician.user
    Authenticator.objects.filter(user=people.nurse.user).update(user=other)
    sign_in(other)


def test_secrets_rest_encrypted(people: People) -> None:
    with_authenticator(people.nurse.user)
    with_recovery_codes(people.nurse.user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        kept = " ".join(row[0] for row in cursor.fetchall())
    assert SECRET not in kept
    assert not re.search(r'"seed": "[0-9a-f]{80}"', kept)


def test_the_waiting_secret_rests_encrypted_too(people: People) -> None:
    client = session_of(people.nurse.user, people.organization.id)
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    found = re.search(r"<code dir=\"ltr\">(\w+)</code>", page)
    assert found
    assert found[1] not in json.dumps(dict(client.session.items()))


def test_a_person_without_the_second_factor_lands_on_its_page_and_nowhere_clinical(people: People) -> None:
    client = session_of(people.physician.user, people.organization.id, is_mfa=False)
    for where in ("/account/devices/", "/administration/staff/"):
        answer = client.get(where)
        assert answer.status_code in {302, 403}
        if answer.status_code == 302:
            assert answer.headers["location"].startswith("/second-factor/")
    assert client.get("/second-factor/").status_code == 200
    assert client.get("/account/security/app/add/").status_code == 200
    patient = session_of(people.patient.user, people.organization.id, is_mfa=False)
    assert patient.get("/account/devices/").status_code == 200
    proxy = session_of(people.caregiver.user, people.organization.id, is_mfa=False)
    assert proxy.get("/account/devices/").headers["location"].startswith("/second-factor/")


def test_setting_up_an_app_lets_the_person_in_and_spends_the_code(people: People, trail: Trail) -> None:
    user = people.physician.user
    client = session_of(user, people.organization.id, is_mfa=False)
    page = client.get("/account/security/app/add/").content.decode()
    found = re.search(r"<code dir=\"ltr\">(\w+)</code>", page)
    assert found
    secret = found[1]
    assert client.post("/account/security/app/add/", {"code": "000000"}).status_code == 422
    typed = totp.code_at(secret, totp.counter_now())
    answer = client.post("/account/security/app/add/", {"code": typed})
    assert answer.status_code == 303
    assert trail.count_of("second_factor.added") == 1
    codes = client.get(answer.headers["location"]).content.decode()
    assert len(re.findall(r"<code>\d{8}</code>", codes)) == 10
    again = client.get(answer.headers["location"]).content.decode()
    assert not re.findall(r"<code>\d{8}</code>", again)
    assert client.get("/account/devices/").status_code == 200
    stranger = Client()
    give_password(stranger, user.email)
    stranger.post("/sign-in/second-step/", {"code": typed})
    assert not is_inside(stranger)


def test_the_last_second_factor_of_staff_cannot_be_removed(people: People, trail: Trail) -> None:
    with_authenticator(people.nurse.user)
    client = sign_in(people.nurse.user)
    client.get("/account/security/app/remove/")
    client.post("/account/security/app/remove/")
    assert Authenticator.objects.filter(user=people.nurse.user).exists()
    with_authenticator(people.patient.user)
    patient = sign_in(people.patient.user)
    assert patient.post("/account/security/app/remove/").status_code == 302
    assert not Authenticator.objects.filter(user=people.patient.user).exists()
    assert trail.count_of("second_factor.removed") == 1


def test_changing_ways_to_sign_in_needs_a_fresh_proof(people: People) -> None:
    with_authenticator(people.nurse.user)
    client = session_of(people.nurse.user, people.organization.id)
    assert client.get("/account/security/passkeys/add/").status_code == 200
    session = client.session
    session[METHODS_KEY] = [{"method": "mfa", "at": clock.now().timestamp() - 301}]
    session.save()
    answer = client.get("/account/security/passkeys/add/")
    assert answer.headers["location"].startswith("/confirm/code/?next=")
    assert client.get("/confirm/password/?next=/").headers["location"].startswith("/confirm/code/")
    confirmed = client.post(
        answer.headers["location"], {"code": code(), "next": "/account/security/passkeys/add/"}
    )
    assert confirmed.headers["location"] == "/account/security/passkeys/add/"
    assert client.get("/account/security/passkeys/add/").status_code == 200


def test_a_spent_code_confirms_nothing(people: People) -> None:
    with_authenticator(people.nurse.user)
    typed = code()
    client = second_step(people, typed)
    assert client.post("/confirm/code/?next=/switch/", {"code": typed}).status_code == 422
    assert client.post("/confirm/code/?next=/switch/", {"code": code(1)}).status_code == 302


def test_a_signed_in_session_of_another_person_is_not_a_proof(people: People) -> None:
    with_authenticator(people.nurse.user)
    client = sign_in(people.nurse.user)
    client.post("/sign-out/")
    with_authenticator(people.physician.user)
    give_password(client, people.physician.user.email)
    assert not is_inside(client)
