"""The page's modules in Chromium, without an application: files served from the folder, answers as JSON."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route

from tests.browser.chromium import HEADLESS_SHELL, launched

MODULES = Path(__file__).parents[1] / "static" / "home"
ORIGIN = "http://localhost:1"
KINDS = {".js": "text/javascript", ".html": "text/html"}


def _serve(route: Route) -> None:
    name = route.request.url.removeprefix(ORIGIN).strip("/")
    if not name:
        route.fulfill(body="<!doctype html><title>Modules</title>", content_type=KINDS[".html"])
        return
    path = MODULES / name
    route.fulfill(body=path.read_text(), content_type=KINDS[path.suffix])


@contextmanager
def script_page() -> Iterator[Page]:
    """Open a page from which the modules can be imported."""
    with launched(program=HEADLESS_SHELL) as browser:
        page = browser.new_page()
        page.route(f"{ORIGIN}/**", _serve)
        page.goto(f"{ORIGIN}/")
        yield page


def call(page: Page, module: str, function: str, argument: Any = None) -> Any:
    """Return what an exported function says to one argument."""
    return page.evaluate(
        "async ([module, name, argument]) => (await import(module))[name](argument)",
        [f"/{module}", function, argument],
    )


def decode(page: Page, function: str, text: str, module: str = "decoders.js") -> Any:
    """Return what a decoder makes of bytes written as hexadecimal text."""
    return page.evaluate(
        """async ([module, name, bytes]) => {
          const decode = (await import(module))[name];
          try { return decode(new DataView(Uint8Array.from(bytes).buffer)); } catch (error) { return error.name; }
        }""",
        [f"/{module}", function, list(bytes.fromhex(text))],
    )
