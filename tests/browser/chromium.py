"""Debian's Chromium, driven by Playwright, and what every page has to be when it is looked at."""

import gzip
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    ViewportSize,
    sync_playwright,
)

from hearthline.config.state import PROJECT_DIRECTORY

CHROMIUM: Final = "/usr/bin/chromium"
# The same engine without windows judges pages in less time. Calls and devices have the whole browser.
HEADLESS_SHELL: Final = "/usr/bin/chromium-headless-shell"
FLAGS: Final = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MEDIA_FLAGS: Final = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
SCREENSHOTS: Final = PROJECT_DIRECTORY / "var" / "screenshots"
TIMEOUT_MILLISECONDS: Final = 15_000
SETTLE_MILLISECONDS: Final = 150
PHONE: Final[ViewportSize] = {"width": 360, "height": 780}
DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 860}
NARROWEST: Final[ViewportSize] = {"width": 320, "height": 700}
# Bytes on the wire of a first visit, script and stylesheet included (design/experience.md, section 2).
HEADER_BYTES: Final = 400
BUDGETS: Final = {"patient": 30_000, "plain": 30_000, "staff": 120_000, "call": 400_000}
# Each request costs a round trip on a slow network: 400 ms and more (same section).
REQUESTS_MOST: Final = {"patient": 8, "plain": 8, "staff": 16, "call": 30}
PROFILES: Final[dict[str, dict[str, Any]]] = {
    "desktop": {"viewport": DESKTOP, "locale": "en-US"},
    "phone": {
        "viewport": PHONE,
        "locale": "en-US",
        "is_mobile": True,
        "has_touch": True,
        "device_scale_factor": 2,
    },
    "arabic": {
        "viewport": PHONE,
        "locale": "ar",
        "is_mobile": True,
        "has_touch": True,
        "device_scale_factor": 2,
    },
    "dark": {"viewport": DESKTOP, "locale": "en-US", "color_scheme": "dark"},
    "no-script": {"viewport": PHONE, "locale": "en-US", "java_script_enabled": False},
}


@dataclass
class Observed:
    """What a page did while it was watched: its complaints, its answers, where it called."""

    origin: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Keep errors and warnings of the console."""
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def see(self, response: Response) -> None:
        """Keep each answer, and note those of other hosts."""
        self.responses.append(response)
        address = urlsplit(response.url)
        if address.scheme in {"http", "https"} and f"{address.scheme}://{address.netloc}" != self.origin:
            self.foreign.append(response.url)


@contextmanager
def launched(
    *extra_flags: str, program: str = CHROMIUM, environment: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Browser]:
    """Start Chromium, with more in its environment if wanted.

    Meanwhile Playwright's loop runs in this thread, so Django is told that it is harmless.
    """
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=program, args=[*FLAGS, *extra_flags], env={**os.environ, **environment}
            )
            try:
                yield browser
            finally:
                browser.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def new_profile(browser: Browser, name: str = "desktop", **changes: Any) -> BrowserContext:
    """Open a fresh profile: ``desktop``, ``phone``, ``arabic``, ``dark`` or ``no-script``."""
    context = browser.new_context(**{**PROFILES[name], **changes})
    context.set_default_timeout(TIMEOUT_MILLISECONDS)
    return context


def watch(page: Page, origin: str) -> Observed:
    """Watch a page before it goes anywhere; give the result to ``assert_page_is_sound``."""
    observed = Observed(origin)
    page.on("console", observed.hear)
    page.on("pageerror", lambda error: observed.complaints.append(str(error)))
    page.on("response", observed.see)
    return observed


def _violations(page: Page) -> list[str]:
    found = (
        Axe()
        .run(
            page,
            options={
                "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
                "resultTypes": ["violations"],
            },
        )
        .response["violations"]
    )
    return [
        f"{violation['id']}: {violation['help']} → {node['target']} {node['html'][:160]}"
        for violation in found
        for node in violation["nodes"]
    ]


def wire_bytes(observed: Observed) -> int:
    """Return what the answers weigh on the wire: pages as they are, static files compressed as in production."""
    total = 0
    for response in observed.responses:
        if response.ok:
            body = response.body()
            is_static = "/static/" in response.url and "content-encoding" not in response.headers
            total += len(gzip.compress(body) if is_static else body)
        total += HEADER_BYTES
    return total


def assert_page_is_sound(
    page: Page,
    observed: Observed,
    *,
    heading: str | None = None,
    viewports: Sequence[ViewportSize] = (DESKTOP, NARROWEST),
) -> None:
    """Assert what every page promises, at 1280 and at 320 pixels; leaves the page as wide as it was."""
    before = page.viewport_size
    for viewport in viewports:
        page.set_viewport_size(viewport)
        page.wait_for_timeout(SETTLE_MILLISECONDS)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport["width"], (
            f"runs {width - viewport['width']} px off a {viewport['width']} px screen"
        )
        violations = _violations(page)
        assert not violations, f"at {viewport['width']} px:\n" + "\n".join(violations)
    if before is not None:
        page.set_viewport_size(before)
    headings = page.locator("h1").all_inner_texts()
    assert len(headings) == 1, f"a page has one h1, this one has {headings}"
    assert heading is None or heading in headings[0]
    assert page.title().strip(" ·"), "a page has a title"
    assert page.locator("html").get_attribute("lang")
    assert not observed.complaints, observed.complaints
    assert not observed.foreign, f"requests to other hosts: {observed.foreign}"


def audience_of(page: Page) -> str:
    """Return whom a page is for, as its frame says."""
    return str(page.locator("html").get_attribute("class")).split()[0]


def assert_within_budget(page: Page, observed: Observed) -> None:
    """Assert that a first visit (a fresh profile) takes no more bytes and requests than its audience allows."""
    audience = audience_of(page)
    taken, budget = wire_bytes(observed), BUDGETS[audience]
    assert taken <= budget, f"{taken} bytes for a {audience} page; the budget is {budget}"
    asked, most = len(observed.responses), REQUESTS_MOST[audience]
    assert asked <= most, f"{asked} requests for a {audience} page; the budget is {most}"


def screenshot(page: Page, name: str, profile: str) -> Path:
    """Write ``var/screenshots/NAME-PROFILE.png`` for a person to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{re.sub(r'[^a-z0-9-]+', '-', name.lower())}-{profile}.png"
    page.screenshot(path=path, full_page=True)
    return path
