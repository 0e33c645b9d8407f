"""A patient's pages in Spanish and Arabic on a small telephone: nothing runs off, names and numbers stay whole."""

from collections.abc import Callable
from typing import Any

import pytest

from hearthline.tenancy.context import acting_in
from tests.browser.chromium import assert_page_is_sound, screenshot
from tests.patient_pages import PatientStage, make_patient_stage
from tests.people import People

pytestmark = pytest.mark.browser
SMALL = {"width": 360, "height": 740}
LOCALES = {"es": "es-MX", "ar": "ar-EG"}
PAGES = (
    "/care/",
    "times/",
    "prepare/",
    "prepare/location/",
    "door/",
    "booked/",
    "record",
    "messages/0",
    "summaries/0",
)


@pytest.fixture
def stage(committed: None, people: People) -> PatientStage:
    with acting_in(people.organization.id):
        return make_patient_stage(people)


@pytest.mark.parametrize("language", sorted(LOCALES))
def test_a_small_telephone(stage: PatientStage, open_page: Callable[..., Any], language: str) -> None:
    user = stage.people.patient.user
    user.language = language
    user.save(update_fields=["language"])
    for name in PAGES:
        address = next(
            one for one in stage.addresses if one.endswith(name) or (name in one and name[-1] != "/")
        )
        page, observed = open_page(
            address, "phone", stage.people.patient, viewport=SMALL, locale=LOCALES[language]
        )
        assert page.locator("html").get_attribute("lang") == language
        assert_page_is_sound(page, observed)
        screenshot(page, f"{language}-{name.strip('/').replace('/', '-')}", "small")
        page.context.close()
