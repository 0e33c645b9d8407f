"""RTP packets (RFC 3550) and pressed keys in them (RFC 4733), and the order in which packets are heard. Pure."""

import struct
from dataclasses import dataclass, field

HEADER = struct.Struct("!BBHII")
VERSION_BITS = 0x80
PACKET_BYTES_MOST = 1_500
KEYS = "0123456789*#ABCD"
EVENT = struct.Struct("!BBH")
BEFORE_PLAYING = 3  # packets of 20 ms that are waited for: what jitter of a trunk seldom exceeds
BACKLOG_MOST = 15  # then the oldest go: nobody talks with 300 ms of old sound in the way
STREAM_RESTART = 1_000  # a jump of numbers this far is another stream


@dataclass(frozen=True)
class Packet:
    """One packet of sound or of a pressed key."""

    kind: int
    sequence: int
    timestamp: int
    source: int
    payload: bytes
    is_marked: bool = False


def parse_packet(data: bytes) -> Packet | None:
    """Return the packet in a datagram; None when there is none."""
    if not HEADER.size <= len(data) <= PACKET_BYTES_MOST or data[0] & 0xC0 != VERSION_BITS:
        return None
    first, second, sequence, timestamp, source = HEADER.unpack_from(data)
    start = HEADER.size + 4 * (first & 0x0F)
    if first & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data)
    if first & 0x20:
        end -= data[-1] or end + 1  # a padding of no length is none
    if end < start:
        return None
    return Packet(second & 0x7F, sequence, timestamp, source, data[start:end], bool(second & 0x80))


def write_packet(packet: Packet) -> bytes:
    """Return a packet as a datagram."""
    marked = 0x80 if packet.is_marked else 0
    head = HEADER.pack(
        VERSION_BITS, marked | packet.kind, packet.sequence, packet.timestamp & 0xFFFFFFFF, packet.source
    )
    return head + packet.payload


def parse_key(payload: bytes) -> str:
    """Return the key that an event stands for, or an empty text."""
    if len(payload) < EVENT.size:
        return ""
    number, _, _ = EVENT.unpack_from(payload)
    return KEYS[number] if number < len(KEYS) else ""


def write_key(key: str, *, duration: int, is_end: bool) -> bytes:
    """Return an event's payload; for tests and for telephones beyond menus of others."""
    return EVENT.pack(KEYS.index(key), (0x80 if is_end else 0) | 10, duration)


@dataclass
class Buffer:
    """Puts packets into their order and gives one for each 20 ms; lost ones are skipped."""

    _waiting: dict[int, bytes] = field(default_factory=dict)
    _next: int | None = None
    lost: int = 0

    def put(self, sequence: int, payload: bytes) -> None:
        """Take a packet as it came."""
        if self._next is not None and self._distance(sequence, self._next) > STREAM_RESTART:
            self._waiting.clear()
            self._next = None
        if self._next is not None and self._is_before(sequence, self._next):
            return  # too late: its moment has passed
        self._waiting[sequence] = payload
        while len(self._waiting) > BACKLOG_MOST:
            self._waiting.pop(self._first())
            self._next = self._first()

    def take(self) -> bytes | None:
        """Return what is to be heard now; None for silence."""
        if self._next is None:
            if len(self._waiting) < BEFORE_PLAYING:
                return None
            self._next = self._first()
        if not self._waiting:
            return None
        if self._next not in self._waiting and len(self._waiting) < BEFORE_PLAYING:
            return None  # it may still come
        while self._next not in self._waiting:
            self.lost += 1
            self._next = (self._next + 1) & 0xFFFF
        payload = self._waiting.pop(self._next)
        self._next = (self._next + 1) & 0xFFFF
        return payload

    def _first(self) -> int:
        """Return the earliest number waiting; numbers go round after 65,535."""
        some = next(iter(self._waiting))
        return min(self._waiting, key=lambda number: (number - some + 0x8000) & 0xFFFF)

    @staticmethod
    def _is_before(one: int, other: int) -> bool:
        return 0 < (other - one) & 0xFFFF < 0x8000

    @staticmethod
    def _distance(one: int, other: int) -> int:
        apart = (one - other) & 0xFFFF
        return min(apart, 0x10000 - apart)
