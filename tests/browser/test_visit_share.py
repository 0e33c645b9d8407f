"""What is shown in a visit beside the people: an examination camera with stills."""

from collections.abc import Iterator

import pytest

from hearthline.imaging.intake.examination import examine
from hearthline.imaging.intake.models import File
from hearthline.imaging.intake.tests.stage import make_text
from hearthline.tenancy.context import acting_in
from hearthline.visits.models import Still
from tests.browser.calls import Call, ready_to_call
from tests.browser.chromium import screenshot
from tests.people import People

pytestmark = pytest.mark.browser
TWO_CAMERAS = ("--use-fake-device-for-media-stream=device-count=2",)
CAMERA = "() => document.querySelector('[data-self-video]').srcObject.getTracks()[0].getSettings().deviceId"


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
        assert (file.width, file.height) == (1920, 1080), "as fine as the camera gives"
    screenshot(clinician, "call-examined", "desktop")
    patient.get_by_role("button", name="Remove").click()
    patient.get_by_role("button", name="Remove").wait_for(state="detached")
    patient.get_by_role("button", name="Close", exact=True).click()
    clinician.get_by_text("Rosa Delgado shows: Otoscope").wait_for(state="hidden")
    assert patient.evaluate(CAMERA) == face
    assert not call.complaints
