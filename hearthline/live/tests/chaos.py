"""A proxy between a sender and the edge that breaks each line in its own way, and counts what it passed on."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

PIECE_BYTES = 8192
STALL_SECONDS = 0.12


class Fault(Enum):
    """What befalls a line after some bytes."""

    CUT = "cut"  # both ends learn of it
    STALL = "stall"  # nothing moves for a while, then it goes on
    HALF_OPEN = "half-open"  # the sender is gone; the server's end stays open and silent
    NONE = "none"


@dataclass
class Chaos:
    """The faults still to come: one for each line that brings enough bytes."""

    target: int
    faults: list[Fault]
    rng: random.Random
    port: int = 0
    passed_bytes: int = 0
    met: list[Fault] = field(default_factory=list)
    _open: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, line: socket.socket, after_bytes: tuple[int, int]) -> None:
        """Pass one line on until its fault."""
        server = socket.create_connection(("127.0.0.1", self.target))
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_pump_back, args=(server, line), daemon=True).start()
        fault, left = Fault.NONE, self.rng.randint(*after_bytes)
        with suppress(OSError):
            while piece := line.recv(PIECE_BYTES):
                server.sendall(piece)
                self.passed_bytes += len(piece)
                left -= len(piece)
                if left > 0:
                    continue
                left, fault = self.rng.randint(*after_bytes), self._next_fault()
                if fault is Fault.STALL:
                    time.sleep(STALL_SECONDS)
                elif fault is not Fault.NONE:
                    break
        _break(line)
        self._open.append(server)
        if fault is not Fault.HALF_OPEN:
            with suppress(OSError):
                server.shutdown(socket.SHUT_WR)

    def _next_fault(self) -> Fault:
        with self._lock:
            fault = self.faults.pop(0) if self.faults else Fault.NONE
            if fault is not Fault.NONE:
                self.met.append(fault)
            return fault

    def close(self) -> None:
        for one in self._open:
            one.close()


def _pump_back(server: socket.socket, line: socket.socket) -> None:
    with suppress(OSError):
        while piece := server.recv(PIECE_BYTES):
            line.sendall(piece)
        line.shutdown(socket.SHUT_WR)


def _break(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()


@contextmanager
def chaos(target: int, faults: list[Fault], *, seed: int, after_bytes: tuple[int, int]) -> Iterator[Chaos]:
    """Put a breaking proxy in front of a port."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE_BYTES)
    proxy = Chaos(target, list(faults), random.Random(seed), listener.getsockname()[1])

    def accept() -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                threading.Thread(target=proxy.handle, args=(line, after_bytes), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        proxy.close()
        thread.join(5)
