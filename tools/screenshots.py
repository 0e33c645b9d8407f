"""Photograph a running demo for the README: ``python -m tools.screenshots [--port N]`` beside ``./run demo``.

Two browsers meet in a real call; their cameras are drawn here. Rosa's visit begins for it, so a fresh demo gives
the truest pictures. Everybody in them is invented.
"""

import argparse
import base64
import hashlib
import hmac
import io
import json
import struct
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tools.project import PROJECT_DIRECTORY, say, state_directory

TARGET = PROJECT_DIRECTORY / "docs" / "screenshots"
LARGEST_BYTES = 150_000
COLOURS = 256
CALL_SECONDS = 8
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
ALLOWED: dict[str, Any] = {"permissions": ["camera", "microphone"]}
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
]
ROSA = {"family_name": "Delgado", "birth_date": "1958-03-04"}
PEOPLE = {"rosa": ("#d9b38c", "#7a3b2e", "#e9dcc7"), "amara": ("#8d5a3c", "#0b5c63", "#cfdedd")}


def main() -> None:
    """Write the six pictures."""
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    base = f"http://localhost:{parser.parse_args().port}"
    facts = json.loads((state_directory() / "demo.json").read_text())["people"]
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        rosa, amara = (
            playwright.chromium.launch(
                executable_path="/usr/bin/chromium",
                args=[*FLAGS, f"--use-file-for-fake-video-capture={draw_camera(Path(directory), name)}"],
            )
            for name in PEOPLE
        )
        clinician = sign_in(amara.new_context(**DESKTOP, **ALLOWED, locale="en-US"), base, facts["amara"])
        photograph_pages(rosa, clinician, base, facts)
        photograph_visit(rosa, clinician, base, facts)
        rosa.close()
        amara.close()


def draw_camera(directory: Path, name: str) -> Path:
    """Draw somebody before a wall, as a film that a browser takes for its camera."""
    skin, clothes, wall = PEOPLE[name]
    picture = Image.new("RGB", (640, 480), wall)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((400, 40, 600, 250), fill="#fff6e3")
    draw.ellipse((110, 330, 530, 760), fill=clothes)
    draw.rectangle((280, 270, 360, 370), fill=skin)
    draw.ellipse((215, 70, 425, 320), fill="#2b211d")
    draw.ellipse((235, 110, 405, 325), fill=skin)
    frame = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(2)).save(frame, "JPEG", quality=85)
    path = directory / f"{name}.mjpeg"
    path.write_bytes(frame.getvalue() * 30)
    return path


def second_factor(secret: str) -> str:
    """Return the six digits that an authenticator shows now."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def sign_in(context: BrowserContext, base: str, person: dict[str, str]) -> Page:
    """Sign somebody in as they would."""
    page = context.new_page()
    page.goto(base + "/sign-in/")
    page.fill("input[name=login]", person["user"])
    page.fill("input[name=password]", person["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()
    if page.locator("input[name=code]").count():
        page.fill("input[name=code]", second_factor(person["totp_secret"]))
        page.press("input[name=code]", "Enter")
        page.wait_for_load_state()
    return page


def keep(page: Page, name: str) -> None:
    """Keep what the window shows; in fewer colours where it would be too large."""
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    path = TARGET / f"{name}.png"
    picture.save(path, optimize=True)
    if path.stat().st_size > LARGEST_BYTES:
        picture.quantize(COLOURS).save(path, optimize=True)
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise SystemExit(f"{path} has {size} bytes; at most {LARGEST_BYTES} belong into the repository")
    say(f"  {path.relative_to(PROJECT_DIRECTORY)}: {size} bytes")


def photograph_pages(browser: Browser, clinician: Page, base: str, facts: dict[str, dict[str, str]]) -> None:
    """Keep the clinic's page, a home in Arabic, a clinician's day and a chart."""
    page = browser.new_context(**PHONE, locale="en-US").new_page()
    page.goto(base + "/o/riverbend/")
    keep(page, "clinic")
    page = sign_in(browser.new_context(**PHONE, locale="ar"), base, facts["layla"])
    page.goto(base + "/care/")
    keep(page, "home-arabic")
    clinician.goto(base + "/today/")
    keep(clinician, "today")
    clinician.locator("ol.day a[href$='/chart/']").first.click()
    clinician.wait_for_load_state()
    keep(clinician, "chart")


def photograph_visit(rosa: Browser, clinician: Page, base: str, facts: dict[str, dict[str, str]]) -> None:
    """Take Rosa through the door and let the clinician meet her."""
    page = sign_in(rosa.new_context(**PHONE, **ALLOWED, locale="es"), base, facts["rosa"])
    page.goto(base + "/care/")
    visit = str(page.locator("a[href*='/care/visits/']").first.get_attribute("href"))
    page.goto(f"{base}{visit}prepare/consent/")
    if page.locator("[name=agrees]").count():
        page.check("[name=agrees]")
        page.locator("main form button").first.click()
        page.wait_for_load_state()
        page.goto(f"{base}{visit}prepare/location/")
        page.locator("main form button").first.click()
        page.wait_for_load_state()
    page.goto(f"{base}{visit}door/")
    if page.url.endswith("/door/"):
        for name, value in ROSA.items():
            page.fill(f"[name={name}]", value)
        page.locator("main form button").first.click()
        page.wait_for_url("**/room/")
    page.wait_for_timeout(2_000)
    keep(page, "waiting-room")
    clinician.goto(f"{base}/visits/{visit.split('/')[3]}/room/")
    clinician.get_by_role("button", name="Let in").first.click()
    clinician.wait_for_timeout(CALL_SECONDS * 1_000)
    keep(clinician, "call")


if __name__ == "__main__":
    main()
