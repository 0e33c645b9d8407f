"""Plots as their people see them: the patient's without script, the staff's, and the plot that zooms by keys."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from hearthline.monitoring.plots.tests.stage import Measuring, make_everything
from hearthline.tenancy.context import acting_in
from tests.browser.conftest import OpenPage
from tests.people import People

pytestmark = pytest.mark.browser


@pytest.fixture
def measuring(people: People, committed: None) -> Measuring:
    with acting_in(people.organization.id):
        return make_everything(people)


def test_the_patients_pages_are_sound(
    people: People, measuring: Measuring, look_at: Callable[..., None]
) -> None:
    own = [measuring.patient.id]
    for name, address in (
        ("own-glucose", reverse("plots:own_glucose", args=own)),
        ("own-pressure", reverse("plots:own_pressure", args=own)),
        ("own-glucose-days", reverse("plots:own_glucose_days", args=own)),
    ):
        look_at(address, name, people.patient)


def test_the_care_teams_pages_are_sound(
    people: People, measuring: Measuring, look_at: Callable[..., None]
) -> None:
    patient = [measuring.patient.id]
    for name, address in (
        ("readings", reverse("plots:monitoring", args=patient)),
        ("readings-glucose", reverse("plots:glucose", args=patient)),
        ("readings-values", reverse("plots:explore", args=[*patient, "glucose"])),
    ):
        look_at(address, name, people.physician, languages=False)


def test_keys_look_closer_and_the_table_follows(
    people: People, measuring: Measuring, open_page: OpenPage
) -> None:
    address = reverse("plots:explore", args=[measuring.patient.id, "glucose"])
    page, observed = open_page(address, "desktop", people.physician)
    page.locator("#plot canvas").first.wait_for()
    page.locator("#plot").focus()
    before = page.locator("#window").inner_text()
    for _ in range(4):
        page.keyboard.press("ArrowUp")
    closer = page.locator("#window").inner_text()
    assert closer != before
    assert page.locator("#values caption").inner_text() == closer
    page.keyboard.press("ArrowLeft")
    assert page.locator("#window").inner_text() != closer
    page.keyboard.press("Home")
    assert page.locator("#window").inner_text() == before
    assert not observed.complaints
