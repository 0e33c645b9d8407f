"""A bad access line in front of the relay: rate, queue, delay, loss and outages, changed while a call runs.

The kernel's own emulation (``netem``) is not everywhere, and needs privileges; one thread that passes datagrams on is
enough for a call. Everything stays on the loopback. The demo's patient on a bad line and the tests both use it.
"""

import asyncio
import contextlib
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
ADDRESSES = ("127.0.0.1", "127.0.0.3", "127.0.0.4")  # all of them this machine; the relay sees different ones
DATAGRAM_BYTES = 65_535
STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Line:
    """What a line does to each direction. ``kilobits`` None: no limit; ``queue_ms``: what waits longer is dropped."""

    kilobits: float | None = None
    loss: float = 0.0
    delay_ms: float = 0.0
    queue_ms: float = 400.0
    is_down: bool = False


CLEAR = Line()
DOWN = Line(is_down=True)


class _Direction:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # the same losses in each run
        self._free_at = 0.0

    def due(self, line: Line, size: int, now: float) -> float | None:
        """Return when a datagram arrives; None when it is lost."""
        if line.is_down or self._random.random() < line.loss:
            return None
        sent = now
        if line.kilobits is not None:
            begun = max(now, self._free_at)
            if (begun - now) * 1000 > line.queue_ms:
                return None
            sent = self._free_at = begun + size * 8 / (line.kilobits * 1000)
        return sent + line.delay_ms / 1000


class Emulator:
    """Passes datagrams between a browser and the relay. ``line`` may be replaced at any moment."""

    def __init__(self, relay_port: int, port: int = 0) -> None:
        self.line = CLEAR
        self._relay_port = relay_port
        self._up, self._down = _Direction(1), _Direction(2)
        self._browsers: dict[tuple[str, int], socket.socket] = {}
        self._address = 0
        self._loop = asyncio.new_event_loop()
        self._listening = self._socket()
        self._listening.bind((LOOPBACK, port))
        self.port = int(self._listening.getsockname()[1])
        self._loop.add_reader(self._listening, self._from_browser)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @staticmethod
    def _socket() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        return made

    def _from_browser(self) -> None:
        datagram, browser = self._listening.recvfrom(DATAGRAM_BYTES)
        if browser not in self._browsers:
            to_relay = self._browsers[browser] = self._socket()
            to_relay.bind((ADDRESSES[self._address], 0))
            to_relay.connect((LOOPBACK, self._relay_port))
            self._loop.add_reader(to_relay, self._from_relay, to_relay, browser)
        self._pass(self._up, self._browsers[browser], datagram, None)

    def _from_relay(self, to_relay: socket.socket, browser: tuple[str, int]) -> None:
        with contextlib.suppress(OSError):  # the relay may be down
            self._pass(self._down, self._listening, to_relay.recv(DATAGRAM_BYTES), browser)

    def _pass(
        self, way: _Direction, through: socket.socket, datagram: bytes, to: tuple[str, int] | None
    ) -> None:
        due = way.due(self.line, len(datagram), self._loop.time())
        if due is not None:
            self._loop.call_at(due, self._deliver, through, datagram, to)

    @staticmethod
    def _deliver(through: socket.socket, datagram: bytes, to: tuple[str, int] | None) -> None:
        with contextlib.suppress(OSError):
            if to is None:
                through.send(datagram)
            else:
                through.sendto(datagram, to)

    def move(self) -> None:
        """Give the browser another address, as when Wi-Fi ends and mobile data begin: the relay knows it no more."""
        self._loop.call_soon_threadsafe(self._moved)

    def _moved(self) -> None:
        self._address = (self._address + 1) % len(ADDRESSES)
        for one in self._browsers.values():
            self._loop.remove_reader(one)
            one.close()
        self._browsers.clear()

    def stop(self) -> None:
        """End the thread and close every socket."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_SECONDS)
        for one in (self._listening, *self._browsers.values()):
            self._loop.remove_reader(one)
            one.close()
        self._loop.close()


@contextmanager
def emulated(relay_port: int) -> Iterator[Emulator]:
    """Put a line in front of the relay that listens on a port of this machine."""
    emulator = Emulator(relay_port)
    try:
        yield emulator
    finally:
        emulator.stop()


def through(relay_port: int, port: int) -> str:
    """Return the script that makes a browser reach the relay by the line alone, over UDP and TCP alike."""
    return f"""
  const bend = (given) => JSON.parse(JSON.stringify(given ?? {{}}).replaceAll(":{relay_port}", ":{port}"));
  const Straight = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Straight {{
    constructor(configuration) {{ super(bend(configuration)); }}
    setConfiguration(configuration) {{ super.setConfiguration(bend(configuration)); }}
  }};
"""
