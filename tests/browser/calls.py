"""Two browsers in one visit, and what they receive, measured from outside the page's own code."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page

from hearthline.charting.models import Encounter
from hearthline.demo.line import Emulator, emulated, through
from hearthline.tenancy.context import acting_in
from hearthline.visits.models import QueueEvent, Visit
from hearthline.visits.tests.stage import Stage, make_visit
from tests.browser.chromium import MEDIA_FLAGS, launched, new_profile
from tests.browser.conftest import sign_in_profile
from tests.browser.installation import LOOPBACK_FLAGS, Installation, installed
from tests.people import People, Person

FLOW_SECONDS = 40.0
POLL_SECONDS = 0.25
IDENTITY = {"family_name": "Delgado", "birth_date": "1984-03-12"}
REMEMBER = """
  window.connections = [];
  window.firstFrames = [];
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...given) { super(...given); window.connections.push(this); }
  };
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) {
      if (node.nodeName !== "VIDEO" || node.dataset.role !== "camera") continue;
      node.requestVideoFrameCallback(() => window.firstFrames.push(Date.now()));
    }
  }).observe(document, { childList: true, subtree: true });
"""
MEASURE = """async () => {
  const total = { frames: 0, energy: 0, concealed: 0, samples: 0, waited: 0, emitted: 0, pairs: [], states: [] };
  for (const connection of window.connections.filter((one) => one.connectionState !== "closed")) {
    const report = await connection.getStats();
    total.states.push(connection.iceConnectionState);
    for (const entry of report.values()) {
      if (entry.type === "inbound-rtp" && entry.kind === "video") total.frames += entry.framesDecoded ?? 0;
      if (entry.type === "inbound-rtp" && entry.kind === "audio") {
        total.energy += entry.totalAudioEnergy ?? 0;
        total.concealed += entry.concealedSamples ?? 0;
        total.samples += entry.totalSamplesReceived ?? 0;
        total.waited += entry.jitterBufferDelay ?? 0;
        total.emitted += entry.jitterBufferEmittedCount ?? 0;
      }
      if (entry.type === "transport" && entry.selectedCandidatePairId) {
        const pair = report.get(entry.selectedCandidatePairId);
        total.pairs.push(report.get(pair.localCandidateId).candidateType);
      }
    }
  }
  total.rung = document.querySelector("[data-link-state]")?.dataset.rung ?? "";
  return total;
}"""


def measure(page: Page) -> dict[str, Any]:
    """Return pictures decoded, sound heard and made up, the rung, and kinds and states of the open connections."""
    found: dict[str, Any] = page.evaluate(MEASURE)
    return found


def wait_for_flow(page: Page, *, frames: int = 10, seconds: float = FLOW_SECONDS) -> dict[str, Any]:
    """Wait until so many more pictures were decoded and more sound was heard; return the last measurement."""
    before, deadline = measure(page), time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = measure(page)
        if now["frames"] < before["frames"]:
            before = now  # a new connection counts from the beginning
        elif now["frames"] >= before["frames"] + frames and now["energy"] > before["energy"]:
            return now
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"nothing flows: {before} then {measure(page)}")


@dataclass
class Call:
    """A visit that two browsers can come to."""

    installation: Installation
    stage: Stage
    browser: Browser
    line: Emulator | None = None  # the patient's way to the relay
    complaints: list[str] = field(default_factory=list)
    script: str = ""  # run in every page before its own

    def profile(
        self, person: Person | None, profile: str = "desktop", browser: Browser | None = None
    ) -> BrowserContext:
        """Open a profile with camera and microphone allowed, signed in as somebody."""
        context = new_profile(browser or self.browser, profile, permissions=["camera", "microphone"])
        if person is not None:
            sign_in_profile(context, self.installation.origin, person)
        context.add_init_script(REMEMBER + self.script)
        return context

    def open(self, context: BrowserContext, address: str) -> Page:
        """Open an address, noting errors of its scripts."""
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error.stack or error)))
        page.goto(self.installation.origin + address)
        return page

    def clinician(self) -> Page:
        """Open the clinician's room."""
        context = self.profile(self.stage.people.physician)
        return self.open(context, f"/visits/{self.stage.visit.pk}/room/")

    def patient(self, profile: str = "phone", browser: Browser | None = None) -> Page:
        """Go through the door as the patient, into the waiting room."""
        context = self.profile(self.stage.people.patient, profile, browser)
        if self.line is not None:
            context.add_init_script(through(self.installation.relay_port, self.line.port))
        page = self.open(context, f"/care/visits/{self.stage.visit.pk}/door/")
        if page.url.endswith("/door/"):
            for name, value in IDENTITY.items():
                page.locator(f'[name="{name}"]').fill(value)
            page.locator("main form button").click()
        page.wait_for_url("**/room/")
        return page

    def assert_one_encounter(self) -> None:
        """Whatever happened to the line: one encounter, one admission of the patient, two participants."""
        with acting_in(self.stage.people.organization.id):
            visit = Visit.objects.get(pk=self.stage.visit.pk)
            assert visit.encounter_id is not None
            assert Encounter.objects.filter(patient=visit.patient).count() == 1
            assert QueueEvent.objects.filter(visit=visit, kind="admitted").count() == 1
            assert visit.participants.count() == 2

    def meet(self, patient_browser: Browser | None = None) -> tuple[Page, Page]:
        """Both come, the clinician lets the patient in, and both see and hear."""
        clinician = self.clinician()
        patient = self.patient(browser=patient_browser)
        clinician.get_by_role("button", name="Let in").first.click()
        for page in (clinician, patient):
            wait_for_flow(page)
        return clinician, patient


@contextmanager
def ready_to_call(
    people: People,
    *,
    is_relay_only: bool = False,
    with_janus: bool = False,
    flags: tuple[str, ...] = (),
    script: str = "",
) -> Iterator[Call]:
    """Book and prepare a visit, and run everything that a call needs."""
    organization = people.organization
    with acting_in(organization.id):
        organization.is_relay_only = is_relay_only
        organization.save()
        stage = make_visit(people)
    with (
        installed(with_relay=is_relay_only, with_janus=with_janus) as installation,
        launched(*MEDIA_FLAGS, *LOOPBACK_FLAGS, *flags) as browser,
    ):
        try:
            with emulated(installation.relay_port) as line:
                yield Call(installation, stage, browser, line if is_relay_only else None, script=script)
        finally:
            connections.close_all()  # Playwright's loop has storage of its own, which nobody else would close
