"""The photo pages as people see them: budget, axe, reflow, and photographs of them."""

import io
import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, Route

from hearthline.imaging.intake.tests.hostile import photo
from hearthline.imaging.intake.tests.stage import make_capture, make_file, make_photographed
from hearthline.tenancy.context import acting_in
from tests.browser.conftest import OpenPage
from tests.browser.consults import until
from tests.people import People

pytestmark = pytest.mark.browser


def test_the_photo_pages_are_light_and_sound(
    committed: None, people: People, look_at: Callable[..., None]
) -> None:
    with acting_in(people.organization.id):
        patient = make_photographed(people)
        capture = make_capture(people)
        make_file(people, capture=capture)
    look_at(f"/photos/of/{patient.pk}/", "photo-place", people.patient)
    look_at(f"/photos/sets/{capture.pk}/", "photo-coach", people.patient)
    look_at("/photos/outbox/", "photo-outbox", languages=False)


def taking_page(
    people: People, open_page: OpenPage, before: str = ""
) -> tuple[Page, list[dict[str, str]], dict[str, Any]]:
    """A set of photos on a phone whose uploads are answered "no room"; what it announced, and the words."""
    with acting_in(people.organization.id):
        make_photographed(people)
        capture = make_capture(people)
    page, _observed = open_page("/care/", "phone", people.patient)
    announced: list[dict[str, str]] = []

    def refuse(route: Route) -> None:
        told = route.request.headers.get("upload-metadata", "")
        pairs = (pair.partition(" ")[::2] for pair in told.split(","))
        announced.append({name: b64decode(value).decode() for name, value in pairs})
        route.fulfill(status=507)

    page.route("**/live/uploads*", refuse)
    page.add_init_script(before)
    page.goto(urljoin(page.url, f"/photos/sets/{capture.pk}/"))
    page.wait_for_selector("body[data-ready=yes]")
    words = json.loads(page.locator("#photos").text_content() or "")["words"]
    return page, announced, words


def wait_until_sent(page: Page, announced: list[dict[str, str]]) -> None:
    """Wait for an upload; the page is asked something each time, since only then are its requests answered here."""
    until(lambda: bool(page.evaluate("true") and announced), "nothing is sent")


def choose(page: Page, view: str, content: bytes) -> None:
    file: FilePayload = {"name": "skin.jpg", "mimeType": "image/jpeg", "buffer": content}
    page.set_input_files(f"[data-view={view}] input[type=file]", file)


def test_a_doubtful_photo_is_asked_about_and_goes_when_the_person_says_so(
    committed: None, people: People, open_page: OpenPage
) -> None:
    page, announced, words = taking_page(people, open_page)
    blurred = io.BytesIO()
    Image.new("RGB", (900, 700), (150, 110, 90)).save(blurred, "JPEG")
    choose(page, "close", blurred.getvalue())
    page.locator("[data-view=close] [data-doubt]").wait_for()
    assert words["findings"]["blurred"] in page.locator("[data-view=close] [data-findings]").inner_text()
    assert page.locator("[data-items] li").count() == 0
    page.get_by_role("button", name="Send it anyway").click()
    page.locator("[data-items] li").wait_for()
    wait_until_sent(page, announced)
    assert {one["anyway"] for one in announced} == {"yes"}
    assert page.locator("[data-doubt]").count() == 0
    choose(page, "far", photo())
    until(lambda: page.locator("[data-items] li").count() == 2, "a sound photo is not taken")
    assert page.locator("[data-doubt]").count() == 0


# Two bodies fit: a photo's small copy, and the photo.
LITTLE_ROOM = """
    localStorage.setItem("hearthline-photos-paused", "yes");
    const put = IDBObjectStore.prototype.put;
    let bodies = 0;
    IDBObjectStore.prototype.put = function (value) {
        if (this.name === "bodies" && (bodies += 1) > 2) throw new DOMException("full", "QuotaExceededError");
        return put.apply(this, arguments);
    };
"""
NO_ROOM = 'indexedDB.open = () => { throw new DOMException("refused", "SecurityError"); };'


def test_what_fits_no_more_is_said_and_sent_from_the_page(
    committed: None, people: People, open_page: OpenPage
) -> None:
    page, announced, words = taking_page(people, open_page, LITTLE_ROOM)
    choose(page, "close", photo())
    page.wait_for_selector("body[data-pending='2']")
    assert words["problems"]["full"] not in page.locator("[data-progress]").inner_text()
    choose(page, "far", photo(size=(1000, 700)))
    page.wait_for_selector("body[data-pending='4']")
    assert page.locator("[data-progress]").inner_text() == words["problems"]["full"]
    page.locator("[data-go]").click()
    wait_until_sent(page, announced)
    assert page.locator("body[data-pending='4']").count() == 1  # those that were kept before are not lost
    page.reload()
    page.wait_for_selector("body[data-ready=yes][data-pending='2']")


def test_a_browser_that_keeps_nothing_says_so_and_sends(
    committed: None, people: People, open_page: OpenPage
) -> None:
    page, announced, words = taking_page(people, open_page, NO_ROOM)
    page.locator("[data-view=close] input[type=file]").focus()
    until(
        lambda: page.locator("[data-progress]").inner_text() == words["problems"]["full"],
        "it is not said",
    )
    choose(page, "close", photo())
    wait_until_sent(page, announced)
