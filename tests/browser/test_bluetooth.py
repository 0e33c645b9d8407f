"""Readings from devices to the record: Chromium's own Bluetooth, true indications, the outbox, "is this you?"."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from hearthline.foundation import clock
from hearthline.monitoring.home.tests.stage import HomeStage, make_home
from hearthline.monitoring.readings.models import Reading
from hearthline.tenancy.context import acting_in
from tests.browser.bluez import ADDRESS, Peripheral, Radio, is_possible, radio_with
from tests.browser.chromium import assert_page_is_sound, launched, new_profile, screenshot, watch
from tests.browser.conftest import sign_in_profile
from tests.people import People

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_possible(), reason="dbus-daemon is missing: no device can appear"),
]
CUFF = Peripheral("Test cuff", 0x1810, {0x2A35: ("indicate",)})
SCALE = Peripheral("Test scale", 0x181D, {0x2A9D: ("indicate",)})
METER = Peripheral("Test meter", 0x1808, {0x2A18: ("notify",), 0x2A52: ("write", "indicate")})
WAIT_SECONDS = 15


@pytest.fixture
def home(committed: None, people: People) -> HomeStage:
    with acting_in(people.organization.id):
        return make_home(people)


@contextmanager
def connected(home: HomeStage, origin: str, peripheral: Peripheral) -> Iterator[tuple[Page, Radio, Any]]:
    """Open the page in a browser with a radio, choose the device, and wait until the page listens."""
    with (
        tempfile.TemporaryDirectory(prefix="hl-bus-") as directory,
        radio_with(peripheral, Path(directory)) as (radio, address),
        launched(
            "--enable-features=WebBluetooth", environment={"DBUS_SYSTEM_BUS_ADDRESS": address}
        ) as browser,
    ):
        context = new_profile(browser, "phone")
        sign_in_profile(context, origin, home.people.patient)
        page = context.new_page()
        observed = watch(page, origin)
        page.goto(origin + home.url("device"))
        choose(page)
        expect(page.locator("[data-progress]")).to_contain_text("Connected")
        yield page, radio, observed


def choose(page: Page) -> None:
    """Press the button and answer the browser's chooser, once."""
    session = page.context.new_cdp_session(page)
    prompts: list[dict[str, Any]] = []

    def remember(prompt: dict[str, Any]) -> None:
        prompts.append(prompt)

    session.on("DeviceAccess.deviceRequestPrompted", remember)
    session.send("DeviceAccess.enable")
    page.get_by_role("button", name="Connect my device").click()
    until(page, lambda: any(prompt["devices"] for prompt in prompts))
    session.send("DeviceAccess.selectPrompt", {"id": prompts[-1]["id"], "deviceId": ADDRESS})


def until(page: Page, is_so: Callable[[], bool]) -> None:
    """Let the browser's events arrive until something is so."""
    end = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < end, "waited too long"
        page.wait_for_timeout(50)


def stored(home: HomeStage, metric: int) -> list[float]:
    with acting_in(home.people.organization.id):
        found = Reading.objects.filter(patient_number=home.monitored.number, metric=metric)
        return list(found.order_by("observed_at").values_list("value", flat=True))


def times(seconds_ago: int) -> str:
    """Return a device's local time, in hexadecimal; the person lives in Chicago."""

    at = (clock.now() - timedelta(seconds=seconds_ago)).astimezone(ZoneInfo("America/Chicago"))
    parts = bytes([at.month, at.day, at.hour, at.minute, at.second])
    return (at.year.to_bytes(2, "little") + parts).hex()


def pressure(upper: int, seconds_ago: int) -> str:
    return f"06 {upper.to_bytes(2, 'little').hex()} 5200 ff07 {times(seconds_ago)} cbf2"


def test_a_cuffs_indications_reach_the_record_and_wait_safely_without_network(
    home: HomeStage, origin: str
) -> None:
    with connected(home, origin, CUFF) as (page, radio, observed):
        radio.push(0x2A35, pressure(128, 120))
        first = page.locator("[data-records] > li").first
        expect(first).to_contain_text("128/82 mmHg")
        expect(first).to_contain_text("Saved")
        assert_page_is_sound(page, observed)
        screenshot(page, "device-saved", "phone")
        page.context.set_offline(True)
        radio.push(0x2A35, pressure(131, 60))
        waiting = page.locator("[data-records] > li").first
        expect(waiting).to_contain_text("131/82 mmHg")
        expect(waiting).to_contain_text("Waiting to be sent")
        expect(page.locator("[data-progress]")).to_contain_text("safe here")
        assert stored(home, 2) == [128]
        assert page.evaluate(PEEK) == {"items": 1, "is_plain": False, "can_be_taken": False}
        page.context.set_offline(False)
        expect(waiting).to_contain_text("Saved")
        until(page, lambda: page.evaluate(PEEK)["items"] == 0)
        assert stored(home, 2) == [128, 131]
        radio.drop()
        expect(page.locator("[data-progress]")).to_contain_text("off now")


PEEK = """async () => {
  const opened = indexedDB.open("hearthline-readings");
  const database = await new Promise((done) => { opened.onsuccess = () => done(opened.result); });
  const all = (name) => new Promise((done) => {
    const asked = database.transaction(name).objectStore(name).getAll();
    asked.onsuccess = () => done(asked.result);
  });
  const [items, keys] = [await all("items"), await all("keys")];
  database.close();
  const text = items.map((item) => new TextDecoder("latin1").decode(item.sealed)).join("");
  return { items: items.length, is_plain: /131|systolic/.test(text), can_be_taken: keys[0].extractable };
}"""


def test_a_scale_that_does_not_know_who_stands_on_it_asks(home: HomeStage, origin: str) -> None:
    with connected(home, origin, SCALE) as (page, radio, observed):
        radio.push(0x2A9D, f"06 803e {times(60)} ff")
        radio.push(0x2A9D, f"06 983a {times(30)} ff")
        rows = page.locator("[data-records] > li")
        expect(rows).to_have_count(2)
        expect(rows.first).to_contain_text("Is this you?")
        assert_page_is_sound(page, observed)
        screenshot(page, "device-is-this-you", "phone")
        rows.first.get_by_role("button", name="No, somebody else").click()
        expect(rows).to_have_count(1)
        rows.first.get_by_role("button", name="Yes, this is me").click()
        expect(rows.first).to_contain_text("Saved")
        assert stored(home, 6) == [80]


def test_a_meter_tells_what_it_has_stored_and_test_liquid_is_not_kept(home: HomeStage, origin: str) -> None:
    with connected(home, origin, METER) as (page, radio, _observed):
        until(page, lambda: bool(radio.written))
        assert radio.written == [b"\x01\x01"]
        radio.push(0x2A18, f"02 0100 {times(86400)} 64b0 11")
        radio.push(0x2A18, f"02 0200 {times(7200)} 6eb0 1a")
        radio.push(0x2A18, f"02 0300 {times(3600)} 78b0 11")
        radio.push(0x2A52, "06000101")
        rows = page.locator("[data-records] > li")
        expect(rows).to_have_count(2)
        for place in range(2):
            expect(rows.nth(place)).to_contain_text("Saved")
        assert stored(home, 1) == [100, 120]


def test_a_browser_without_bluetooth_says_what_can(home: HomeStage, open_page: Callable[..., Any]) -> None:
    page, observed = open_page(home.url("device"), "phone", home.people.patient)
    expect(page.get_by_text("This browser cannot talk to your device.")).to_be_visible()
    assert page.get_by_role("button", name="Connect my device").count() == 0
    assert_page_is_sound(page, observed)
    without, _observed = open_page(home.url("device"), "no-script", home.people.patient)
    assert "Without it, type the number in." in without.content()
    expect(without.get_by_role("link", name="Type the number in")).to_be_visible()
