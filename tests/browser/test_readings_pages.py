"""The patient's pages of monitoring, judged and photographed: phone, desktop, Arabic; and without script."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest

from hearthline.directory.tests.stage import make_practitioner, treat
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.tests.stage import in_force
from hearthline.monitoring.home.tests.stage import HomeStage, make_home
from hearthline.monitoring.readings.models import Device, DeviceAssignment
from hearthline.tenancy.context import acting_in
from tests.browser.chromium import assert_page_is_sound, screenshot
from tests.people import People

pytestmark = pytest.mark.browser
# Below what the page itself calls very high: only the alert turns it red.
HIGH = {
    "kind": "limit",
    "metric": "systolic",
    "direction": "high",
    "limit": 160,
    "clear": 150,
    "ask_minutes": 15,
}


@pytest.fixture
def home(committed: None, people: People) -> HomeStage:
    with acting_in(people.organization.id):
        stage = make_home(people, jurisdiction="US-TX")
        stage.ask("blood-pressure", (time(6), time(10)), (time(18), time(22)))
        stage.ask("weight", weekdays=(0, 2, 4))
        stage.aim("systolic", 100, 129)
        stage.aim("diastolic", 60, 79)
        stage.aim("weight", 75, 82)
        for days in range(12):
            if days not in (2, 5):
                stage.pressure(124 + days % 9, 76 + days % 7, timedelta(days=days, minutes=7))
        stage.measured("weight", timedelta(days=1, minutes=3), weight=81.3)
        stage.measured("oxygen", timedelta(minutes=9), oxygen_saturation=94)
        return stage


def test_the_pages_of_readings(home: HomeStage, look_at: Callable[..., None]) -> None:
    patient = home.people.patient
    look_at(home.url(), "readings-today", patient)
    look_at(home.url("add"), "readings-add", patient)
    look_at(home.url("add", "blood-pressure"), "readings-type", patient)
    look_at(home.url("past", "blood-pressure"), "readings-past", patient)


def test_a_red_state(home: HomeStage, open_page: Callable[..., Any]) -> None:
    with acting_in(home.people.organization.id):
        home.pressure(196, 112, timedelta(minutes=1))
    page, observed = open_page(home.url(), "phone", home.people.patient)
    assert_page_is_sound(page, observed)
    screenshot(page, "readings-red", "phone")


def test_what_the_alerts_say(home: HomeStage, look_at: Callable[..., None]) -> None:
    people, organization_id = home.people, home.people.organization.id
    with acting_in(organization_id):
        in_force(people, HIGH, severity=Severity.DANGER)
        home.pressure(165, 92, timedelta(minutes=2))
    look_at(home.url(), "readings-again", people.patient)
    with acting_in(organization_id):
        home.pressure(166, 93, timedelta(0))
    look_at(home.url(), "readings-told", people.patient)
    with acting_in(organization_id):
        people.patient.user.language = "ar"
        people.patient.user.save()
    look_at("/care/", "care-told", people.patient)
    look_at(home.url(), "readings-told-in-arabic", people.patient, languages=False)


def test_the_pages_in_arabic(home: HomeStage, look_at: Callable[..., None]) -> None:
    patient = home.people.patient
    with acting_in(home.people.organization.id):
        patient.user.language = "ar"
        patient.user.save()
    for address, name in (
        (home.url(), "today"),
        (home.url("add"), "add"),
        (home.url("add", "blood-pressure"), "type"),
        (home.url("past", "blood-pressure"), "past"),
        ("/care/charts/", "charts"),
    ):
        look_at(address, f"readings-{name}-in-arabic", patient, languages=False)


def test_typing_in_and_putting_right_without_script(home: HomeStage, open_page: Callable[..., Any]) -> None:
    page, _observed = open_page(home.url("add", "weight"), "no-script", home.people.patient)
    page.get_by_label("Weight").fill("300")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Yes, I looked again. It is right.").wait_for()
    screenshot(page, "readings-asked-again", "no-script")
    page.get_by_label("Weight").fill("180")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**{home.url()}")
    page.goto(page.url.replace(home.url(), home.url("past", "weight")))
    page.get_by_role("link", name="Put right").first.click()
    page.get_by_label("It was a mistake").check()
    page.get_by_role("button", name="Do not count it").click()
    page.get_by_text("does not count").wait_for()


def test_the_care_teams_pages(home: HomeStage, look_at: Callable[..., None]) -> None:
    nurse = home.people.nurse
    with acting_in(home.people.organization.id):
        treat(home.monitored.patient, make_practitioner(nurse))
        device = Device.objects.create(
            organization_id=home.people.organization.id, kind="cuff", name="Cuff", identifier="C-17"
        )
        DeviceAssignment.objects.create(
            organization_id=home.people.organization.id, device=device, monitored=home.monitored
        )
    plan = f"/patients/{home.patient_id}/monitoring/plan/"
    look_at(plan, "monitoring-plan", nurse, languages=False)
    look_at(f"{plan}goals/", "monitoring-goal", nurse, languages=False)
    look_at(f"{plan}tasks/", "monitoring-ask", nurse, languages=False)
    look_at("/monitoring/rules/new/adherence/", "rule-adherence", nurse, languages=False)
    look_at("/monitoring/whose/", "readings-of-nobody", nurse, languages=False)
