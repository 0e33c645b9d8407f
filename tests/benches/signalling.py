"""Browsers without sound and picture: each holds its stream of events and posts, over the live edge's own socket.

One loop, raw sockets, as little work as can be: what is measured is the edge.
"""

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOKEN = "a" * 32
MARK = b"bench-"
QUALITY = {
    "kind": "quality",
    "rung": "full",
    "concealment": 0,
    "roundTripMs": 40,
    "jitterBufferMs": 60,
    "framesPerSecond": 20,
    "freezeSeconds": 0,
    "pair": "direct",
    "protocol": "udp",
    "reconnects": 0,
}
GATHERED = [{**QUALITY, "secondsAgo": ago} for ago in (10, 5, 0)]  # as browsers send those of a good line


@dataclass
class Seat:
    """Somebody's place in a visit."""

    visit: str
    nonce: str
    number: int
    cookie: str


@dataclass
class Traffic:
    """What was sent and when, and how long it took to the other's stream."""

    sent: dict[bytes, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Return a latency in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _head(method: str, path: str, cookie: str, length: int = 0) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        "Origin: http://localhost",
        f"X-CSRFToken: {TOKEN}",
        f"Cookie: csrftoken={TOKEN}; {cookie}",
        "Content-Type: application/json",
        f"Content-Length: {length}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def listen(socket: Path, seat: Seat, traffic: Traffic, opened: asyncio.Semaphore) -> None:
    """Hold somebody's stream, and note when what was sent to them arrives."""
    reader, writer = await asyncio.open_unix_connection(str(socket), limit=1 << 20)
    path = f"/live/visits/{seat.visit}/stream?join={seat.nonce}&after=0"
    writer.write(_head("GET", path, seat.cookie))
    opened.release()
    with contextlib.suppress(asyncio.CancelledError):
        while line := await reader.readline():
            place = line.find(MARK)
            if place >= 0:
                sent = traffic.sent.pop(line[place : line.index(b" ", place)], None)
                if sent is not None:
                    traffic.latencies.append(time.monotonic() - sent)
    writer.close()


class Poster:
    """A few connections over which everybody's posts go, as through the gateway."""

    def __init__(self, socket: Path, traffic: Traffic, connections: int) -> None:
        self.socket, self.traffic = socket, traffic
        self.idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None] = asyncio.Queue()
        for _ in range(connections):
            self.idle.put_nowait(None)

    async def post(self, seat: Seat, *messages: dict[str, Any]) -> None:
        """Post messages of somebody."""
        body = json.dumps({"join": seat.nonce, "messages": messages}).encode()
        streams = await self.idle.get() or await asyncio.open_unix_connection(str(self.socket))
        reader, writer = streams
        began = time.monotonic()
        writer.write(_head("POST", f"/live/visits/{seat.visit}/signal", seat.cookie, len(body)) + body)
        status = int((await reader.readline()).split()[1])
        length = 0
        while (line := await reader.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answer = await reader.readexactly(length)
        self.idle.put_nowait(streams)
        self.traffic.answers.append(time.monotonic() - began)
        if status != 200:
            self.traffic.refused.append(answer.decode())

    def close(self) -> None:
        """Close what is open."""
        while not self.idle.empty():
            streams = self.idle.get_nowait()
            if streams:
                streams[1].close()


async def _every(seconds: float, count: int, until: float, act: Any) -> None:
    """Do something ``count`` times in each ``seconds``, evenly, each at its time whatever became of the last."""
    tasks, began = set(), time.monotonic()
    for place in range(10**9):
        due = began + place * seconds / count
        if due > until:
            break
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        task = asyncio.create_task(act(place))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)


async def hold(
    socket: Path,
    visits: list[tuple[Seat, Seat]],
    seconds: float,
    *,
    quality_every: float,
    signal_every: float,
) -> Traffic:
    """Hold so many visits: each person measures their line, and each visit's browsers exchange candidates."""
    traffic, opened = Traffic(), asyncio.Semaphore(0)
    seats = [seat for pair in visits for seat in pair]
    streams = [asyncio.create_task(listen(socket, seat, traffic, opened)) for seat in seats]
    for _ in seats:
        await opened.acquire()
    await asyncio.sleep(10)  # the streams' first events, and the rush of their coming
    poster = Poster(socket, traffic, 64)
    until = time.monotonic() + seconds

    async def measure(place: int) -> None:
        await poster.post(seats[place % len(seats)], *GATHERED)

    async def exchange(place: int) -> None:
        sender, other = visits[place % len(visits)][:: 1 if place % 2 else -1]
        mark = MARK + str(place).encode()
        candidate = {"candidate": f"{mark.decode()} 1 udp", "sdpMid": "0"}
        traffic.sent[mark] = time.monotonic()
        await poster.post(sender, {"kind": "candidates", "to": other.number, "candidates": [candidate]})

    await asyncio.gather(
        _every(quality_every, len(seats), until, measure), _every(signal_every, len(visits), until, exchange)
    )
    await asyncio.sleep(2)
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    poster.close()
    return traffic
