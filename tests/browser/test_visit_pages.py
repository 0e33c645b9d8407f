"""The pages around a call, judged and photographed: phone, desktop, Arabic; with script off where that is promised."""

from collections.abc import Callable
from typing import Any

import pytest

from hearthline.tenancy.context import acting_in
from hearthline.visits.choices import Help
from hearthline.visits.services.ranking import rank_coming
from hearthline.visits.services.rescuing import rescue
from hearthline.visits.tests.stage import Stage, make_visit
from tests.browser.chromium import assert_page_is_sound, screenshot
from tests.people import People

pytestmark = pytest.mark.browser
QUESTIONS = ["reason", "symptoms", "location", "consent"]


@pytest.fixture
def stage(committed: None, people: People) -> Stage:
    with acting_in(people.organization.id):
        return make_visit(people)


def test_getting_ready(stage: Stage, look_at: Callable[..., None]) -> None:
    look_at(f"/care/visits/{stage.visit.pk}/prepare/", "prepare", stage.people.patient)
    for question in QUESTIONS:
        look_at(
            f"/care/visits/{stage.visit.pk}/prepare/{question}/", f"prepare-{question}", stage.people.patient
        )


def test_the_door_and_afterwards(stage: Stage, look_at: Callable[..., None]) -> None:
    look_at(f"/care/visits/{stage.visit.pk}/door/", "door", stage.people.patient)
    look_at(f"/care/visits/{stage.visit.pk}/after/", "after-visit", stage.people.patient)


def test_getting_ready_in_arabic(stage: Stage, open_page: Callable[..., Any]) -> None:
    patient = stage.people.patient
    patient.user.language = "ar"
    patient.user.save(update_fields=["language"])
    for name in ("prepare/", "prepare/location/", "check/", "door/"):
        page, observed = open_page(f"/care/visits/{stage.visit.pk}/{name}", "arabic", patient)
        assert page.locator("html").get_attribute("dir") == "rtl"
        if name != "check/":
            assert_page_is_sound(page, observed)
        screenshot(page, f"{name.strip('/').replace('/', '-')}-right-to-left", "arabic")
        page.context.close()


def test_getting_ready_without_script(stage: Stage, open_page: Callable[..., Any]) -> None:
    address = f"/care/visits/{stage.visit.pk}/prepare/reason/"
    page, _ = open_page(address, "no-script", stage.people.patient)
    page.get_by_label("What would you like help with?").fill("My knee")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/prepare/symptoms/")


def test_the_rescue_desk(stage: Stage, look_at: Callable[..., None], open_page: Callable[..., Any]) -> None:
    navigator = stage.people.navigator
    with acting_in(stage.people.organization.id):
        stage.visit.patient.email = "rosa@example.org"
        stage.visit.patient.save(update_fields=["email"])
        rescue(actor=navigator.actor, visit=stage.visit, help_=Help.LOANER)
        rank_coming(stage.people.organization.id)
    look_at("/visits/rescue/", "rescue-desk", navigator, languages=False)
    look_at("/visits/rescue/requests/", "rescue-requests", navigator, languages=False)
    look_at(f"/visits/{stage.visit.pk}/practice/", "rescue-practice", navigator, languages=False)
    look_at("/administration/telephone/", "telephone", stage.people.administrator, languages=False)
    page, _ = open_page("/visits/rescue/", "desktop", navigator)
    page.keyboard.press("j")
    page.keyboard.press("m")
    page.get_by_role("button", name="Send help to get ready").click()
    page.get_by_text("Help to get ready is on its way").wait_for()
