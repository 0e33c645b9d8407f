"""What the gateway adds to a request, and how soon an event passes through it."""

import statistics
import time

import httpx
import pytest

from hearthline.config.tests.conftest import Rig
from tests.bench import Measure

ROUNDS = 200


@pytest.mark.bench
def test_gateway(rig: Rig, measured: Measure) -> None:
    with (
        httpx.Client() as through,
        httpx.Client(transport=httpx.HTTPTransport(uds=str(rig.sockets / "pages.sock"))) as direct,
    ):
        added = [spent(through, rig.address) - spent(direct, "http://localhost") for _ in range(ROUNDS)]
    measured("gateway: added to a request, p50", statistics.median(added) * 1000, 10, "ms")
    with httpx.Client() as client:
        started = time.perf_counter()
        with client.stream("GET", f"{rig.address}/live/stream") as response:
            next(response.iter_raw())
    measured("gateway: first event of a stream", (time.perf_counter() - started) * 1000, 100, "ms")


def spent(client: httpx.Client, address: str) -> float:
    started = time.perf_counter()
    client.get(f"{address}/x")
    return time.perf_counter() - started
