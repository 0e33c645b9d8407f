"""The sound of one telephone: a socket, a clock of 20 ms, prompts out, keys in."""

import asyncio
import random
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from hearthline.telephony.media.companding import FRAME, SILENCE, Samples, decode, encode, mix
from hearthline.telephony.media.packets import Buffer, Packet, parse_key, parse_packet, write_packet
from hearthline.telephony.media.srtp import SecuredSound
from hearthline.telephony.sip.sdp import Sound

FRAME_SECONDS = 0.02
LATE_SECONDS = 0.2  # a clock that is this late starts anew instead of sending everything at once
KEYS_MOST = 64
PORT_TRIES = 50
DEAD_SECONDS = 45.0  # a telephone that sends nothing for so long is gone, though nobody said goodbye


class PortsTakenError(OSError):
    """No port is free for the sound of one more telephone."""


class Line(asyncio.DatagramProtocol):
    """The sound of one telephone, from ``open`` to ``close``.

    ``hear`` is given each frame that comes; ``speak`` is asked for each frame that goes, beside what is played.
    """

    def __init__(self) -> None:
        self.keys: asyncio.Queue[str] = asyncio.Queue(KEYS_MOST)
        self.hear: Callable[[Samples], None] = lambda _frame: None
        self.speak: Callable[[], Samples] = lambda: SILENCE
        self.is_dead = asyncio.Event()
        self.sent = self.received = 0
        self._playing: deque[Samples] = deque()
        self._played = asyncio.Event()
        self._played.set()
        self._buffer = Buffer()
        self._remote: tuple[str, int] | None = None
        self._is_latched = False
        self._codec, self._events, self._sends = 0, -1, True
        self._secured: SecuredSound | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._clock: asyncio.Task[None] | None = None
        self._source = secrets.randbits(32)
        self._sequence, self._timestamp = secrets.randbits(16), secrets.randbits(31)
        self._key_at: int | None = None
        self._heard_at = 0.0
        self.port = 0

    async def open(self, address: str, ports: Sequence[int] = ()) -> int:
        """Bind a socket; return its port.

        Raises:
            PortsTakenError: none is free.
        """
        loop = asyncio.get_running_loop()
        chosen = random.sample(ports, min(PORT_TRIES, len(ports))) if ports else [0]
        for port in chosen:
            with suppress(OSError):
                self._transport, _ = await loop.create_datagram_endpoint(
                    lambda: self, local_addr=(address, port)
                )
                self.port = int(self._transport.get_extra_info("sockname")[1])
                return self.port
        raise PortsTakenError

    def connect(self, ours: Sound, theirs: Sound) -> None:
        """Begin to send and take sound, or go on with another description."""
        self._remote, self._is_latched = (theirs.address, theirs.port), False
        codecs = [one for one in theirs.codecs if one in ours.codecs]
        self._codec = codecs[0] if codecs else theirs.codecs[0]
        self._events = -1 if theirs.events is None else theirs.events
        self._sends = theirs.direction in {"sendrecv", "recvonly"}
        if ours.is_secured and theirs.is_secured:
            self._secured = SecuredSound(ours=ours.key, theirs=theirs.key)
        self._heard_at = asyncio.get_running_loop().time()
        if self._clock is None:
            self._clock = asyncio.create_task(self._run())

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """Take one packet. The first sender after ``connect`` is the only one from then on."""
        source = (str(addr[0]), int(addr[1]))
        if self._remote is None or (self._is_latched and source != self._remote):
            return
        opened = self._secured.open(data) if self._secured is not None else data
        packet = parse_packet(opened) if opened is not None else None
        if packet is None:
            return
        self._remote, self._is_latched = (
            source,
            True,
        )  # behind a translator of addresses it differs from the SDP
        self._heard_at = asyncio.get_running_loop().time()
        if packet.kind == self._events:
            self._note_key(packet)
        elif packet.kind == self._codec:
            self.received += 1
            self._buffer.put(packet.sequence, packet.payload)

    def error_received(self, exc: Exception) -> None:
        """Nothing: the other end may not listen yet; silence is noticed by the clock."""

    def _note_key(self, packet: Packet) -> None:
        """A key is many packets with one time: it counts once, whichever of them arrive."""
        if packet.timestamp == self._key_at:
            return
        self._key_at = packet.timestamp
        self.press(parse_key(packet.payload))

    def press(self, key: str) -> None:
        """Note a pressed key (from the sound or from an INFO); too many at once are forgotten."""
        if key and not self.keys.full():
            self.keys.put_nowait(key)

    def play(self, samples: Samples) -> None:
        """Queue samples to be heard after what is playing."""
        for start in range(0, len(samples), FRAME):
            self._playing.append(_padded(samples[start : start + FRAME]))
        if self._playing:
            self._played.clear()

    def hush(self) -> None:
        """Forget what is still to be played."""
        self._playing.clear()
        self._played.set()

    async def played(self) -> None:
        """Wait until everything queued was played."""
        await self._played.wait()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self._tick()
            due += FRAME_SECONDS
            now = loop.time()
            if now - due > LATE_SECONDS:
                due = now
            if now - self._heard_at > DEAD_SECONDS:
                self.is_dead.set()
            await asyncio.sleep(max(0.0, due - now))

    def _tick(self) -> None:
        self.hear(self._next_heard())
        frames = [self.speak()]
        if self._playing:
            frames.append(self._playing.popleft())
            if not self._playing:
                self._played.set()
        self._send(mix(frames))

    def _next_heard(self) -> Samples:
        payload = self._buffer.take()
        return SILENCE if payload is None else _padded(decode(payload, self._codec)[:FRAME])

    def _send(self, frame: Samples) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp += FRAME
        if self._transport is None or self._remote is None or not self._sends:
            return
        data = write_packet(
            Packet(
                self._codec,
                self._sequence,
                self._timestamp,
                self._source,
                encode(frame, self._codec),
                self.sent == 0,
            )
        )
        self._transport.sendto(self._secured.seal(data) if self._secured is not None else data, self._remote)
        self.sent += 1

    def close(self) -> None:
        """Give the socket back."""
        if self._clock is not None:
            self._clock.cancel()
        if self._transport is not None:
            self._transport.close()
        self._played.set()


def _padded(frame: Samples) -> Samples:
    """Return a frame of full length."""
    if len(frame) == FRAME:
        return frame
    whole = SILENCE.copy()
    whole[: len(frame)] = frame
    return whole
