"""Every page that can be opened without a story behind it, judged and photographed as its people see it."""

from collections.abc import Callable

import pytest
from django.template.loader import render_to_string

from tests.browser.chromium import PHONE, assert_page_is_sound, screenshot
from tests.browser.conftest import OpenPage
from tests.people import People

pytestmark = pytest.mark.browser
PAGES = [
    ("sign-in", "/sign-in/", None),
    ("sign-in-code", "/sign-in/code/", None),
    ("forgotten-password", "/sign-in/forgotten/", None),
    ("register", "/o/riverbend/register/", None),
    ("appointments", "/care/appointments/", "patient"),
    ("book", "/care/book/", "patient"),
    ("summaries", "/care/summaries/", "patient"),
    ("security", "/account/security/", "physician"),
    ("devices", "/account/devices/", "physician"),
    ("staff", "/administration/staff/", "administrator"),
    ("invite", "/administration/staff/invite/", "administrator"),
    ("audit", "/administration/audit/", "auditor"),
    ("note-templates", "/administration/note-templates/", "administrator"),
]
# One look each, by the eyes that have it hardest: patients in Arabic on a phone, staff in the dark.
MORE_PAGES = [
    ("messages", "/care/messages/", "patient"),
    ("schedule", "/schedule/", "physician"),
    ("staff-messages", "/messages/", "nurse"),
    ("notices", "/messages/notices/", "navigator"),
    ("hub", "/hub/", "attendant"),
    ("operations", "/ops/", "technician"),
    ("administration", "/administration/", "administrator"),
    ("organization", "/administration/organization/", "administrator"),
    ("sites", "/administration/sites/", "administrator"),
    ("services", "/administration/services/", "administrator"),
    ("hours", "/administration/hours/", "administrator"),
    ("message-words", "/administration/messages/words/", "administrator"),
    ("emergency-access", "/administration/emergency-access/", "auditor"),
]


@pytest.mark.parametrize(("name", "address", "role"), PAGES, ids=[page[0] for page in PAGES])
def test_page_is_sound(
    name: str, address: str, role: str | None, people: People, look_at: Callable[..., None]
) -> None:
    look_at(address, name, people.by_role[role] if role else None)


@pytest.mark.parametrize(("name", "address", "role"), MORE_PAGES, ids=[page[0] for page in MORE_PAGES])
def test_page_is_sound_in_arabic_or_in_the_dark(
    name: str, address: str, role: str, people: People, open_page: OpenPage
) -> None:
    profile = "arabic" if role == "patient" else "dark"
    page, observed = open_page(address, profile, people.by_role[role])
    assert_page_is_sound(page, observed)
    screenshot(page, name, profile)


@pytest.mark.parametrize(("address", "role"), [("/nowhere/", "patient"), ("/administration/", "physician")])
def test_refusal_offers_the_next_step(address: str, role: str, people: People, open_page: OpenPage) -> None:
    page, observed = open_page(address, "phone", people.by_role[role])
    observed.complaints.clear()
    assert_page_is_sound(page, observed)
    screenshot(page, f"refused-{role}", "phone")
    page.get_by_role("link", name="Go to the start page").click()
    page.wait_for_url("**/care/**" if role == "patient" else "**/today/")


def test_fault_of_ours_looks_like_a_page(open_page: OpenPage) -> None:
    page, observed = open_page("/sign-in/", "phone")
    body = render_to_string("web/errors/broken.html")
    page.route("**/broken/", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto(page.url.replace("/sign-in/", "/broken/"))
    assert_page_is_sound(page, observed, heading="Something went wrong")
    screenshot(page, "broken", "phone")


@pytest.mark.parametrize(("address", "role"), [("/care/", "patient"), ("/today/", "physician")])
def test_large_letters_fit(address: str, role: str, people: People, open_page: OpenPage) -> None:
    page, _ = open_page(address, "desktop", people.by_role[role], viewport={"width": 640, "height": 800})
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%', 'important')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    screenshot(page, f"large-letters-{role}", "phone")


@pytest.mark.parametrize("role", ["physician", "administrator"])
def test_every_place_of_staff_is_in_sight_on_a_phone(role: str, people: People, open_page: OpenPage) -> None:
    page, _ = open_page("/account/security/", "phone", people.by_role[role])
    edges = page.locator(".places a").evaluate_all("all => all.map(one => one.getBoundingClientRect().right)")
    assert len(edges) >= 5
    assert max(edges) <= PHONE["width"]
