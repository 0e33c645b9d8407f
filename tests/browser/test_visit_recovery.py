"""What may happen to a visit from outside, and it goes on: nobody is let in twice, one encounter throughout.

Each goes through the real relay, the patient behind the emulator of lines, the patient's and the clinician's browsers
as processes of their own, which can be stopped and killed.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from hearthline.demo.line import CLEAR, DOWN
from tests.browser.calls import Call, measure, ready_to_call, wait_for_flow
from tests.browser.chromium import CHROMIUM, FLAGS, MEDIA_FLAGS
from tests.browser.installation import LOOPBACK_FLAGS
from tests.people import People

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_SECONDS = 90.0
VOICE_BACK_SECONDS = 30.0
LOST = "Connection lost."


@pytest.fixture
def call(committed: None, people: People) -> Iterator[Call]:
    with ready_to_call(people, is_relay_only=True) as ready:
        yield ready


class OwnBrowser:
    """A Chromium of one person's own, found among the processes by a word in its command."""

    def __init__(self, call: Call, word: str) -> None:
        self.word = f"--hearthline-person={word}"
        flags = [*FLAGS, *MEDIA_FLAGS, *LOOPBACK_FLAGS, self.word]
        kind = call.browser.browser_type
        self.browser: Browser = kind.launch(executable_path=CHROMIUM, args=flags)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all its processes."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            command = path.read_bytes().split(b"\0")
            if self.word.encode() in command and not any(one.startswith(b"--type=") for one in command):
                os.killpg(os.getpgid(int(path.parent.name)), number)
                return
        raise ProcessLookupError(self.word)


def wait_for_voices(*pages: Page) -> None:
    """Wait until both hear each other through the relay; the picture follows by the ladder."""
    for page in pages:
        assert set(wait_for_flow(page, frames=0, seconds=VOICE_BACK_SECONDS)["pairs"]) == {"relay"}


def test_another_address_and_ten_seconds_without_a_line(call: Call) -> None:
    clinician, patient = call.meet()
    assert call.line is not None
    patient.context.set_offline(
        True
    )  # the browser itself learns that its network has gone, and that one is there
    call.line.move()
    patient.wait_for_timeout(1000)
    patient.context.set_offline(False)
    patient.get_by_text(LOST).wait_for(timeout=PATIENCE_SECONDS * 1000)
    wait_for_voices(clinician, patient)
    call.line.line = DOWN
    patient.wait_for_timeout(10_000)
    call.line.line = CLEAR
    wait_for_voices(clinician, patient)
    for page in (clinician, patient):
        wait_for_flow(page, seconds=PATIENCE_SECONDS)
    call.assert_one_encounter()
    assert not call.complaints


def test_twenty_five_seconds_without_a_line(call: Call) -> None:
    clinician, patient = call.meet()
    assert call.line is not None
    call.line.line = DOWN
    patient.get_by_text(LOST).wait_for(timeout=PATIENCE_SECONDS * 1000)
    patient.wait_for_timeout(20_000)
    call.line.line = CLEAR
    wait_for_voices(clinician, patient)
    for page in (clinician, patient):
        wait_for_flow(page, seconds=PATIENCE_SECONDS)
    call.assert_one_encounter()


def test_the_lid_of_the_laptop_is_closed_for_a_while(call: Call) -> None:
    own = OwnBrowser(call, "patient")
    clinician, patient = call.meet(patient_browser=own.browser)
    own.signal(signal.SIGSTOP)
    clinician.get_by_text(LOST).wait_for(timeout=PATIENCE_SECONDS * 1000)
    clinician.wait_for_timeout(35_000)
    own.signal(signal.SIGCONT)
    wait_for_voices(clinician, patient)
    for page in (clinician, patient):
        wait_for_flow(page, seconds=PATIENCE_SECONDS)
    call.assert_one_encounter()
    own.browser.close()


def test_a_frozen_page_wakes_up(call: Call) -> None:
    clinician, patient = call.meet()
    session = patient.context.new_cdp_session(patient)
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    clinician.wait_for_timeout(30_000)
    session.send("Page.setWebLifecycleState", {"state": "active"})
    wait_for_voices(clinician, patient)
    call.assert_one_encounter()


def test_killed_browsers_and_a_killed_live_process(call: Call) -> None:
    own = OwnBrowser(call, "patient")
    clinician, _ = call.meet(patient_browser=own.browser)
    own.signal(signal.SIGKILL)
    again = call.patient(browser=call.browser)
    for page in (clinician, again):
        wait_for_flow(page, seconds=PATIENCE_SECONDS)
    clinician.context.close()
    back = call.clinician()
    for page in (back, again):
        wait_for_flow(page, seconds=PATIENCE_SECONDS)
    call.installation.kill("live")
    call.installation.start("live")
    call.installation.wait({"live"})
    for page in (back, again):
        assert measure(page)["states"] == ["connected"]
        wait_for_flow(page, seconds=PATIENCE_SECONDS)
    call.assert_one_encounter()
    assert not call.complaints
