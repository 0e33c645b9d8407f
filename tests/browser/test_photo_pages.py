"""The photo pages as people see them: budget, axe, reflow, and photographs of them."""

from collections.abc import Callable

import pytest

from hearthline.imaging.intake.tests.stage import make_capture, make_file, make_photographed
from hearthline.tenancy.context import acting_in
from tests.people import People

pytestmark = pytest.mark.browser


def test_the_photo_pages_are_light_and_sound(
    committed: None, people: People, look_at: Callable[..., None]
) -> None:
    with acting_in(people.organization.id):
        patient = make_photographed(people)
        capture = make_capture(people)
        make_file(people, capture=capture)
    look_at(f"/photos/of/{patient.pk}/", "photo-place", people.patient)
    look_at(f"/photos/sets/{capture.pk}/", "photo-coach", people.patient)
    look_at("/photos/outbox/", "photo-outbox", languages=False)
