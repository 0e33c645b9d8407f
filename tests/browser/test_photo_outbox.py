"""Photos without network, in a real Chromium: taken offline, reloaded, killed in the middle of a file, sent whole."""

import hashlib
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, sync_playwright

from hearthline.foundation.blobs import open_blob
from hearthline.imaging.intake.models import File
from hearthline.imaging.intake.tests.hostile import photo
from hearthline.imaging.intake.tests.stage import make_capture
from hearthline.tenancy.context import acting_in
from tests.browser import installation as installation_module
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.installation import installed
from tests.people import People

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SECONDS = 120.0  # everything starts at once, twice, on whatever machine this is
THIN_LINE = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": 400_000}


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@contextmanager
def phone(profile: Path, origin: str, people: People) -> Iterator[tuple["subprocess.Popen[bytes]", Page]]:
    """Start a browser on a profile that outlives it, signed in as the patient."""
    port_file = profile / "DevToolsActivePort"
    port_file.unlink(missing_ok=True)
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        until(
            lambda: port_file.exists() and port_file.read_text().count("\n") >= 1, "Chromium does not start"
        )
        with sync_playwright() as playwright:
            address = f"http://127.0.0.1:{port_file.read_text().splitlines()[0]}"
            browser: Browser = playwright.chromium.connect_over_cdp(address)
            context = browser.contexts[0]
            session = people.patient.client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": origin}])
            context.set_default_timeout(SECONDS * 1000)
            yield process, context.new_page()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(10)


def sent_bytes(directory: Path) -> int:
    return max((path.stat().st_size for path in directory.glob("*/*.draft")), default=0)


def test_a_photo_taken_without_network_arrives_whole_after_a_reload_and_a_kill(
    committed: None, people: People, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation_module, "START_SECONDS", SECONDS)
    with acting_in(people.organization.id):
        capture = make_capture(people)
    assert people.patient.client  # signed in before Playwright's loop runs
    content = photo(size=(2400, 1800)) + random.Random(4).randbytes(3_000_000)  # as a motion photo's trailer
    picture = tmp_path / "skin.jpg"
    picture.write_bytes(content)
    drafts = Path(settings.HEARTHLINE_UPLOAD_DIRECTORY)
    before = sent_bytes(drafts)
    with tempfile.TemporaryDirectory() as profile, installed() as installation:
        address = f"{installation.origin}/photos/sets/{capture.pk}/"
        with phone(Path(profile), installation.origin, people) as (process, page):
            page.goto(address)
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            page.wait_for_selector("body[data-ready=yes]")
            installation.kill("gateway")
            page.set_input_files("[data-view=close] input[type=file]", picture)
            page.wait_for_selector("body[data-pending='2']")  # the small copy and the original
            page.reload()
            page.wait_for_selector("body[data-ready=yes][data-pending='2']")
            assert page.locator("[data-items] li").count() == 1
            page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", THIN_LINE)
            installation.start("gateway")
            installation.wait({"pages", "live"})
            until(lambda: sent_bytes(drafts) > max(before, 1_000_000), "nothing is sent")
            process.send_signal(signal.SIGKILL)
        assert sent_bytes(drafts) < len(content)
        with phone(Path(profile), installation.origin, people) as (_process, page):
            page.goto(address)
            page.wait_for_selector("body[data-ready=yes][data-pending='0']")
            assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 1
    with acting_in(people.organization.id):
        files = {file.sha256: file for file in File.objects.all()}
        assert len(files) == 2
        kept = files[hashlib.sha256(content).hexdigest()]
        assert kept.view == "close"
        assert open_blob(people.organization.id, kept.sha256).read() == content
