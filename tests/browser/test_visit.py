"""Two people meet by video: two Chromium profiles, fake cameras, the real processes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page

from hearthline.tenancy.context import acting_in
from hearthline.visits.choices import VisitState
from hearthline.visits.models import Segment
from hearthline.visits.tests.stage import Stage, make_visit
from tests.browser.chromium import MEDIA_FLAGS, launched, new_profile, screenshot
from tests.browser.conftest import sign_in_profile
from tests.browser.installation import LOOPBACK_FLAGS, Installation, installed
from tests.people import People, Person

pytestmark = pytest.mark.browser
# What a browser knows of its connections, read from outside the page's own code.
REMEMBER_CONNECTIONS = """
  window.connections = [];
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...given) { super(...given); window.connections.push(this); }
  };
"""
MEASURE = """async () => {
  const total = { frames: 0, energy: 0, pairs: [], states: [] };
  for (const connection of window.connections.filter((one) => one.connectionState !== "closed")) {
    const report = await connection.getStats();
    total.states.push(connection.iceConnectionState);
    for (const entry of report.values()) {
      if (entry.type === "inbound-rtp" && entry.kind === "video") total.frames += entry.framesDecoded ?? 0;
      if (entry.type === "inbound-rtp" && entry.kind === "audio") total.energy += entry.totalAudioEnergy ?? 0;
      if (entry.type === "transport" && entry.selectedCandidatePairId) {
        const pair = report.get(entry.selectedCandidatePairId);
        total.pairs.push(report.get(pair.localCandidateId).candidateType);
      }
    }
  }
  return total;
}"""
FLOW_SECONDS = 30.0
POLL_SECONDS = 0.25


@dataclass
class Call:
    """Two pages of one visit."""

    installation: Installation
    stage: Stage
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def open(self, person: Person, address: str, profile: str = "desktop") -> Page:
        context = new_profile(self.browser, profile, permissions=["camera", "microphone"])
        sign_in_profile(context, self.installation.origin, person)
        context.add_init_script(REMEMBER_CONNECTIONS)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.installation.origin + address)
        return page

    def clinician(self) -> Page:
        return self.open(self.stage.people.physician, f"/visits/{self.stage.visit.pk}/room/")

    def patient(self, profile: str = "phone") -> Page:
        page = self.open(self.stage.people.patient, f"/care/visits/{self.stage.visit.pk}/door/", profile)
        if page.url.endswith("/door/"):
            page.get_by_label("Your last name").fill("Delgado")
            page.get_by_label("Date of birth").fill("1984-03-12")
            page.get_by_role("button", name="Go into the waiting room").click()
        page.wait_for_url("**/room/")
        return page

    def meet(self) -> tuple[Page, Page]:
        clinician = self.clinician()
        patient = self.patient()
        clinician.get_by_role("button", name="Let in").first.click()
        for page in (clinician, patient):
            wait_for_flow(page)
        return clinician, patient


def measure(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(MEASURE)
    return found


def wait_for_flow(page: Page, *, frames: int = 10) -> dict[str, Any]:
    """Wait until so many more pictures were decoded and more sound was heard; return the last measurement."""
    before, deadline = measure(page), time.monotonic() + FLOW_SECONDS
    while time.monotonic() < deadline:
        now = measure(page)
        if now["frames"] >= before["frames"] + frames and now["energy"] > before["energy"]:
            return now
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"nothing flows: {before} then {measure(page)}")


@pytest.fixture
def call(committed: None, people: People) -> Iterator[Call]:
    with acting_in(people.organization.id):
        stage = make_visit(people)
    with installed() as installation, launched(*MEDIA_FLAGS, *LOOPBACK_FLAGS) as browser:
        yield Call(installation, stage, browser)
        connections.close_all()  # Playwright's loop has storage of its own, which nobody else would close


def test_two_people_meet_and_part(call: Call) -> None:
    clinician, patient = call.meet()
    for page in (clinician, patient):
        assert wait_for_flow(page)["states"] == ["connected"]
    screenshot(patient, "call", "phone")
    screenshot(clinician, "call-clinician", "desktop")
    clinician.get_by_role("button", name="End visit").first.click()
    clinician.get_by_role("dialog").get_by_role("button", name="End visit").click()
    clinician.wait_for_url("**/wrap-up/")
    patient.get_by_role("heading", name="The visit has ended.").wait_for()
    with acting_in(call.stage.people.organization.id):
        call.stage.visit.refresh_from_db()
        assert call.stage.visit.state == VisitState.ENDED
        segments = Segment.objects.filter(visit=call.stage.visit)
        assert {(one.modality, one.end_cause) for one in segments} == {("video", "ended")}
    assert not call.complaints
