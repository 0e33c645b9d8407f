"""One visit on a line that gets worse, breaks and comes back: two Chromium profiles through the real relay."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from hearthline.demo.line import CLEAR, Line
from hearthline.tenancy.context import acting_in
from hearthline.visits.models import QualitySample, Segment
from tests.browser.calls import Call, ready_to_call, wait_for_flow
from tests.browser.chromium import screenshot
from tests.people import People

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_SECONDS = 90.0
SWITCHED = "We switched to voice so that you can hear each other."
THIN = Line(kilobits=40, loss=0.02, delay_ms=150)


@pytest.fixture
def call(committed: None, people: People) -> Iterator[Call]:
    with ready_to_call(people, is_relay_only=True) as ready:
        yield ready


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if is_so():
            return
        time.sleep(0.5)
    raise AssertionError("it never came to be so")


def segments_of(call: Call, role: str) -> list[tuple[Any, ...]]:
    with acting_in(call.stage.people.organization.id):
        rows = Segment.objects.filter(visit=call.stage.visit, participant__role=role)
        return list(rows.values_list("modality", "start_cause"))


def rung(page: Page) -> str:
    return page.locator("[data-link-state]").get_attribute("data-rung") or ""


def test_a_thin_line_sinks_to_voice_for_both_and_the_picture_comes_back(call: Call) -> None:
    pages = clinician, patient = call.meet()
    assert call.line is not None
    call.line.line = THIN
    for page in pages:
        page.get_by_text(SWITCHED).wait_for(timeout=PATIENCE_SECONDS * 1000)
    screenshot(patient, "call-switched-to-voice", "phone")
    screenshot(clinician, "call-switched-to-voice", "desktop")
    voice = patient.get_by_role("button", name="Voice only")
    assert voice.get_attribute("aria-pressed") == "true"
    call.line.line = CLEAR
    wait_until(lambda: {rung(page) for page in pages} == {"full"})
    wait_until(lambda: voice.get_attribute("aria-pressed") == "false")
    wait_until(lambda: all(segments_of(call, role)[-1][0] == "video" for role in ("patient", "clinician")))
    for role in ("patient", "clinician"):
        told = segments_of(call, role)
        assert told[0][0] == "video"
        assert ("audio", "link") in told
        assert told[-1] == ("video", "cleared")
    call.assert_one_encounter()
    wait_until(lambda: _has_sample(call, "full"))
    assert not call.complaints


def _has_sample(call: Call, name: str) -> bool:
    with acting_in(call.stage.people.organization.id):
        return QualitySample.objects.filter(visit=call.stage.visit, rung=name, pair="relay").exists()


def test_voice_and_writing_by_choice_and_back(call: Call) -> None:
    clinician, patient = call.meet()
    patient.get_by_role("button", name="Write instead").click()
    patient.get_by_text("You are writing. Nobody sees or hears you.").wait_for()
    patient.get_by_label("Write a message").fill("I cannot speak here")
    patient.get_by_role("button", name="Send").click()
    clinician.get_by_role("tab", name="Chat").click()
    clinician.get_by_text("I cannot speak here", exact=True).wait_for()
    patient.get_by_role("button", name="Voice only").click()
    wait_until(lambda: segments_of(call, "patient")[-1] == ("audio", "chosen"))
    patient.get_by_role("button", name="Voice only").click()
    wait_for_flow(clinician)
    clinician.get_by_role("button", name="Voice only").click()
    wait_until(lambda: segments_of(call, "clinician")[-1] == ("audio", "chosen"))
    expected = ["video", "text", "audio", "video"]
    assert [modality for modality, _ in segments_of(call, "patient")] == expected
    assert not call.complaints
