"""Many people in one visit: real browsers with small, slow pictures, for a machine with two processors."""

import shutil
import time
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from hearthline.config.settings.media import own_address
from hearthline.tenancy.context import acting_in
from hearthline.visits.choices import ParticipantRole
from hearthline.visits.models import Visit
from hearthline.visits.services import guests
from tests.browser.calls import Call

needs_janus = pytest.mark.skipif(
    not shutil.which("janus") or not own_address(), reason="needs Janus and an address besides loopback"
)
SLOW_CAMERA = ("--use-fake-device-for-media-stream=fps=5",)
# The ladder stands still: two processors cannot draw all these pictures, and it would go to voice for that.
SMALL = """
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  const size = { width: 160, height: 120, frameRate: 5 };
  devices.getUserMedia = (wanted) => open({ ...wanted, video: wanted.video && size });
  const every = window.setInterval;
  window.setInterval = (act, ms) => (ms === 1000 && String(act).includes("tick()") ? 0 : every(act, ms));
"""


RECEIVED = """async (milliseconds) => {
  const open = window.connections.filter((one) => one.connectionState === "connected");
  const read = () => Promise.all(open.map(async (connection) => {
    const seen = { audio: 0, pictures: 0 };
    for (const one of (await connection.getStats()).values()) {
      if (one.type === "inbound-rtp" && one.kind === "audio") seen.audio += one.packetsReceived ?? 0;
      if (one.type === "inbound-rtp" && one.kind === "video") seen.pictures += one.framesDecoded ?? 0;
    }
    return seen;
  }));
  const before = await read();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  const after = await read();
  const heard = after.filter((one, place) => one.audio > before[place].audio).length;
  return { heard, seen: after.filter((one) => one.pictures > 0).length };
}"""
TILES = "() => document.querySelectorAll('[data-tiles] > figure').length"
GROUP_SECONDS = 90.0


def wait_for_feeds(pages: list[Page], count: int, *, seconds: float = GROUP_SECONDS) -> None:
    """Wait until everybody hears so many others now and has seen each of them."""
    deadline = time.monotonic() + seconds
    found: list[Any] = []
    while time.monotonic() < deadline:
        found = [page.evaluate(RECEIVED, 1500) for page in pages]
        if all(one == {"heard": count, "seen": count} for one in found):
            return
    raise AssertionError(f"not everybody receives {count} others: {found}")


def guest(call: Call, name: str, role: ParticipantRole) -> Page:
    """Open the waiting room as somebody with a link."""
    stage = call.stage
    with acting_in(stage.people.organization.id):
        actor = stage.people.physician.actor
        _, token = guests.invite_guest(actor=actor, visit=stage.visit, name=name, role=role)
    path = reverse("visits:guest", args=[stage.people.organization.slug])
    page = call.open(call.profile(None), f"{path}#{token}")
    page.get_by_role("button", name="Go into the waiting room").click()
    return page


def let_in(clinician: Page) -> None:
    """Let in whoever knocks."""
    clinician.locator("[data-knocking-admit]").click()


def way_of(call: Call) -> str:
    with acting_in(call.stage.people.organization.id):
        return Visit.objects.get(pk=call.stage.visit.pk).media_backend


def four(call: Call) -> list[Page]:
    """Four people in a visit from browser to browser: two clinicians, the patient, a guest."""
    clinician, patient = call.meet()
    nurse = call.open(call.profile(call.stage.people.nurse), f"/visits/{call.stage.visit.pk}/room/")
    family = guest(call, "Lucia Delgado", ParticipantRole.FAMILY)
    let_in(clinician)
    return [clinician, patient, nurse, family]
