"""Fixtures of the browser tests. With ``origin`` (the running server) or ``open_page``, rows must be committed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import (
    DESKTOP,
    HEADLESS_SHELL,
    NARROWEST,
    Observed,
    assert_page_is_sound,
    assert_within_budget,
    launched,
    new_profile,
    screenshot,
    watch,
)
from tests.browser.server import served
from tests.people import Person

OpenPage = Callable[..., tuple[Page, Observed]]
LOOKS = {"phone": (NARROWEST,), "desktop": (DESKTOP,), "arabic": (DESKTOP, NARROWEST)}
# Without --slow a page is looked at where it breaks first: on the narrowest telephone, from right to left.
QUICK_LOOKS = {"arabic": (NARROWEST,)}
QUICK_LOOKS_IN_ENGLISH = {"phone": (NARROWEST,)}
SESSION_COOKIE = "sessionid"
# The pages are served here without the live edge: where they listen to it, nothing is said.
SILENT_STREAM: dict[str, Any] = {
    "status": 200,
    "content_type": "text/event-stream",
    "body": "retry: 600000\n\n",
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for the module's tests (its loop must not outlive them: other tests run loops of their own)."""
    with launched(program=HEADLESS_SHELL) as browser:
        yield browser


@pytest.fixture
def origin(committed: None) -> Iterator[str]:
    """The origin of the running application, connected as its own login."""
    with served() as origin:
        yield origin


@pytest.fixture
def profile(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Make fresh profiles by name (``phone``, ``desktop``, ``arabic``, ``dark``, ``no-script``)."""
    opened: list[BrowserContext] = []

    def make(name: str = "desktop", **changes: Any) -> BrowserContext:
        opened.append(new_profile(chromium, name, **changes))
        return opened[-1]

    yield make
    for context in opened:
        context.close()


def sign_in_profile(context: BrowserContext, origin: str, person: Person) -> None:
    """Give the profile the session of a person, as if they had signed in with their second factor."""
    session = person.client.cookies[SESSION_COOKIE].value
    context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": origin}])


@pytest.fixture
def open_page(profile: Callable[..., BrowserContext], origin: str) -> OpenPage:
    """Open an address in a fresh profile: ``open_page("/care/", "phone", person=people.patient)``."""

    def go(
        address: str, name: str = "desktop", person: Person | None = None, **changes: Any
    ) -> tuple[Page, Observed]:
        context = profile(name, **changes)
        if person is not None:
            sign_in_profile(context, origin, person)
        context.route("**/live/changes*", lambda route: route.fulfill(**SILENT_STREAM))
        page = context.new_page()
        observed = watch(page, origin)
        page.goto(origin + address)
        return page, observed

    return go


@pytest.fixture
def look_at(open_page: OpenPage, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Judge and photograph a page as phone, desktop and Arabic: ``look_at("/care/", "patient-home", person)``."""
    is_slow = request.config.getoption("--slow")

    def look(address: str, name: str, person: Person | None = None, *, languages: bool = True) -> None:
        quick = QUICK_LOOKS if languages else QUICK_LOOKS_IN_ENGLISH
        for kind, viewports in (LOOKS if is_slow else quick).items():
            if kind == "arabic" and not languages:
                continue
            page, observed = open_page(address, kind, person)
            assert_within_budget(page, observed)
            assert_page_is_sound(page, observed, viewports=viewports)
            screenshot(page, name, kind)
            page.context.close()

    return look
