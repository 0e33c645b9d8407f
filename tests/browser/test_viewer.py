"""The viewer in Chromium: what is on the canvas is compared with pixels that pydicom and numpy work out."""

import base64
import io
import re
from datetime import date
from typing import Any

import numpy as np
import pydicom
import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Page

from hearthline.imaging.dicom.models import Study
from hearthline.imaging.dicom.tests.stage import REAL, SMALL, make_imaging, of_patient, sample, take, written
from hearthline.tenancy.context import acting_in
from tests.browser.conftest import OpenPage
from tests.browser.consults import until
from tests.people import People

pytestmark = pytest.mark.browser
FRAMES = "emri_small.dcm"
CHEST = next(path for path in REAL.rglob("RG1_UNCI*"))


def on_canvas(page: Page, pane: str = "images") -> Any:
    """Return the canvas of a pane as an array of colours."""
    address = page.locator(f"[data-pane={pane}] canvas").evaluate("it => it.toDataURL('image/png')")
    picture = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
    return np.asarray(picture.convert("RGBA"))


def fitted(grey: Any, shape: tuple[int, int], zoom: float = 1.0) -> Any:
    """Return the image as it lies on the canvas, fitted in the middle and enlarged, black around."""
    height, width = shape
    scale = min(width / grey.shape[1], height / grey.shape[0]) * zoom
    size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
    small = Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR)
    paper = Image.new("L", (width, height))
    paper.paste(small, ((width - size[0]) // 2, (height - size[1]) // 2))
    return np.asarray(paper).astype(int)


def spread_out(values: Any, of: Any) -> Any:
    """Values without a window as the viewer shows them: from the darkest to the lightest of those it began with."""
    low, high = float(of.min()), float(of.max())
    return (np.clip((values - low) / (high - low), 0, 1) * 255).round().astype("u1")


def shows(page: Page, grey: Any, pane: str = "images", zoom: float = 1.0) -> bool:
    """Whether the canvas shows a picture, pixel for pixel but for what enlarging it rounds."""
    seen = on_canvas(page, pane)
    shown = seen[..., 0].astype(int) * (seen[..., 3] > 0)
    wanted = fitted(grey, shown.shape, zoom)
    return bool(np.abs(shown - wanted).mean() < 5 and np.corrcoef(shown.ravel(), wanted.ravel())[0, 1] > 0.98)


def expected_chest(data: Any) -> Any:
    """The chest as PS3.3 has it: window, then MONOCHROME1."""
    values = data.pixel_array.astype(float)
    centre, width = (float(np.atleast_1d(data[name].value)[0]) for name in ("WindowCenter", "WindowWidth"))
    shade = np.clip((values - (centre - 0.5)) / (width - 1) + 0.5, 0, 1) * 255
    return (255 - shade).round().astype("u1")


@pytest.fixture
def viewer(committed: None, people: People) -> str:
    with acting_in(people.organization.id):
        imaging = make_imaging(people)
        chest = of_patient(pydicom.dcmread(CHEST), imaging.patient, StudyDate="20260301")
        prior = of_patient(sample("CT_small.dcm"), imaging.patient)
        take(people.physician.actor, imaging.patient, written(chest), written(prior))
        study = Study.objects.get(study_uid=chest.StudyInstanceUID)
        assert study.study_date == date(2026, 3, 1)
        older = Study.objects.get(study_uid=prior.StudyInstanceUID)
    return reverse("dicom:viewer", args=[imaging.patient.pk, study.pk]) + f"?prior={older.pk}"


def test_the_chest_is_drawn_pixel_for_pixel(viewer: str, people: People, open_page: OpenPage) -> None:
    page, _observed = open_page(viewer, "desktop", people.physician)
    pane = page.locator("[data-pane=images]")
    page.locator("[data-pane=images][data-state=full]").wait_for()
    page.locator("[data-pane=priors][data-state=full]").wait_for()
    seen = on_canvas(page)
    wanted = fitted(expected_chest(pydicom.dcmread(CHEST)), seen.shape[:2])
    grey = seen[..., 0].astype(int) * (seen[..., 3] > 0)
    assert np.abs(grey - wanted).mean() < 3
    assert np.corrcoef(grey.ravel(), wanted.ravel())[0, 1] > 0.99
    slices = pydicom.dcmread(SMALL / "CT_small.dcm").pixel_array
    assert shows(page, spread_out(slices, slices), "priors")
    label = page.locator("[data-pane=images] canvas").get_attribute("aria-label") or ""
    assert "image 1 of 1" in label
    pane.focus()
    page.keyboard.press("i")
    inverted = on_canvas(page)[..., 0].astype(int)
    inside = seen[..., 3] > 0
    assert np.abs(inverted[inside] - (255 - grey[inside])).mean() < 3
    page.keyboard.press("0")
    page.keyboard.press("ArrowRight")
    assert np.abs(on_canvas(page)[..., 0].astype(int) - grey).mean() > 0.5
    page.keyboard.press("0")
    page.keyboard.press("r")
    turned = on_canvas(page)
    assert (turned[..., 3] > 0).sum() != inside.sum()
    page.keyboard.press("0")
    page.keyboard.press("m")
    box = page.locator("[data-pane=images] canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.up()
    told = page.locator("[data-pane=images] figcaption").inner_text()
    assert "pixels" in told or "at detector" in told  # never plain millimetres: the file says 0\0


@pytest.fixture
def film(committed: None, people: People) -> str:
    """Ten frames in one object."""
    with acting_in(people.organization.id):
        imaging = make_imaging(people)
        take(people.physician.actor, imaging.patient, written(of_patient(sample(FRAMES), imaging.patient)))
        study = Study.objects.get()
    return reverse("dicom:viewer", args=[imaging.patient.pk, study.pk])


def frame_of(page: Page) -> int:
    """The number of the frame that the words under the picture name."""
    found = re.search(r"frame (\d+)/10", page.locator("[data-pane=images] figcaption").inner_text())
    assert found is not None
    return int(found[1])


def test_frames_are_stepped_through_and_played(film: str, people: People, open_page: OpenPage) -> None:
    frames = sample(FRAMES).pixel_array
    page, _observed = open_page(film, "desktop", people.physician)
    page.locator("[data-pane=images][data-state=full]").wait_for()
    assert shows(page, spread_out(frames[0], frames[0]))
    page.locator("[data-pane=images]").focus()
    page.keyboard.press("ArrowDown")
    until(lambda: frame_of(page) == 2, "no other frame comes")
    page.locator("[data-pane=images][data-state=full]").wait_for()
    until(lambda: shows(page, spread_out(frames[1], frames[0])), "the second frame")
    page.keyboard.press("Space")
    until(lambda: frame_of(page) > 3, "the film does not run")
    page.keyboard.press("Space")
    assert page.locator("[data-do=cine]").get_attribute("aria-pressed") == "false"
    until(
        lambda: shows(page, spread_out(frames[frame_of(page) - 1], frames[0])), "the frame where it stopped"
    )


def test_two_fingers_enlarge(film: str, people: People, open_page: OpenPage) -> None:
    frames = sample(FRAMES).pixel_array
    page, _observed = open_page(film, "phone", people.physician)
    page.locator("[data-pane=images][data-state=full]").wait_for()
    canvas = page.locator("[data-pane=images] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    fingers = page.context.new_cdp_session(page)
    middle, height = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, apart in (("touchStart", 40), ("touchMove", 60), ("touchMove", 80), ("touchEnd", 0)):
        points = [{"x": middle + way * apart, "y": height, "id": one} for one, way in enumerate((-1, 1))]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if apart else []})
    assert shows(page, spread_out(frames[0], frames[0]), zoom=2.0)
