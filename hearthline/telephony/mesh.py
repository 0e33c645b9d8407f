"""A telephone as one more peer of the browsers in a visit, by aiortc: its voice out, theirs in, no picture.

The browsers' part is ``visits/static/visits/peer.js``: the newcomer (the higher number) offers first. aiortc can
neither roll an offer back nor restart ICE, so a peer that has to begin anew is made anew.
"""

import asyncio
import fractions
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aioice.ice
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import candidate_from_sdp
from av import AudioFrame, AudioResampler

from hearthline.telephony.media.companding import FRAME, RATE, SILENCE, Samples

FRAME_SECONDS = 0.02
QUEUE_FRAMES = 12  # 240 ms: more is thrown away, since nobody talks to the past
SPEECH_RATE = 48_000
STATE_TOLD = b'{"muted":false,"camera":false,"wantsVideo":false}'
Send = Callable[[dict[str, Any]], Awaitable[Any]]
logger = logging.getLogger(__name__)


def meet_at(address: str) -> None:
    """Meet browsers at this address of the machine only; for the whole process, since aioice has no setting for it.

    Without this aioice uses every address but 127.0.0.1, which is where a demonstration on one machine may need it.
    """
    aioice.ice.get_host_addresses = lambda *_args, **_options: [address]


class Voice(MediaStreamTrack):
    """The telephone's voice as a track: 20 ms at a time, silence where nothing came."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._frames: deque[Samples] = deque(maxlen=QUEUE_FRAMES)
        self._started_at = 0.0
        self._count = 0

    def give(self, frame: Samples) -> None:
        """Queue 20 ms of the telephone's voice."""
        self._frames.append(frame)

    async def recv(self) -> AudioFrame:
        """Return the next 20 ms when they are due."""
        now = time.monotonic()
        self._started_at = self._started_at or now
        wait = self._started_at + self._count * FRAME_SECONDS - now
        if wait > 0:
            await asyncio.sleep(wait)
        samples = self._frames.popleft() if self._frames else SILENCE
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base = RATE, fractions.Fraction(1, RATE)
        frame.pts = self._count * FRAME
        self._count += 1
        return frame


class BrowserPeer:
    """The connection of one telephone to one browser."""

    def __init__(self, number: int, *, is_newcomer: bool, ice: dict[str, Any], send: Send) -> None:
        self.number = number
        self._is_newcomer, self._ice, self._send = is_newcomer, ice, send
        self._heard: deque[Samples] = deque(maxlen=QUEUE_FRAMES)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._negotiation = 0
        self._early: list[
            dict[str, Any]
        ] = []  # candidates that came before the description that they belong to
        self._turn = asyncio.Lock()
        self.is_failed = asyncio.Event()
        self._voice = Voice()
        self._connection = self._fresh()

    def _fresh(self) -> RTCPeerConnection:
        self._voice, self._is_described = Voice(), False
        connection = RTCPeerConnection(RTCConfiguration(iceServers=_servers(self._ice)))
        connection.addTrack(self._voice)
        channel = connection.createDataChannel("transient", negotiated=True, id=0)
        channel.on("open", lambda: channel.send(STATE_TOLD.decode()))
        connection.on("track", self._track_came)
        connection.on("connectionstatechange", lambda: self._state_changed(connection))
        return connection

    def _state_changed(self, connection: RTCPeerConnection) -> None:
        if connection is self._connection and connection.connectionState == "failed":
            self.is_failed.set()

    def _track_came(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio":
            self._keep(self._listen(track))

    def _keep(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE, frame_size=FRAME)
        with suppress(MediaStreamError):
            while isinstance(frame := await track.recv(), AudioFrame):
                for heard in resampler.resample(frame):
                    self._heard.append(np.asarray(heard.to_ndarray(), dtype=np.int16).reshape(-1)[:FRAME])

    def take_frame(self) -> Samples:
        """Return 20 ms of what the browser's person says."""
        return self._heard.popleft() if self._heard else SILENCE

    def give_frame(self, frame: Samples) -> None:
        """Let the browser's person hear 20 ms of the telephone."""
        self._voice.give(frame)

    async def start(self) -> None:
        """Offer, if we came later than the browser."""
        if self._is_newcomer:
            async with self._turn:
                await self._offer()

    async def _offer(self) -> None:
        self._negotiation += 1
        await self._connection.setLocalDescription(await self._connection.createOffer())
        await self._describe(self._negotiation)

    async def _describe(self, negotiation: int) -> None:
        local = self._connection.localDescription
        description = {"type": local.type, "sdp": local.sdp}
        body = {"kind": "description", "description": description, "negotiation": negotiation, "roles": {}}
        await self._send(body)

    async def receive(self, message: dict[str, Any]) -> None:
        """Take a description or candidates of the browser; what cannot be read costs this connection only."""
        try:
            async with self._turn:
                if message.get("kind") == "description":
                    await self._described(message)
                elif message.get("kind") == "candidates":
                    await self._candidates(message["candidates"])
        except Exception:
            logger.exception("a browser's description could not be used")
            self.is_failed.set()

    async def _described(self, message: dict[str, Any]) -> None:
        description = message["description"]
        if description["type"] == "answer":
            is_ours = message["negotiation"] == self._negotiation
            if self._connection.signalingState == "have-local-offer" and is_ours:
                await self._take(description)
            return
        if description["type"] != "offer":
            return
        if self._connection.signalingState != "stable" or self._is_restart(description["sdp"]):
            await self._begin_anew()
        await self._take(description)
        for transceiver in self._connection.getTransceivers():
            if transceiver.kind == "video":
                transceiver.direction = "inactive"  # no picture is sent to a telephone
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        await self._describe(message["negotiation"])

    async def _take(self, description: dict[str, Any]) -> None:
        await self._connection.setRemoteDescription(RTCSessionDescription(**description))
        self._is_described = True
        early, self._early = self._early, []
        await self._candidates(early)

    def _is_restart(self, sdp: str) -> bool:
        """Whether an offer begins ICE anew: another user fragment than the one in force."""
        return self._is_described and _fragment(self._connection.remoteDescription.sdp) != _fragment(sdp)

    async def _begin_anew(self) -> None:
        old = self._connection
        self._connection = self._fresh()
        await old.close()

    async def _candidates(self, candidates: list[dict[str, Any]]) -> None:
        if not self._is_described:
            self._early += candidates
            return
        for one in candidates:
            line = str(one.get("candidate", "")).partition("candidate:")[2]
            if not line:
                continue
            candidate = candidate_from_sdp(line)
            candidate.sdpMid, candidate.sdpMLineIndex = one.get("sdpMid"), one.get("sdpMLineIndex")
            await self._connection.addIceCandidate(candidate)

    async def close(self) -> None:
        """End the connection."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connection.close()


def _fragment(sdp: str) -> str:
    return next((line for line in sdp.splitlines() if line.startswith("a=ice-ufrag:")), "")


def _servers(ice: dict[str, Any]) -> list[RTCIceServer]:
    return [
        RTCIceServer(urls=one["urls"], username=one.get("username"), credential=one.get("credential"))
        for one in ice.get("iceServers", [])
    ]
