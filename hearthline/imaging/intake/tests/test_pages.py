"""The photo pages as people use them, without script."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from hearthline.directory.models import Consent
from hearthline.directory.tests.stage import own_patient
from hearthline.foundation.ids import new_id
from hearthline.imaging.intake import examination, services
from hearthline.imaging.intake.choices import BodySite, View
from hearthline.imaging.intake.coach import views_for
from hearthline.imaging.intake.models import Capture, File
from hearthline.imaging.intake.services import Place
from hearthline.imaging.intake.tests.hostile import attacks, photo
from hearthline.imaging.intake.tests.stage import make_capture, make_file, make_photographed, make_text
from tests.people import People

PLACE = {"body_site": "hand", "laterality": "L", "chaperone": "not_needed"}


@pytest.fixture(autouse=True)
def kept_apart(settings: Any, tmp_path: Any) -> None:
    settings.HEARTHLINE_BLOB_DIRECTORY = tmp_path / "blobs"


def send(client: Client, capture: Capture, content: bytes, view: str = "close", key: str = "") -> Any:
    sent = io.BytesIO(content)
    sent.name = "photo.jpg"
    return client.post(
        f"/photos/sets/{capture.pk}/", {"photo": sent, "view": view, "key": key or str(new_id())}
    )


def test_first_agree_then_say_where_then_send(people: People) -> None:
    patient, client = own_patient(people), people.patient.client
    make_text(people)
    address = f"/photos/of/{patient.pk}/"
    assert "We use the photos to look after you." in client.get(address).content.decode()
    assert client.post(address, PLACE).status_code == 422  # not agreed yet
    assert not Capture.objects.exists()
    assert client.post(address, {"agree": "yes"}).status_code == 302
    assert Consent.objects.get(kind="photos").signer_relationship == "self"
    key = str(new_id())
    first, again = (client.post(address, {**PLACE, "key": key}) for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    capture = Capture.objects.get()
    assert send(client, capture, photo(), key="one-photo-once").status_code == 302
    assert send(client, capture, photo(), key="one-photo-once").status_code == 302
    file = File.objects.get()
    assert (file.body_site, file.laterality, file.view) == ("hand", "L", "close")
    examination.examine(file.organization_id, file.pk)
    page = client.get(f"/photos/sets/{capture.pk}/").content.decode()
    assert f"/photos/files/{file.pk}/thumbnail/" in page
    picture = client.get(f"/photos/files/{file.pk}/thumbnail/")
    assert (picture.headers["Content-Type"], picture.headers["Cache-Control"]) == ("image/jpeg", "no-store")
    assert b"".join(picture.streaming_content).startswith(b"\xff\xd8\xff")  # type: ignore[attr-defined]
    done = client.post(
        f"/photos/sets/{capture.pk}/words/", {"words": "It itches.", "send": "yes"}, follow=True
    )
    assert "These would help too" in done.content.decode()
    capture.refresh_from_db()
    assert (capture.words, capture.sent_at is not None) == ("It itches.", True)


def test_an_intimate_photo_says_who_is_there_and_is_veiled(people: People) -> None:
    patient, client = make_photographed(people), people.patient.client
    address = f"/photos/of/{patient.pk}/"
    key = str(new_id())
    refused = client.post(address, {**PLACE, "body_site": "genital", "key": key})
    assert refused.status_code == 422
    assert "Say who is there" in refused.content.decode()
    named = client.post(address, {**PLACE, "body_site": "genital", "chaperone": "present", "key": key})
    assert "Write who is there." in named.content.decode()
    answers = {**PLACE, "body_site": "genital", "chaperone": "present", "chaperone_name": "Mateo", "key": key}
    assert client.post(address, answers).status_code == 302
    capture = Capture.objects.get()
    send(client, capture, photo())
    file = File.objects.get()
    assert (capture.is_sensitive, file.is_sensitive, capture.chaperone_name) == (True, True, "Mateo")
    examination.examine(file.organization_id, file.pk)
    page = client.get(f"/photos/sets/{capture.pk}/").content.decode()
    veil = page[page.index("Show the photo") :]
    assert "thumbnail" in veil[: veil.index("</details>")]
    assert page.count("thumbnail/") == 1


def test_what_is_refused_is_told_beside_its_view(people: People) -> None:
    capture = make_capture(people)
    client = people.patient.client
    assert send(client, capture, b"").status_code == 302
    send(client, capture, attacks()["a program"][0])
    for file in File.objects.all():
        examination.examine(file.organization_id, file.pk)
    page = client.get(f"/photos/sets/{capture.pk}/").content.decode()
    assert "The file is empty." in page
    assert "This kind of file is not taken." in page
    make_file(people, capture=capture)  # for no view that is wanted
    assert "More photos" in client.get(f"/photos/sets/{capture.pk}/").content.decode()
    told = client.get(f"/photos/sets/{capture.pk}/states/").json()["files"]
    assert {one["state"] for one in told} == {"refused", "accepted"}
    assert client.post(f"/photos/sets/{capture.pk}/", {"view": "close"}).status_code == 422


def test_an_attendant_of_the_hub_sends_and_sees_nothing(people: People) -> None:
    patient = make_photographed(people)
    place = Place(body_site="hand", laterality="R")
    physician = people.physician.actor
    here = services.open_capture(
        physician, patient=patient, place=place, key=str(new_id()), site_id=people.site.id
    )
    elsewhere = make_capture(people)
    client = people.attendant.client
    assert send(client, here, photo()).status_code == 302
    file = File.objects.get()
    examination.examine(file.organization_id, file.pk)
    assert "thumbnail/" not in client.get(f"/photos/sets/{here.pk}/").content.decode()
    for address in (
        f"/photos/files/{file.pk}/thumbnail/",
        f"/photos/sets/{elsewhere.pk}/",
        f"/photos/of/{patient.pk}/",
    ):
        assert client.get(address).status_code == 404
    assert people.physician.client.get(f"/photos/files/{file.pk}/preview/").status_code == 200


@pytest.mark.parametrize("form", ["original", "lossless", "anything"])
def test_only_clean_forms_leave_by_these_pages(people: People, form: str) -> None:
    file = make_file(people)
    assert people.physician.client.get(f"/photos/files/{file.pk}/{form}/").status_code == 404


def test_the_page_without_network_is_nobodys(people: People) -> None:
    page = people.patient.client.get("/photos/worker.js")
    assert page.headers["Content-Type"].startswith("text/javascript")
    assert 'credentials: "omit"' in page.content.decode()
    anonymous = Client().get("/photos/outbox/").content.decode()
    assert "Rosa" not in anonymous
    assert "Photos that wait" in anonymous


@pytest.mark.parametrize("site", BodySite.values)
def test_every_place_has_its_views_and_drawings(site: str) -> None:
    views = [wanted.view for wanted in views_for(site)]
    assert {View.REGIONAL, View.CLOSE, View.SCALE} <= set(views)
    drawings = (Path(__file__).parents[1] / "static" / "intake" / "views.svg").read_text()
    assert all(f'id="{wanted.drawing}"' in drawings for wanted in views_for(site))


def test_the_album_shows_all_photos_and_covers_intimate_ones(people: People) -> None:
    plain = make_file(people, capture=make_capture(people))
    private = make_file(
        people, photo(size=(640, 500)), capture=make_capture(people, body_site="genital", chaperone="alone")
    )
    address = f"/photos/of/{plain.patient_id}/album/"
    shown = people.physician.client.get(address).content.decode()
    assert f"/photos/files/{plain.pk}/thumbnail/" in shown
    before, _, after = shown.partition("Covered: show this photo")
    assert f"/photos/files/{private.pk}/thumbnail/" in after
    assert f"/photos/files/{private.pk}/thumbnail/" not in before
    assert people.patient.client.get(address).status_code == 200
    for person in (people.specialist, people.attendant, people.stranger):
        assert person.client.get(address).status_code in (403, 404)
