"""The pages of signing in, as people see them: sound, small, in Arabic, without script, and warned before the end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from hearthline.foundation import clock
from hearthline.identity.accounts import prove_address
from hearthline.identity.models import SignIn
from hearthline.identity.tests.routes import arguments
from hearthline.tenancy.context import acting_in
from tests.browser.conftest import OpenPage, sign_in_profile
from tests.people import PASSWORD, People

pytestmark = pytest.mark.browser
LookAt = Callable[..., None]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/sign-in/", "sign-in"),
        ("/sign-in/code/", "sign-in-code"),
        ("/sign-in/forgotten/", "forgotten"),
        ("/o/riverbend/register/", "register"),
        ("/invitation/", "invitation"),
    ],
)
def test_pages_before_the_door(
    committed: None, people: People, look_at: LookAt, address: str, name: str
) -> None:
    look_at(address, name)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/account/security/", "security"),
        ("/account/devices/", "devices"),
        ("/account/password/", "change-password"),
        ("/account/security/app/add/", "add-authenticator"),
        ("/account/security/passkeys/add/", "add-passkey"),
        ("/switch/", "switch"),
    ],
)
def test_pages_of_an_account(
    committed: None, people: People, look_at: LookAt, address: str, name: str
) -> None:
    prove_address(people.patient.user)
    look_at(address, name, people.patient)


def test_pages_of_staff(committed: None, people: People, look_at: LookAt) -> None:
    with acting_in(people.organization.id):
        member = arguments(people)["identity:staff_roles"]["membership_id"]
    look_at("/administration/staff/", "staff", people.administrator)
    look_at("/administration/staff/invite/", "staff-invite", people.administrator)
    look_at(f"/administration/staff/{member}/deactivate/", "staff-deactivate", people.administrator)
    look_at("/second-factor/", "second-factor", people.nurse)


def test_a_password_works_without_script(committed: None, people: People, open_page: OpenPage) -> None:
    prove_address(people.patient.user)
    page, _ = open_page("/sign-in/?next=/account/devices/", "no-script")
    page.get_by_label("E-mail address").fill(people.patient.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()
    assert page.get_by_role("button", name="Use a passkey").count() == 0


def test_a_link_fills_in_its_token_and_hides_it(committed: None, people: People, open_page: OpenPage) -> None:
    page, _ = open_page("/invitation/#abc.def")
    expect(page.get_by_label("Invitation code")).to_have_value("abc.def")
    assert page.url.endswith("/invitation/")


def test_a_warning_comes_before_the_end_and_what_was_typed_outlives_it(
    committed: None, people: People, origin: str, profile: Callable[..., BrowserContext]
) -> None:
    prove_address(people.patient.user)
    context = profile()
    sign_in_profile(context, origin, people.patient)
    stays = SignIn.objects.filter(user=people.patient.user)
    page = context.new_page()
    page.goto(f"{origin}/account/address/")
    page.get_by_label("New e-mail address").fill("rosa.new@mail.example")
    stays.update(last_active_at=clock.now() - timedelta(minutes=29))
    look_again(page)
    expect(page.get_by_role("dialog", name="Are you still there?")).to_be_visible()
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert stays.get().last_active_at > clock.now() - timedelta(minutes=1)
    stays.update(last_active_at=clock.now() - timedelta(minutes=31))
    look_again(page)
    ended = page.get_by_role("dialog", name="You were signed out")
    expect(ended).to_be_visible()
    with context.expect_page() as opened:
        ended.get_by_role("link", name="Sign in again").click()
    tab = opened.value
    tab.get_by_label("E-mail address").fill(people.patient.user.email)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect(tab.get_by_role("heading", name="You are signed in again")).to_be_visible()
    look_again(page)
    expect(ended).to_be_hidden()
    expect(page.get_by_label("New e-mail address")).to_have_value("rosa.new@mail.example")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", name="Type the code")).to_be_visible()


def look_again(page: Any) -> None:
    """Do what coming back to a tab does."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
