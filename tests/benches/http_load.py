"""A generator of load that costs little: requests made beforehand, raw sockets, one loop."""

import re
import select
import socket
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
PIECE_BYTES = 262_144
LONGEST_SECONDS = 600.0
TICK_SECONDS = 0.001


@dataclass
class Load:
    """What came back."""

    seconds: float
    latencies: list[float]
    statuses: dict[int, int]
    first_refusal: bytes = b""

    def percentile(self, share: float) -> float:
        """Return a latency in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class _Connection:
    socket: socket.socket
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    received: bytearray = field(default_factory=bytearray)
    started: float = 0.0
    is_asking: bool = False


def http_request(path: str, body: bytes, token: str, content_type: str = "application/json") -> bytes:
    """Return a whole request as it goes over the wire."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {token}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Sender:
    def __init__(self, path: Path, requests: list[bytes], connections: int, a_second: float = 0) -> None:
        self.waiting = deque(requests)
        self.a_second = a_second  # 0: the next when one was answered
        self.began = 0.0
        self.idle: deque[_Connection] = deque()
        self.poll = select.epoll()
        self.open: dict[int, _Connection] = {}
        self.load = Load(0.0, [], {})
        self.path = path
        for _ in range(min(connections, len(requests))):
            self.connect()

    def connect(self) -> _Connection:
        opened = socket.socket(socket.AF_UNIX)
        opened.connect(str(self.path))
        opened.setblocking(False)
        one = self.open[opened.fileno()] = _Connection(opened)
        self.poll.register(opened.fileno(), select.EPOLLIN)
        return one

    def drop(self, one: _Connection) -> None:
        del self.open[one.socket.fileno()]
        self.poll.unregister(one.socket.fileno())
        one.socket.close()

    def run(self) -> Load:
        try:
            self.send_and_wait()
        finally:
            for one in self.open.values():
                one.socket.close()
            self.poll.close()
        return self.load

    def send_and_wait(self) -> None:
        total = len(self.waiting)
        self.began = time.perf_counter()
        self.idle.extend(self.open.values())
        self.send_due(total)
        while len(self.load.latencies) < total:
            if time.perf_counter() - self.began > LONGEST_SECONDS:
                raise TimeoutError
            for number, event in self.poll.poll(TICK_SECONDS if self.a_second else 1.0):
                one = self.open[number]
                if event & select.EPOLLOUT:
                    self.push(one)
                if event & select.EPOLLIN:
                    self.read(one)
            self.send_due(total)
        self.load.seconds = time.perf_counter() - self.began

    def send_due(self, total: int) -> None:
        """Send what is due over connections that are free; where none is, a request waits on its own clock."""
        while self.idle and self.waiting:
            due = now = time.perf_counter()
            if self.a_second:
                due = self.began + (total - len(self.waiting)) / self.a_second
                if due > now:
                    return
            one = self.idle.popleft()
            one.is_asking = True
            one.unsent = memoryview(self.waiting.popleft())
            one.started = due
            self.push(one)

    def push(self, one: _Connection) -> None:
        try:
            while one.unsent:
                one.unsent = one.unsent[one.socket.send(one.unsent) :]
            self.poll.modify(one.socket.fileno(), select.EPOLLIN)
        except BlockingIOError:
            self.poll.modify(one.socket.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def read(self, one: _Connection) -> None:
        piece = one.socket.recv(PIECE_BYTES)
        if not piece and one.is_asking:
            raise ConnectionResetError
        if not piece:
            self.drop(one)
            return
        one.received += piece
        end = one.received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = LENGTH.search(one.received, 0, end)
        if length is None or len(one.received) < end + 4 + int(length[1]):
            return
        status = int(one.received[9:12])
        self.load.statuses[status] = self.load.statuses.get(status, 0) + 1
        if status >= 400 and not self.load.first_refusal:
            self.load.first_refusal = bytes(one.received[end + 4 :][:500])
        self.load.latencies.append(time.perf_counter() - one.started)
        is_closing = b"connection: close" in one.received[:end].lower()
        one.received.clear()
        one.is_asking = False
        if is_closing:
            self.drop(one)
            one = self.connect()
        self.idle.append(one)


def send_steadily(path: Path, requests: list[bytes], connections: int, a_second: float) -> Load:
    """Send requests at their times, whatever became of those before; a latency counts from when it was due."""
    return _Sender(path, requests, connections, a_second).run()


def send_all(path: Path, requests: list[bytes], connections: int) -> Load:
    """Send every request once over so many connections, the next when the one before was answered."""
    return _Sender(path, requests, connections).run()
