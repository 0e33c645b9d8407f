from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from hearthline.foundation import clock
from hearthline.identity import rules, sessions
from hearthline.identity.actor import Actor
from hearthline.identity.cookies import actor_of_cookie
from hearthline.identity.events import SessionRevoked
from hearthline.identity.models import Membership, SignIn, User
from hearthline.identity.roles import Role
from hearthline.identity.tests.conftest import Trail
from hearthline.identity.tests.door import is_inside
from hearthline.tenancy.context import acting_in
from tests.database import owner_connection
from tests.people import People, Person
from tests.people import sign_in as session_of

LIMITS = [("physician", 15), ("patient", 30), ("attendant", 5)]


def client_of(people: People, who: str) -> Client:
    return session_of(getattr(people, who).user, people.organization.id)


def cookie_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def found(client: Client) -> Actor:
    """Return whom a client's cookie stands for, as the live edge finds them."""
    actor = actor_of_cookie(cookie_of(client))
    assert actor is not None
    return actor


def after(start: datetime, **late: Any) -> Any:
    return clock.frozen(start + timedelta(**late))


@pytest.mark.parametrize(("who", "minutes"), LIMITS)
def test_a_stay_ends_when_nobody_is_there(people: People, who: str, minutes: int) -> None:
    start = clock.now()
    with clock.frozen(start):
        client = client_of(people, who)
    with after(start, minutes=minutes, seconds=-1):
        assert client.get("/account/devices/").status_code == 200
    with after(start, minutes=minutes * 2, seconds=-2):
        assert client.get("/account/devices/").status_code == 200
    with after(start, minutes=minutes * 3, seconds=-2):
        answer = client.get("/account/devices/?page=1")
        assert answer.headers["location"] == "/sign-in/?next=%2Faccount%2Fdevices%2F%3Fpage%3D1&because=idle"
        assert "nobody used this device" in client.get(answer.headers["location"]).content.decode()
    assert SignIn.objects.get(user=getattr(people, who).user).end == SignIn.End.IDLE


@pytest.mark.parametrize(("who", "hours"), [("physician", 12), ("patient", 24)])
def test_a_stay_ends_however_busy_the_person_is(people: People, who: str, hours: int) -> None:
    start = clock.now()
    with clock.frozen(start):
        client = client_of(people, who)
    SignIn.objects.filter(user=getattr(people, who).user).update(
        last_active_at=start + timedelta(hours=hours, seconds=-10)
    )
    with after(start, hours=hours, seconds=-1):
        assert client.get("/account/devices/").status_code == 200
    with after(start, hours=hours):
        assert client.get("/account/devices/").headers["location"].endswith("because=too_long")


def test_polling_is_not_activity_and_a_call_is(people: People) -> None:
    start = clock.now()
    with clock.frozen(start):
        client = client_of(people, "physician")
        calling = client_of(people, "nurse")
    with after(start, minutes=14):
        assert client.get("/session/").json()["seconds_left"] == 60
        assert client.get("/account/devices/", headers={"Hearthline-Background": "1"}).status_code == 200
        with transaction.atomic():
            sessions.record_activity(found(calling))
    with after(start, minutes=16):
        assert not is_inside(client)
        assert calling.get("/session/").json()["seconds_left"] == 13 * 60


def test_answering_the_warning_keeps_the_stay(people: People) -> None:
    start = clock.now()
    with clock.frozen(start):
        client = client_of(people, "physician")
    with after(start, minutes=14):
        assert client.post("/session/continue/").status_code == 204
        assert client.get("/session/").json()["seconds_left"] == 15 * 60


def test_an_ended_stay_cannot_be_revived(people: People) -> None:
    start = clock.now()
    with clock.frozen(start):
        client = client_of(people, "physician")
    with transaction.atomic():
        actor = found(client)
    with after(start, minutes=16):
        assert not is_inside(client)
        with transaction.atomic():
            sessions.record_activity(actor)
            assert actor_of_cookie(cookie_of(client)) is None
    assert not is_inside(client)


def test_another_device_is_signed_out_from_the_list(
    people: People, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(sessions, "publish", told.append)
    here, there = client_of(people, "physician"), client_of(people, "physician")
    stranger = client_of(people, "nurse")
    key = there.session[sessions.SIGN_IN_KEY]
    assert stranger.post(f"/account/devices/{key}/sign-out/").status_code == 404
    assert here.get(f"/account/devices/{key}/sign-out/").status_code == 405
    assert is_inside(there)
    assert here.post(f"/account/devices/{key}/sign-out/").status_code == 303
    assert there.get("/account/devices/").headers["location"].endswith("because=revoked")
    assert is_inside(here)
    assert [(type(event), event.session_key) for event in told] == [(SessionRevoked, key)]
    assert trail.count_of("session.revoked") == 1
    assert here.post(f"/account/devices/{key}/sign-out/").status_code == 404


def test_signing_out_everywhere(people: People, trail: Trail) -> None:
    clients = [client_of(people, "patient") for _ in range(3)]
    other = client_of(people, "nurse")
    assert clients[0].post("/account/devices/sign-out/").status_code == 303
    assert not any(is_inside(client) for client in clients)
    assert is_inside(other)
    assert trail.count_of("session.all_revoked") == 1


def test_the_live_edge_hears_of_the_end(committed: None, people: People) -> None:
    client = client_of(people, "patient")
    key = client.session[sessions.SIGN_IN_KEY]
    with owner_connection(connection.settings_dict["NAME"]) as listener:
        listener.execute(f"LISTEN {sessions.REVOKED_CHANNEL}")
        client.post("/account/devices/sign-out/")
        heard = [note.payload for note in listener.notifies(timeout=5, stop_after=1)]
    assert heard == [key]


def test_a_cookie_gives_the_same_actor_outside_the_middleware(people: People) -> None:
    client = client_of(people, "physician")
    cookie = cookie_of(client)
    with transaction.atomic():
        actor = actor_of_cookie(cookie, origin="10.0.0.1")
    assert actor is not None
    assert (actor.user_id, actor.organization_id) == (people.physician.user.id, people.organization.id)
    assert actor.session_key == client.session[sessions.SIGN_IN_KEY]
    client.post("/sign-out/")
    with transaction.atomic():
        assert actor_of_cookie(cookie) is None
        assert actor_of_cookie("") is None
        assert actor_of_cookie("made-up") is None


def test_a_page_of_mine_lists_my_devices_only(people: People) -> None:
    client_of(people, "nurse")
    mine = client_of(people, "physician")
    page = mine.get("/account/devices/").content.decode()
    assert page.count("<bdi>Test</bdi>") == 1
    assert "This device" in page


def test_a_form_sent_too_late_leads_back_to_its_page(people: People) -> None:
    start = clock.now()
    with clock.frozen(start):
        client = client_of(people, "physician")
    with after(start, minutes=16):
        answer = client.post(
            "/account/devices/sign-out/", headers={"referer": "http://testserver/switch/?a=1"}
        )
        assert answer.headers["location"] == "/sign-in/?next=%2Fswitch%2F%3Fa%3D1&because=idle"
        answer = client.post("/account/devices/sign-out/", headers={"referer": "https://evil.example/x"})
        assert answer.headers["location"].startswith("/sign-in/?next=%2F")


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/124.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/124 Safari/537 Edg/124.0", "Edge on Windows"),
        ("curl/8", "A device we do not know"),
        ("", "A device we do not know"),
    ],
)
def test_devices_have_words(agent: str, words: str) -> None:
    assert rules.device_words(agent) == words


def test_a_shared_device_ends_sooner_and_the_strictest_role_counts() -> None:
    patient = frozenset({Role.PATIENT})
    assert rules.idle_limit(patient, is_shared_device=True) == timedelta(minutes=10)
    assert rules.idle_limit(patient | {Role.NURSE}, is_shared_device=False) == timedelta(minutes=15)
    assert rules.idle_limit(frozenset({Role.HUB_ATTENDANT}), is_shared_device=True) == timedelta(minutes=5)
    assert rules.longest_stay(patient | {Role.NURSE}) == timedelta(hours=12)


def test_old_stays_are_forgotten(people: People) -> None:
    client_of(people, "nurse")
    SignIn.objects.update(started_at=clock.now() - timedelta(days=91))
    client_of(people, "physician")
    assert sessions.forget_old_stays() == 1
    assert SignIn.objects.get().user == people.physician.user


def change_password(person: Person, _elsewhere: Membership) -> None:
    person.user.set_password("another-orchard-violet-28")
    person.user.save()


def close_account(person: Person, _elsewhere: Membership) -> None:
    User.objects.filter(pk=person.user.pk).update(is_active=False)


def end_membership(person: Person, elsewhere: Membership) -> None:
    for one in (person.membership, elsewhere):
        with acting_in(one.organization_id):
            Membership.objects.filter(pk=one.pk).update(is_active=False)


def sign_out(person: Person, _elsewhere: Membership) -> None:
    person.client.session.flush()


def revoke(person: Person, _elsewhere: Membership) -> None:
    sessions.end_all(person.user, why=SignIn.End.REVOKED)


def other_roles(person: Person, _elsewhere: Membership) -> None:
    Membership.objects.filter(pk=person.membership.pk).update(roles=[Role.AUDITOR])


def switch(person: Person, elsewhere: Membership) -> None:
    session = person.client.session
    session[sessions.ORGANIZATION_KEY] = str(elsewhere.organization_id)
    session.save()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (change_password, set()),
        (close_account, set()),
        (end_membership, set()),
        (sign_out, set()),
        (revoke, set()),
        (other_roles, {Role.AUDITOR}),
        (switch, {Role.SPECIALIST}),
    ],
)
def test_whoever_was_found_just_now_is_looked_at_again_when_something_changed(
    people: People, change: Callable[[Person, Membership], None], expected: set[Role]
) -> None:
    person, there = people.nurse, people.other_organization
    with acting_in(there.id):
        elsewhere = Membership(organization_id=there.id, user=person.user, roles=[Role.SPECIALIST])
        elsewhere.save(force_insert=True)
    with acting_in(people.organization.id):
        assert [set(found(person.client).roles) for _ in range(2)] == [{Role.NURSE}] * 2
        cookie = cookie_of(person.client)
        change(person, elsewhere)
        after = actor_of_cookie(cookie)
    assert (set(after.roles) if after else set()) == expected


def test_a_remembered_stay_ends_when_nobody_is_there(people: People) -> None:
    start = clock.now()
    with clock.frozen(start):
        client = client_of(people, "physician")
        with transaction.atomic():
            actor = found(client)
    with after(start, minutes=14), transaction.atomic():
        assert found(client) == actor
        sessions.record_activity(actor)
    with after(start, minutes=28), transaction.atomic():
        assert found(client) == actor
    with after(start, minutes=29, seconds=1), transaction.atomic():
        assert actor_of_cookie(cookie_of(client)) is None
