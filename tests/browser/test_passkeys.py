"""Passkeys with a virtual authenticator of Chromium: made, used to sign in, used again, and refused elsewhere."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from fido2.utils import websafe_decode, websafe_encode
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from hearthline.identity.accounts import prove_address
from hearthline.identity.tests.door import is_inside
from tests.browser.chromium import assert_page_is_sound, screenshot, watch
from tests.people import PASSWORD, People

pytestmark = pytest.mark.browser


@pytest.fixture
def home(origin: str) -> str:
    """The origin by its name: passkeys refuse an address."""
    return f"http://localhost:{urlsplit(origin).port}"


@contextmanager
def authenticator(page: Page, **changes: Any) -> Iterator[tuple[CDPSession, str]]:
    """Plug a virtual authenticator into the page's browser."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options | changes})
    yield session, made["authenticatorId"]
    session.detach()


def sign_in(page: Page, home: str, email: str) -> None:
    page.goto(f"{home}/sign-in/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def make_passkey(page: Page, home: str) -> None:
    page.goto(f"{home}/account/security/passkeys/add/")
    page.get_by_label("Name of this passkey").fill("my phone")
    page.get_by_role("button", name="Make a passkey").click()


def test_a_physician_makes_a_passkey_and_signs_in_with_it_alone(
    committed: None, people: People, home: str, profile: Callable[..., BrowserContext]
) -> None:
    prove_address(people.physician.user)
    page = profile().new_page()
    with authenticator(page):
        sign_in(page, home, people.physician.user.email)
        page.wait_for_function("!location.pathname.startsWith('/sign-in')")
        observed = watch(page, home)
        page.goto(f"{home}/account/devices/")
        expect(page.get_by_role("heading", name="Protect your account")).to_be_visible()
        assert_page_is_sound(page, observed)
        make_passkey(page, home)
        expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
        page.goto(f"{home}/account/devices/")
        expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.wait_for_url("**/sign-in/")
        page.goto(f"{home}/sign-in/?next=/account/devices/")
        screenshot(page, "sign-in", "desktop")
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()
        assert Authenticator.objects.get(type="webauthn").wrap().name == "my phone"
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.wait_for_url("**/sign-in/")
        sign_in(page, home, people.physician.user.email)
        expect(page.get_by_role("heading", name="One more step")).to_be_visible()
        page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_function("!location.pathname.startsWith('/sign-in')")
        page.goto(f"{home}/account/devices/")
        expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()


def test_a_device_that_does_not_check_the_person_is_refused(
    committed: None, people: People, home: str, profile: Callable[..., BrowserContext]
) -> None:
    prove_address(people.patient.user)
    page = profile().new_page()
    with authenticator(page, isUserVerified=False):
        sign_in(page, home, people.patient.user.email)
        page.wait_for_function("!location.pathname.startsWith('/sign-in')")
        make_passkey(page, home)
        expect(page.get_by_role("alert").filter(has_text="That did not work")).to_be_visible()
    assert not Authenticator.objects.exists()


def test_an_answer_made_for_another_origin_or_used_before_is_refused(
    committed: None, people: People, home: str, profile: Callable[..., BrowserContext]
) -> None:
    prove_address(people.patient.user)
    page = profile().new_page()
    with authenticator(page):
        sign_in(page, home, people.patient.user.email)
        page.wait_for_function("!location.pathname.startsWith('/sign-in')")
        make_passkey(page, home)
        expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
        caught: list[str] = []
        page.context.clear_cookies()
        page.goto(f"{home}/sign-in/")
        page.route("**/sign-in/passkey/", lambda route: catch(route, caught))
        page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_timeout(500)
        cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    client = Client()
    client.cookies.load({name: str(value) for name, value in cookies.items()})
    answer = json.loads(caught[0])
    forged = json.loads(caught[0])
    forged["response"]["clientDataJSON"] = with_origin(answer, "https://evil.example")
    client.post("/sign-in/passkey/", {"credential": json.dumps(forged)})
    assert not is_inside(client)
    client.post("/sign-in/passkey/", {"credential": "{}"})
    client.post("/sign-in/passkey/", {"credential": "nonsense"})
    assert not is_inside(client)
    client.post("/sign-in/passkey/", {"credential": json.dumps(answer)})
    assert is_inside(client)
    replay = Client()
    replay.get("/sign-in/passkey/", headers={"Accept": "application/json"})
    replay.post("/sign-in/passkey/", {"credential": json.dumps(answer)})
    assert not is_inside(replay)


def catch(route: Any, caught: list[str]) -> None:
    """Keep the credential of a post, and do not send it."""
    if route.request.method == "POST":
        body = route.request.post_data_json
        caught.append(body["credential"])
        route.abort()
    else:
        route.continue_()


def with_origin(answer: dict[str, Any], origin: str) -> str:
    told = json.loads(websafe_decode(answer["response"]["clientDataJSON"]))
    return websafe_encode(json.dumps(told | {"origin": origin}).encode())
