"""The bar of dangerous values in Chromium: without the stream, in two tabs, with the sound asked for, signed out."""

import pytest

from hearthline.foundation import clock
from hearthline.identity.models import SignIn
from hearthline.monitoring.alerts.models import Case
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.tests.stage import HIGH_GLUCOSE, NOW, in_force, make_home
from hearthline.monitoring.triage.services.sound import set_sound
from hearthline.tenancy.context import acting_in
from tests.browser.chromium import assert_page_is_sound, screenshot
from tests.browser.conftest import OpenPage
from tests.people import People

pytestmark = pytest.mark.browser
# A sound card that counts: each oscillator that was started.
COUNTING = """
class Node { connect(to) { return to; } start() { window.tones = (window.tones || 0) + 1; } stop() {} }
window.AudioContext = class { state = "running"; currentTime = 0; destination = new Node(); resume() {} };
window.OscillatorNode = Node;
window.GainNode = class extends Node { gain = { setTargetAtTime() {} }; };
"""


def raise_danger(people: People) -> None:
    with acting_in(people.organization.id):
        in_force(people, HIGH_GLUCOSE, code="high", severity=Severity.DANGER)
        passed = (clock.now() - NOW).total_seconds() / 60
        make_home(people).send((passed, 300))


def test_a_danger_interrupts_two_tabs_sounds_once_and_is_taken_with_one_press(
    people: People, open_page: OpenPage
) -> None:
    with acting_in(people.organization.id):
        set_sound(actor=people.nurse.actor, is_wanted=True)
    page, observed = open_page("/patients/", "phone", people.nurse)
    page.context.add_init_script(COUNTING)
    other = page.context.new_page()
    both = page.context.clock  # one clock: the tabs agree by it which of them sounded last
    both.install()
    for tab in (page, other):
        tab.goto(f"{observed.origin}/patients/")
    assert page.locator("[data-danger]").count() == 0
    raise_danger(people)
    both.run_for(31_000)  # the stream says nothing here: the page asks by itself
    for tab in (page, other):
        tab.locator("[data-danger]").wait_for()
    both.run_for(1_000)
    for tab in (page, other):
        assert tab.title().startswith("(1) Patients")
    assert sum(tab.evaluate("window.tones || 0") for tab in (page, other)) == 2  # two tones, of one tab
    assert ":" in page.locator("[data-since]").inner_text()
    assert_page_is_sound(page, observed, heading="Patients")
    screenshot(page, "danger-bar", "phone")
    page.get_by_role("button", name="Take it").click()
    page.get_by_text("This case is yours. Its clock has stopped.").wait_for()
    both.run_for(31_000)
    other.locator("[data-danger]").wait_for(state="detached")
    both.run_for(1_000)
    assert other.title().startswith("Patients")
    with acting_in(people.organization.id):
        assert Case.objects.get().owner == people.nurse.user


def test_names_leave_the_bar_when_the_person_is_signed_out(people: People, open_page: OpenPage) -> None:
    raise_danger(people)
    page, observed = open_page("/patients/", "desktop", people.nurse)
    page.clock.install()
    page.goto(f"{observed.origin}/patients/")
    page.locator("[data-danger]").wait_for()
    page.locator("#id_name").fill("Half a na")
    SignIn.objects.update(ended_at=clock.now(), end=SignIn.End.SIGNED_OUT)
    page.clock.run_for(31_000)
    page.get_by_text("You are signed out. Dangerous values no longer show here.").wait_for()
    assert "Rosa" not in page.locator("#dangers").inner_text()
    assert page.locator("#id_name").input_value() == "Half a na"
