"""A telephone in a visit with browsers: each hears the other's tone, nothing is sent as picture, restarts are survived.

The browser is played by aiortc with the rules of ``peer.js``: it listens to its join's events and offers what a page
offers. A real Chromium does the same in ``tests/browser``.
"""

import asyncio
import fractions
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler

from hearthline.telephony.mesh import meet_at
from hearthline.telephony.prompts import tone
from hearthline.telephony.tests.office import Office, office, wait_until
from hearthline.telephony.tests.phones import HOST, baresip, loudest_hertz
from hearthline.telephony.tests.test_dial_in import dial, open_line, patient_state, pin_of
from hearthline.tenancy.context import acting_in
from hearthline.visits.choices import ParticipantState
from hearthline.visits.models import Join, SignalMessage
from hearthline.visits.services import admission, room, telephone
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People

RATE = 8_000
LOOK_SECONDS = 0.05


class Tone(MediaStreamTrack):
    """A microphone in front of a tuning fork."""

    kind = "audio"

    def __init__(self, hertz: float) -> None:
        super().__init__()
        self.samples, self.at, self.began = tone(hertz, 60.0), 0, 0.0

    async def recv(self) -> AudioFrame:
        now = asyncio.get_running_loop().time()
        self.began = self.began or now
        await asyncio.sleep(max(0.0, self.began + self.at / RATE - now))
        piece = self.samples[self.at : self.at + 160]
        frame = AudioFrame.from_ndarray(piece.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = RATE, fractions.Fraction(1, RATE), self.at
        self.at += 160
        return frame


class Browser:
    """The clinician's page: one connection to the telephone, a microphone and a camera."""

    def __init__(self, join: Join, organization_id: Any, hertz: float) -> None:
        self.join, self.organization_id = join, organization_id
        self.connection = RTCPeerConnection()
        self.hertz = hertz
        self.heard: list[np.ndarray[Any, Any]] = []
        self.after = 0
        self.tasks: set[asyncio.Task[Any]] = set()
        self._fresh()

    def _fresh(self) -> None:
        self.connection = RTCPeerConnection()
        self.connection.createDataChannel("transient", negotiated=True, id=0)
        self.connection.on("track", self.came)

    def came(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio":
            self.tasks.add(asyncio.ensure_future(self.listen(track)))

    async def listen(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        try:
            while isinstance(frame := await track.recv(), AudioFrame):
                self.heard += [one.to_ndarray().reshape(-1) for one in resampler.resample(frame)]
        except MediaStreamError:
            return

    def read(self) -> list[tuple[int, dict[str, Any]]]:
        with acting_in(self.organization_id):
            rows = SignalMessage.objects.filter(join=self.join, name="signal", number__gt=self.after)
            return [(row.number, row.body) for row in rows.order_by("number")]

    def send(self, to: int, body: dict[str, Any]) -> None:
        with acting_in(self.organization_id):
            mine = Join.objects.select_related("participant", "visit").get(pk=self.join.pk)
            room.relay_signal(join=mine, to=to, body=body)

    async def run(self, at: Office) -> None:
        while True:
            for number, body in await at.worker.run(self.read):
                self.after = number
                if body["kind"] == "description":
                    await self.described(at, body)
            await asyncio.sleep(LOOK_SECONDS)

    async def described(self, at: Office, body: dict[str, Any]) -> None:
        description = RTCSessionDescription(**body["description"])
        await self.connection.setRemoteDescription(description)
        if description.type == "answer":
            return
        self.connection.addTrack(Tone(self.hertz))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        await self.describe(at, body["from"], body["negotiation"])
        await self.offer(at, body["from"])

    async def offer(self, at: Office, to: int) -> None:
        """The camera is offered in a negotiation of its own, as a page does whose camera is on."""
        self.connection.addTrack(VideoStreamTrack())
        await self.connection.setLocalDescription(await self.connection.createOffer())
        await self.describe(at, to, 1)

    async def describe(self, at: Office, to: int, negotiation: int) -> None:
        local = self.connection.localDescription
        body = {
            "kind": "description",
            "description": {"type": local.type, "sdp": local.sdp},
            "negotiation": negotiation,
            "roles": {},
        }
        await at.worker.run(partial(self.send, to, body))


@pytest.fixture
def stage(committed: None, people: People) -> Stage:
    meet_at(HOST)
    with acting_in(people.organization.id):
        open_line(people)
        return make_visit(people, is_ready=False)


@contextmanager
def browsing(at: Office, browser: Browser) -> Iterator[None]:
    running = asyncio.run_coroutine_threadsafe(browser.run(at), at.loop)
    try:
        yield
    finally:
        running.cancel()
        at.wait(browser.connection.close())


def make_browser(at: Office, stage: Stage, hertz: float) -> Browser:
    organization_id = stage.people.organization.id
    with acting_in(organization_id):
        join = stage.join(stage.people.physician)

    async def make() -> Browser:
        return Browser(join, organization_id, hertz)

    browser: Browser = at.wait(make())
    return browser


def test_the_telephone_and_a_browser_hear_each_other_and_no_picture_is_sent_to_the_telephone(
    stage: Stage, tmp_path: Path
) -> None:
    organization_id, physician = stage.people.organization.id, stage.people.physician.actor
    pin = pin_of(stage)
    with office(tmp_path) as at, baresip(tmp_path / "phone", hertz=523) as phone:
        browser = make_browser(at, stage, 784)
        with browsing(at, browser):
            dial(phone, at, pin + "1")
            wait_until(lambda: patient_state(stage)[0] == ParticipantState.WAITING)
            assert not browser.heard, "whoever waits is not heard"
            with acting_in(organization_id):
                patient = telephone.patient_of(stage.visit)
                admission.admit(actor=physician, visit=stage.visit, participant=patient)
            wait_until(lambda: len(browser.heard) > 150)
            sound = np.concatenate(browser.heard[-40:])
            assert loudest_hertz(sound, RATE) == pytest.approx(523, abs=8)
            wait_until(lambda: loudest_hertz(*_tail(phone)) == pytest.approx(784, abs=8))
            sender = next(one for one in browser.connection.getTransceivers() if one.kind == "video")
            wait_until(lambda: sender.currentDirection == "inactive")
            with acting_in(organization_id):
                telephone.hang_up(actor=physician, visit=stage.visit)
            phone.wait_for("CALL_CLOSED")


def _tail(phone: Any) -> Any:
    phone.wait_for_sound(0.6)
    return phone.last_heard(0.5)
