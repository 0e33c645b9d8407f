"""A call of two for a long time: neither the sound held back nor anybody's memory grows.

Growth is that of a straight line through all measurements after the first fifth, over the whole time.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.bench import Measure
from tests.benches.watching import watch
from tests.browser.calls import Call, ready_to_call
from tests.people import People

pytestmark = [pytest.mark.browser, pytest.mark.soak]
EVERY_SECONDS = 10.0
SETTLING_SHARE = 0.2
BUFFER_GROWS_MOST_MS = 50.0
BROWSER_GROWS_MOST_MB = 5.0
LIVE_GROWS_MOST_MB = 15.0
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Held:
    """What was measured, one value for each time."""

    buffer_ms: list[float] = field(default_factory=list)
    browser_mb: list[float] = field(default_factory=list)
    live_mb: list[float] = field(default_factory=list)


def growth(values: list[float]) -> float:
    """Return by how much a line through the values rises from the first to the last."""
    settled = values[int(len(values) * SETTLING_SHARE) :]
    slope = np.polyfit(range(len(settled)), settled, 1)[0]
    return float(slope * (len(settled) - 1))


def heap_mb(page: Page) -> float:
    """Return what a page's scripts hold after everything that is not needed was thrown away."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used) / 1e6


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES / 1e6


def hold(call: Call, pages: tuple[Page, Page], minutes: float) -> Held:
    held = Held()
    live = call.installation.running["live"].pid
    for _ in range(max(10, int(minutes * 60 / EVERY_SECONDS))):
        watched = watch(pages, EVERY_SECONDS)
        held.buffer_ms.append(max(one.buffer_ms for one in watched))
        held.browser_mb.append(max(heap_mb(page) for page in pages))
        held.live_mb.append(resident_mb(live))
    return held


def test_a_long_call_grows_nowhere(
    committed: None, people: People, measured: Measure, request: pytest.FixtureRequest
) -> None:
    minutes: float = request.config.getoption("--minutes")
    with ready_to_call(people) as call:
        held = hold(call, call.meet(), minutes)
        call.assert_one_encounter()
        assert not call.complaints
    name = f"{minutes:g} minutes"
    grown = {
        "sound held back, growth": (growth(held.buffer_ms), BUFFER_GROWS_MOST_MS, "ms"),
        "memory of a page's scripts, growth": (growth(held.browser_mb), BROWSER_GROWS_MOST_MB, "MB"),
        "memory of the live process, growth": (growth(held.live_mb), LIVE_GROWS_MOST_MB, "MB"),
    }
    for what, (value, most, unit) in grown.items():
        measured(f"{name}: {what}", max(0.0, value), most, unit)
    measured(f"{name}: sound held back, most", max(held.buffer_ms), 250, "ms")
    assert all(value <= most for value, most, _ in grown.values()), grown
