"""What is shown in a visit beside the people: an examination camera with stills, a picture to draw on together."""

import io
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from hearthline.foundation.uploads import receive_image
from hearthline.imaging.intake.examination import examine
from hearthline.imaging.intake.models import File
from hearthline.imaging.intake.tests.hostile import photo
from hearthline.imaging.intake.tests.stage import make_text
from hearthline.tenancy.context import acting_in
from hearthline.visits.models import BoardMark, SharedFile, Still
from hearthline.visits.services.conversation import share_file
from tests.browser.calls import Call, ready_to_call
from tests.browser.chromium import NARROWEST, screenshot
from tests.people import People

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TWO_CAMERAS = ("--use-fake-device-for-media-stream=device-count=2",)
CAMERA = "() => document.querySelector('[data-self-video]').srcObject.getTracks()[0].getSettings().deviceId"

BOARD_IS_THERE = "(least) => document.querySelector('[data-board-canvas]')?.width > least"
FIRST, SECOND = [255, 212, 59], [77, 212, 255]  # of the first and the second who became part of the visit
LOOK = """([[x, y], colour]) => {
  const canvas = document.querySelector("[data-board-canvas]");
  const at = [Math.round(x * canvas.width) - 3, Math.round(y * canvas.height) - 3];
  const { data } = canvas.getContext("2d").getImageData(...at, 7, 7);
  const dots = Array.from({ length: 49 }, (_, dot) => [...data.slice(dot * 4, dot * 4 + 4)]);
  if (!colour) return dots.every((dot) => dot[3] === 0);
  return dots.some((dot) => colour.every((part, index) => Math.abs(part - dot[index]) < 8));
}"""


@pytest.fixture
def call(committed: None, people: People) -> Iterator[Call]:
    with acting_in(people.organization.id):
        make_text(people)
    with ready_to_call(people, flags=TWO_CAMERAS) as ready:
        yield ready


def test_a_patient_shows_an_otoscope_and_a_still_is_asked_for_and_kept(call: Call) -> None:
    clinician, patient = call.meet()
    face = patient.evaluate(CAMERA)
    patient.get_by_role("button", name="Share", exact=True).click()
    screenshot(patient, "call-choices", "phone")
    patient.get_by_role("button", name="An examination camera").click()
    patient.get_by_label("What is the camera?").select_option("otoscope")
    patient.get_by_role("button", name="Show this camera to all").click()
    clinician.get_by_text("Rosa Delgado shows: Otoscope").wait_for()
    assert patient.evaluate(CAMERA) != face, "the other camera is sent"
    clinician.get_by_role("button", name="Ask for a photo").click()
    patient.get_by_text("Amara Lindqvist asks for a photo now").wait_for()
    patient.get_by_label("Where on the body?").select_option("ear")
    patient.get_by_label("Which side?").select_option("L")
    patient.get_by_label("I agree to photos for care").check()
    screenshot(patient, "call-wish", "phone")
    patient.get_by_role("button", name="Take it").click()
    patient.get_by_role("button", name="Keep").wait_for()
    screenshot(patient, "call-still", "phone")
    patient.get_by_role("button", name="Keep").click()
    patient.get_by_text("Kept. It is being checked.").wait_for()
    with acting_in(call.stage.people.organization.id):
        still = Still.objects.get()
    examine(still.organization_id, still.file_id)
    with acting_in(call.stage.people.organization.id):
        file = File.objects.get(pk=still.file_id)
        assert file.width > 1280, "finer than what is sent to the others"
    screenshot(clinician, "call-examined", "desktop")
    patient.get_by_role("button", name="Remove").click()
    patient.get_by_role("button", name="Remove").wait_for(state="detached")
    patient.get_by_role("button", name="Close", exact=True).click()
    clinician.get_by_text("Rosa Delgado shows: Otoscope").wait_for(state="hidden")
    assert patient.evaluate(CAMERA) == face
    assert not call.complaints


def boxed(page: Page) -> tuple[float, float, float, float]:
    box = page.locator("[data-board-canvas]").bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw from one place of the picture to another, each from 0 to 1."""
    left, top, width, height = boxed(page)
    page.mouse.move(left + start[0] * width, top + start[1] * height)
    page.mouse.down()
    page.mouse.move(left + end[0] * width, top + end[1] * height, steps=4)
    page.mouse.up()


def wait_for_colour(page: Page, at: tuple[float, float], colour: list[int] | None) -> None:
    """Wait until the canvas has that colour at a place of the picture; None: nothing is drawn there."""
    page.wait_for_function(LOOK, arg=[at, colour])


def show_a_picture(call: Call, clinician: Page) -> None:
    """Have the clinician show all a picture that the patient sent."""
    people = call.stage.people
    with acting_in(people.organization.id):
        share_file(
            actor=people.patient.actor,
            visit=call.stage.visit,
            participant=call.stage.participant(people.patient),
            upload=receive_image(io.BytesIO(photo())),
            name="rash.jpg",
        )
    clinician.get_by_role("button", name="Share", exact=True).click()
    clinician.get_by_role("button", name="A picture, to draw on together").click()
    clinician.get_by_role("button", name="Show to all").click()


def assert_fits(page: Page) -> None:
    """Nothing runs off the screen, and what can be pressed is inside it."""
    width = page.evaluate("() => innerWidth")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    off = page.locator("button:visible, select:visible, canvas:visible").evaluate_all(
        """(all) => all.filter((one) => !one.closest(".visually-hidden")).filter((one) => {
          const { left, right } = one.getBoundingClientRect();
          return left < -1 || right > innerWidth + 1;
        }).map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert not off, off


def test_what_stands_beside_the_people_fits_a_narrow_telephone_from_right_to_left(call: Call) -> None:
    user = call.stage.people.patient.user
    user.language = "ar"
    user.save(update_fields=["language"])
    clinician, patient = call.meet()
    patient.set_viewport_size(NARROWEST)
    assert patient.locator("html").get_attribute("dir") == "rtl"
    screenshot(patient, "call-narrow", "arabic")
    assert_fits(patient)
    show_a_picture(call, clinician)
    patient.wait_for_function("() => document.querySelector('[data-board-image]')?.naturalWidth > 0")
    screenshot(patient, "call-board", "arabic")
    assert_fits(patient)
    clinician.get_by_role("button", name="Close picture").click()
    patient.locator("[data-board-canvas]").wait_for(state="hidden")
    patient.locator("[data-control='share']").click()
    patient.locator("[data-choice='examination']").click()
    patient.locator("[data-exam-show]").click()
    patient.locator("[data-exam-take]").wait_for()
    screenshot(patient, "call-examination", "arabic")
    assert_fits(patient)
    assert not call.complaints


def test_both_draw_on_a_picture_beside_the_people(call: Call) -> None:
    clinician, patient = call.meet()
    show_a_picture(call, clinician)
    for page in (clinician, patient):
        page.wait_for_function(BOARD_IS_THERE, arg=300)
    clinician.get_by_role("button", name="Arrow").click()
    drag(clinician, (0.2, 0.2), (0.6, 0.2))
    wait_for_colour(patient, (0.4, 0.2), FIRST)
    left, top, width, height = boxed(patient)
    patient.touchscreen.tap(left + 0.3 * width, top + 0.7 * height)
    wait_for_colour(clinician, (0.3, 0.7), SECOND)
    clinician.get_by_text("Rosa Delgado drew Point, 30 percent across").wait_for(state="attached")
    patient.locator("[data-board-canvas]").press("ArrowRight")
    patient.keyboard.press("Enter")
    wait_for_colour(clinician, (0.52, 0.5), SECOND)
    screenshot(clinician, "call-board", "desktop")
    screenshot(patient, "call-board", "phone")
    patient.get_by_role("button", name="Undo mine").click()
    wait_for_colour(clinician, (0.52, 0.5), None)
    clinician.get_by_role("button", name="Keep with the visit").click()
    clinician.get_by_text("Kept with the visit.").wait_for()
    clinician.get_by_role("button", name="Close picture").click()
    patient.locator("[data-board-canvas]").wait_for(state="hidden")
    with acting_in(call.stage.people.organization.id):
        assert SharedFile.objects.filter(visit=call.stage.visit).count() == 2
        assert not BoardMark.objects.exists()
    assert not call.complaints
