"""Interpreters, judged and photographed: the staff's list, what has to be there, an interpreter's own page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from hearthline.scheduling.models import Requirement
from hearthline.tenancy.context import acting_in
from hearthline.visits.choices import InterpreterChannel
from hearthline.visits.services.interpreters import Asked, accept, link_of, request_interpreter
from hearthline.visits.tests.stage import Stage, make_visit
from tests.browser.chromium import assert_page_is_sound, screenshot
from tests.people import People

pytestmark = pytest.mark.browser


@pytest.fixture
def asked(committed: None, people: People) -> tuple[Stage, str]:
    """A visit with an interpreter who accepted by telephone, a sign-language interpreter asked, and captions."""
    with acting_in(people.organization.id):
        stage = make_visit(people)
        make = Requirement.objects.create
        base = {"organization_id": people.organization.id, "appointment": stage.visit.appointment}
        spoken = make(**base, kind="interpreter", language="vi", gender="woman", name="Linh Tran")
        signed = make(**base, kind="sign_language", language="ase")
        make(**base, kind="captions")
        actor = people.navigator.actor
        by_telephone = Asked(InterpreterChannel.TELEPHONE, "Bridge Languages", "+15125550177")
        first, _ = request_interpreter(actor=actor, visit=stage.visit, requirement=spoken, asked=by_telephone)
        accept(actor=actor, booking=first, name="Linh Tran", number="4711")
        by_link = Asked(InterpreterChannel.LINK, "Bridge Languages")
        _, token = request_interpreter(actor=actor, visit=stage.visit, requirement=signed, asked=by_link)
    return stage, link_of(people.organization.slug, token)


def test_staff_ask_and_arrange(asked: tuple[Stage, str], look_at: Callable[..., None]) -> None:
    stage, _ = asked
    navigator = stage.people.navigator
    look_at(reverse("visits:interpreters"), "interpreters", navigator, languages=False)
    needs = reverse("scheduling:staff_needs", args=[stage.visit.appointment_id])
    look_at(needs, "needs", navigator, languages=False)


def test_an_interpreter_says_yes_on_a_telephone(
    asked: tuple[Stage, str], open_page: Callable[..., Any]
) -> None:
    _, link = asked
    page, observed = open_page(link, "phone")
    page.get_by_role("button", name="See what is asked").click()
    page.get_by_text("American Sign Language").wait_for()
    assert_page_is_sound(page, observed)
    screenshot(page, "interpreting", "phone")
    page.get_by_label("Or your interpreter number").fill("2204")
    page.get_by_role("button", name="I will interpret").click()
    page.get_by_text("You have accepted. Thank you.").wait_for()
    page.get_by_role("button", name="Go into the waiting room").click()
    page.wait_for_url("**/room/")
    assert "Delgado" not in page.content(), "who the patient is is not said before the visit"
