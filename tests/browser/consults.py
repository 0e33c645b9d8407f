"""Helpers of the consult's journey: people in browsers, photos over a bad line, doors at which a stranger knocks."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page

from hearthline.consults.models import Consult
from hearthline.consults.tests.stage import CaseStage
from hearthline.identity.roles import Role
from hearthline.imaging.intake.tests.hostile import photo
from hearthline.tenancy.context import acting_in
from tests.browser.chromium import new_profile
from tests.browser.installation import Installation
from tests.people import Person, make_organization, make_person, sign_in

SECONDS = 120.0
THIN_LINE = {"offline": False, "latency": 200, "downloadThroughput": 50_000, "uploadThroughput": 60_000}
WORDS = {"site": "Left forearm", "since": "In May", "change": "It grows", "tried": "Nothing"}


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds, as long as a slow machine may need."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def person_in(browser: Browser, origin: str, person: Person, kind: str = "desktop") -> Page:
    """Open a browser of a person who has just signed in with their second factor."""
    context = new_profile(browser, kind)
    context.set_default_timeout(SECONDS * 1000)
    session = (
        sign_in(person.user, person.membership.organization_id).cookies[settings.SESSION_COOKIE_NAME].value
    )
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": origin}])
    return context.new_page()


def thin(page: Page) -> None:
    """Put a page on a bad mobile line."""
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", THIN_LINE)


def pictures(directory: Path, count: int) -> list[Path]:
    """Photos as a phone takes them, some hundred kilobytes each, no two alike."""
    made = []
    for number in range(count):
        noise = random.Random(number).randbytes(250_000)  # as a motion photo's trailer
        path = directory / f"photo-{number}.jpg"
        path.write_bytes(photo(size=(1200 + 8 * number, 900)) + noise)
        made.append(path)
    return made


def send(page: Page, shots: dict[str, Path], meanwhile: Callable[[], None] = lambda: None) -> None:
    """Take photos for views on the page of a set, let something happen to the line, and wait until all are there."""
    page.wait_for_selector("body[data-ready=yes]")
    for view, path in shots.items():
        page.set_input_files(f"[data-view={view}] input[type=file]", path)
        page.wait_for_selector("[data-items] li")
    meanwhile()
    page.wait_for_selector("body[data-pending='0']")


def kill(installation: Installation, *names: str) -> None:
    """End processes as a power cut would, and start them again: the line is away meanwhile, as in a tunnel."""
    for name in names:
        installation.kill(name)
    for name in names:
        installation.start(name)
    installation.wait({"pages", "live"})


def count_photos(stage: CaseStage, consult_id: Any) -> int:
    """Count the photos that have come to the case."""
    with acting_in(stage.people.organization.id):
        return Consult.objects.get(pk=consult_id).attachments.filter(kind="photo").count()


def status_of(stage: CaseStage, consult_id: Any) -> str:
    """Return where the case stands."""
    with acting_in(stage.people.organization.id):
        return str(Consult.objects.get(pk=consult_id).status)


def make_third() -> Person:
    """A specialist of an organization that has nothing to do with the case."""
    third = make_organization("far-clinic", "Far Clinic")
    with acting_in(third.id):
        return make_person(third, "Dr. Ola Brandt", Role.SPECIALIST)


def answers_to(context: BrowserContext, origin: str, addresses: list[str]) -> dict[str, int]:
    """Return what a person is answered at each address."""
    return {address: context.request.get(origin + address).status for address in addresses}
