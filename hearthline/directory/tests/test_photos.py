"""Photos of practitioners: who sets them, what is kept of them, and where they are seen."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from hearthline.directory.models import Practitioner
from hearthline.directory.services.photos import PHOTO_SIDE_PIXELS
from hearthline.directory.tests.stage import make_practitioner
from hearthline.identity.roles import Role
from hearthline.tenancy.context import acting_in
from tests.people import People, make_person

CAMERA_TAG = 0x0110


@pytest.fixture
def practitioner(people: People, settings: Any, tmp_path: Any) -> Practitioner:
    settings.HEARTHLINE_BLOB_DIRECTORY = tmp_path / "blobs"
    return make_practitioner(people.physician, title="Dr.", credential="MD")


def picture(form: str = "JPEG", size: tuple[int, int] = (900, 600)) -> bytes:
    facts = Image.Exif()
    facts[CAMERA_TAG] = "Camera of the doctor"
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, form, exif=facts)
    return out.getvalue()


def send(client: Client, practitioner: Practitioner, content: bytes, name: str = "me.jpg") -> Any:
    where = reverse("directory:change_photo", args=[practitioner.pk])
    return client.post(where, {"photo": SimpleUploadedFile(name, content)})


def address(practitioner: Practitioner) -> str:
    return reverse("directory:photo", args=[practitioner.pk])


def public_address(people: People, practitioner: Practitioner) -> str:
    return reverse("directory:public_photo", args=[people.organization.slug, practitioner.pk])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_small_copy_without_camera_is_kept_and_shown(
    people: People, practitioner: Practitioner, form: str
) -> None:
    assert people.patient.client.get(address(practitioner)).status_code == 404
    assert send(people.physician.client, practitioner, picture(form)).status_code == 303
    for answer in (
        people.patient.client.get(address(practitioner)),
        Client().get(public_address(people, practitioner)),
    ):
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "private" in answer.headers["Cache-Control"]
        shown = Image.open(BytesIO(answer.content))
        assert max(shown.size) == PHOTO_SIDE_PIXELS
        assert not shown.getexif()
        assert b"Camera" not in answer.content


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7 hello", b"<svg onload=alert(1)>", b"\xff\xd8\xff broken"]
)
def test_what_is_no_picture_is_refused_in_words(
    people: People, practitioner: Practitioner, content: bytes
) -> None:
    answer = send(people.physician.client, practitioner, content)
    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()
    practitioner.refresh_from_db()
    assert practitioner.photo_digest == ""


def test_without_a_file_the_form_says_what_to_do(people: People, practitioner: Practitioner) -> None:
    answer = people.physician.client.post(reverse("directory:change_photo", args=[practitioner.pk]))
    assert answer.status_code == 422
    assert "Choose a picture first" in answer.content.decode()


def test_the_practitioner_and_administrators_set_it_and_nobody_else(
    people: People, practitioner: Practitioner
) -> None:
    for who, status in (
        ("nurse", 404),
        ("specialist", 404),
        ("patient", 403),
        ("auditor", 403),
        ("stranger", 404),
        ("physician", 303),
        ("administrator", 303),
    ):
        assert send(getattr(people, who).client, practitioner, picture()).status_code == status, who


def test_it_is_removed_by_the_same_and_initials_come_back(people: People, practitioner: Practitioner) -> None:
    send(people.administrator.client, practitioner, picture())
    remove = reverse("directory:remove_photo", args=[practitioner.pk])
    assert people.nurse.client.post(remove).status_code == 404
    page = reverse("directory:practitioner", args=[practitioner.pk])
    assert address(practitioner) in people.administrator.client.get(page).content.decode()
    assert people.physician.client.post(remove).status_code == 303
    assert people.patient.client.get(address(practitioner)).status_code == 404
    after = people.administrator.client.get(page).content.decode()
    assert address(practitioner) + "?v=" not in after
    assert "AL</span>" in after


def test_another_organization_sees_no_photo(people: People, practitioner: Practitioner) -> None:
    send(people.administrator.client, practitioner, picture())
    with acting_in(people.other_organization.id):
        owner = make_person(people.other_organization, "Bea Nakamura", Role.ADMINISTRATOR)
    assert owner.client.get(address(practitioner)).status_code == 404
    assert send(owner.client, practitioner, picture()).status_code == 404
    other = reverse("directory:public_photo", args=[people.other_organization.slug, practitioner.pk])
    assert Client().get(other).status_code == 404


def test_strangers_see_only_whom_they_can_book(people: People, practitioner: Practitioner) -> None:
    send(people.administrator.client, practitioner, picture())
    assert Client().get(public_address(people, practitioner)).status_code == 200
    assert Client().get(address(practitioner)).headers["location"].startswith("/sign-in/")
    Practitioner.objects.filter(pk=practitioner.pk).update(is_active=False)
    assert Client().get(public_address(people, practitioner)).status_code == 404
    assert people.nurse.client.get(address(practitioner)).status_code == 200
