"""What two browsers hear and see over a time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.browser.calls import measure

POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Watched:
    """One browser's reception over a time."""

    concealment: float
    pictures: float
    buffer_ms: float


def _between(before: dict[str, Any], after: dict[str, Any], seconds: float) -> Watched:
    change = {
        name: after[name] - before[name] for name in ("concealed", "samples", "frames", "waited", "emitted")
    }
    return Watched(
        concealment=change["concealed"] / change["samples"] if change["samples"] > 0 else 1.0,
        pictures=change["frames"] / seconds if seconds else 0.0,
        buffer_ms=change["waited"] / change["emitted"] * 1000 if change["emitted"] > 0 else 0.0,
    )


def watch(pages: tuple[Page, Page], seconds: float) -> tuple[Watched, Watched]:
    """Let time pass, and return how each of the two received the other in it."""
    before = [measure(page) for page in pages]
    pages[0].wait_for_timeout(seconds * 1000)
    one, other = (_between(first, measure(page), seconds) for first, page in zip(before, pages, strict=True))
    return one, other


def seconds_until(is_so: Callable[[], bool], most: float) -> float:
    """Return after how many seconds something was so; ``most`` when it never was."""
    began = time.monotonic()
    while time.monotonic() - began < most:
        if is_so():
            return time.monotonic() - began
        time.sleep(POLL_SECONDS)
    return most


def is_back(page: Page) -> bool:
    """Whether the connection stands and what is heard now is real: little of the last half second was made up."""
    before = measure(page)
    page.wait_for_timeout(500)
    after = measure(page)
    return after["states"] == ["connected"] and _between(before, after, 0.5).concealment < 0.5
