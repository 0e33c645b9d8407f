"""The worklist, a case and a rule as nurses see them; by keyboard, and with the time counted by the page."""

from collections.abc import Callable

import pytest

from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import Case, Rule
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.tests.stage import HIGH_GLUCOSE, NOW, SEVERE, Home, in_force, make_home
from hearthline.monitoring.triage.models import TimeEntry
from hearthline.tenancy.context import acting_in
from tests.browser.chromium import assert_page_is_sound, screenshot
from tests.browser.conftest import OpenPage
from tests.people import People

pytestmark = pytest.mark.browser
LookAt = Callable[..., None]


@pytest.fixture
def case(people: People, committed: None) -> Case:
    """Three people: a danger, a rising glucose, and one whose values are back."""
    with acting_in(people.organization.id):
        in_force(people, HIGH_GLUCOSE, code="high", severity=Severity.URGENT)
        in_force(people, SEVERE, code="severe", severity=Severity.DANGER)
        passed = (clock.now() - NOW).total_seconds() / 60
        homes = [make_home(people, given) for given in ("Rosa", "Ada", "Beatriz")]
        wave(homes[0], passed, 140, 262)
        wave(homes[1], passed - 12, 150, 255)
        homes[1].send((passed - 1, 190))
        homes[2].send((passed - 9, 192), metric="systolic")
        homes[2].send((passed - 4, 188), metric="systolic")
        return Case.objects.get(severity=3)


def wave(home: Home, end: float, low: float, last: float) -> None:
    values = [(end - 5.0 * place, low + 9 * (place % 7)) for place in range(20, 0, -1)]
    home.send(*values, (end, last))


def test_the_worklist(case: Case, people: People, open_page: OpenPage) -> None:
    for kind in ("phone", "desktop"):
        page, observed = open_page("/monitoring/rules/", kind, people.nurse)
        page.route(
            "**/live/changes?topic=worklist",
            lambda route: route.fulfill(content_type="text/event-stream", body="retry: 600000\n\n"),
        )
        page.goto(f"{observed.origin}/monitoring/")
        assert_page_is_sound(page, observed, heading="Who needs a look")
        screenshot(page, "triage-worklist", kind)
        page.context.close()


def test_the_pages_of_triage(case: Case, people: People, look_at: LookAt) -> None:
    look_at(f"/monitoring/cases/{case.pk}/", "triage-case", people.nurse, languages=False)
    with acting_in(people.organization.id):
        Rule.objects.filter(code="high").update(state="draft")
        rule = Rule.objects.get(code="high")
    look_at(f"/monitoring/rules/{rule.pk}/", "triage-rule", people.physician, languages=False)
    look_at("/monitoring/rules/new/limit/", "triage-rule-form", people.physician, languages=False)
    look_at("/monitoring/rules/", "triage-rules", people.physician, languages=False)


def test_a_nurse_works_by_keyboard_and_the_page_counts_the_time(
    case: Case, people: People, open_page: OpenPage
) -> None:
    page, _ = open_page("/monitoring/", person=people.nurse)
    page.clock.install()
    page.reload()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/monitoring/cases/**")
    page.keyboard.press("c")
    page.get_by_text("This case is yours. Its clock has stopped.").wait_for()
    page.mouse.move(200, 200)
    with page.expect_response("**/time/") as answered:
        page.clock.run_for(31_000)
    assert answered.value.status == 204
    page.keyboard.press("x")
    page.keyboard.type("Called: rests, feels well, repeats in the evening.")
    page.get_by_role("button", name="Close the case").click()
    page.get_by_text("The case is closed.").wait_for()
    with acting_in(people.organization.id):
        assert Case.objects.get(pk=case.pk).closed_by == people.nurse.user
        assert TimeEntry.objects.get().case == case
