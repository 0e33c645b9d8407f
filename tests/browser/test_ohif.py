"""OHIF itself over our roots: a real radiograph, pixel by pixel, and nobody else asked. Fetched once, by npm."""

import io
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pydicom
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Page

from hearthline.consults.models import Consult, Seen
from hearthline.consults.services import attaching
from hearthline.consults.tests.stage import ask, make_stage
from hearthline.imaging.dicom import ohif
from hearthline.imaging.dicom.models import Study
from hearthline.imaging.dicom.tests.stage import of_patient, take, written
from hearthline.tenancy.context import acting_in
from tests.browser.chromium import screenshot
from tests.browser.conftest import OpenPage
from tests.browser.consults import until
from tests.browser.test_viewer import CHEST, expected_chest, fitted
from tests.people import People, Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LOADED_MS = 120_000
PANE = "[data-cy=viewport-grid] canvas"


@pytest.fixture
def installed(settings: Any) -> None:
    """Where a developer's own copy stands, or would."""
    settings.HEARTHLINE_OHIF_DIRECTORY = settings.STATE_DIRECTORY / "ohif"
    if ohif.entry() is None:
        try:
            call_command("install_ohif")
        except CommandError as fault:
            pytest.skip(f"OHIF cannot be fetched here: {fault}")


@pytest.fixture
def case(committed: None, people: People, installed: None) -> tuple[Consult, Study, Person]:
    """A case with a chest radiograph, and who answers it."""
    with acting_in(people.organization.id):
        stage = make_stage(people)
        chest = of_patient(pydicom.dcmread(CHEST), stage.patient, StudyDate="20260301")
        take(stage.asker.actor, stage.patient, written(chest))
        study = Study.objects.get(study_uid=chest.StudyInstanceUID)
        consult = ask(stage)
        attaching.attach_all(stage.asker.actor, consult=consult, objects=[study])
    return consult, study, stage.reader


def drawn(page: Page) -> Any:
    """OHIF's canvas, in grey."""
    grey = Image.open(io.BytesIO(page.locator(PANE).first.screenshot())).convert("L")
    return np.asarray(grey).astype(int)


def is_chest(page: Page) -> bool:
    """Whether the canvas shows the radiograph as PS3.3 has it; what the tools write over it is little."""
    seen = drawn(page)
    wanted = fitted(expected_chest(pydicom.dcmread(CHEST)), seen.shape)
    return bool(np.corrcoef(seen.ravel(), wanted.ravel())[0, 1] > 0.99 and np.abs(seen - wanted).mean() < 5)


def test_a_radiograph_is_drawn_and_nobody_else_is_asked(
    case: tuple[Consult, Study, Person], people: People, open_page: OpenPage, origin: str
) -> None:
    consult, study, reader = case
    page, _observed = open_page(reverse("consults:case", args=[consult.pk]), "desktop", reader)
    screenshot(page, "consult-case-ohif", "desktop")
    asked: list[str] = []
    refused: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.context.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    said: list[str] = []
    page.context.on("console", lambda message: said.append(message.text))
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open in OHIF").click()
    viewer = opened.value
    viewer.get_by_role("button", name="Confirm and hide").click(timeout=LOADED_MS)
    until(lambda: is_chest(viewer), "the radiograph")
    screenshot(viewer, "ohif", "desktop")
    assert not refused
    assert {urlsplit(address).netloc for address in asked if not address.startswith("blob:")} == {
        urlsplit(origin).netloc
    }
    root = reverse("consults:images_root", args=[consult.pk])
    images = [address for address in asked if "/dicomweb/" in address]
    assert images
    assert all(urlsplit(address).path.startswith(root) for address in images)
    assert not [text for text in said if "Content Security Policy" in text]
    with acting_in(people.organization.id):
        assert Seen.objects.filter(consult=consult, quality="original").exists()
    stranger = open_page(urlsplit(viewer.url).path, "desktop", people.stranger)[0]
    assert stranger.locator("#ohif").count() == 0
    answer = people.stranger.client.get(f"{root}studies/{study.study_uid}/metadata")
    assert answer.status_code == 404
    assert people.stranger.client.get(urlsplit(viewer.url).path).status_code == 404
