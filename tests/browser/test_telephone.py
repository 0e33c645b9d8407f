"""The clinician rings a telephone from the page: Chromium, the real processes, and baresip as that telephone."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page

from hearthline.telephony.tests.phones import HOST, Baresip, baresip, free_port
from hearthline.tenancy.context import acting_in
from hearthline.visits.models import PhoneCall, Segment
from hearthline.visits.tests.stage import LOCATION
from tests.browser.calls import Call, ready_to_call
from tests.browser.chromium import screenshot
from tests.people import People

pytestmark = pytest.mark.browser
HERTZ = 523
BACK_MS = 60_000
LOUDEST = """async (seconds) => {
  const track = window.connections.flatMap((one) => one.getReceivers()).map((one) => one.track)
    .findLast((one) => one.kind === "audio" && one.readyState === "live");
  if (!track) return 0;
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 16384, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const powers = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(powers);
  await context.close();
  const most = powers.indexOf(Math.max(...powers.slice(4)));
  return powers[most] > -70 ? most * context.sampleRate / analyser.fftSize : 0;
}"""


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Baresip]:
    with baresip(
        tmp_path / "phone", user=str(LOCATION["call_back_number"]), hertz=HERTZ, answers=False
    ) as ringing:
        yield ringing


@pytest.fixture
def call(committed: None, people: People, phone: Baresip, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    monkeypatch.setenv("HEARTHLINE_SIP_TRUNK", f"{HOST}:{phone.port}")
    monkeypatch.setenv("HEARTHLINE_SIP_PORT", str(free_port(socket.SOCK_DGRAM)))
    monkeypatch.setenv("HEARTHLINE_SIP_PEER_ADDRESS", HOST)
    with ready_to_call(people) as ready:
        ready.installation.start("sip")
        yield ready


def ring(clinician: Page, phone: Baresip, count: int) -> None:
    """Press the button, take the call at the telephone, press its key."""
    clinician.get_by_role("tab", name="People").click()
    clinician.get_by_role("button", name="Call by telephone").click()
    phone.wait_for("CALL_INCOMING", count)
    clinician.locator("[data-telephone-calls]").get_by_text("Ringing").wait_for()
    phone.say("accept")
    phone.wait_for("CALL_ESTABLISHED", count)
    clinician.locator("[data-telephone-calls]").get_by_text("Answered").wait_for()
    phone.press("1")
    clinician.locator("[data-people]").get_by_text("By telephone, not end-to-end encrypted").wait_for()


def wait_for_tone(page: Page) -> None:
    """Wait until the page hears the telephone's tone."""
    heard = [0.0]
    for _ in range(30):
        heard.append(page.evaluate(LOUDEST, 1.0))
        if abs(heard[-1] - HERTZ) < 12:
            return
    raise AssertionError(f"the page heard {heard}")


@pytest.mark.slow
def test_a_press_rings_the_patients_telephone_and_both_hear_each_other(call: Call, phone: Baresip) -> None:
    clinician = call.clinician()
    clinician.get_by_text("Waiting for others to come in.").wait_for(timeout=BACK_MS)
    ring(clinician, phone, 1)
    wait_for_tone(clinician)
    screenshot(clinician, "telephone", "desktop")
    phone.wait_for_sound(4.0)
    assert abs(phone.last_heard(3.0)[0].astype(float)).max() > 2_000, "the fake microphone beeps each second"
    call.installation.kill("sip")
    call.installation.start("sip")
    hung_up = clinician.locator("[data-telephone-calls]").get_by_text("Hung up")
    hung_up.first.wait_for(timeout=BACK_MS)
    phone.hang_up()
    ring(clinician, phone, 2)
    wait_for_tone(clinician)
    clinician.get_by_role("button", name="Hang up the telephone").click()
    phone.wait_for("CALL_CLOSED", 2)
    hung_up.nth(1).wait_for()
    with acting_in(call.stage.people.organization.id):
        causes = list(
            Segment.objects.filter(participant__role="patient").values_list("modality", "end_cause")
        )
        assert causes == [("phone", "lost"), ("phone", "hung_up")]
        assert PhoneCall.objects.filter(ended_at=None).count() == 0
    assert not call.complaints


def test_no_trunk_no_button(committed: None, people: People) -> None:
    with ready_to_call(people) as ready, closing(ready.clinician()) as page:
        assert page.locator("[data-telephone]").count() == 0
