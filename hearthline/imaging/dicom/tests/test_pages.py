"""The pages of images as people use them: machines, shares, corrections, photos as objects."""

import io
from datetime import timedelta
from typing import Any

import pydicom
import pytest

from hearthline.audit.models import AuditEntry
from hearthline.directory.tests.stage import make_patient, watch_audit
from hearthline.foundation import clock
from hearthline.imaging.dicom.models import Gateway, Grant, Hold, Study
from hearthline.imaging.dicom.tests.stage import Imaging, make_imaging, of_patient, sample, take, written
from hearthline.imaging.intake.tests.hostile import photo
from hearthline.imaging.intake.tests.stage import make_file
from tests.people import People

LET_IN = {"name": "CT room", "calling_ae": "CT1", "called_ae": "RIVER", "address": "10.0.0.7"}


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> list[AuditEntry]:
    return watch_audit(monkeypatch)


@pytest.fixture
def imaging(people: People) -> Imaging:
    return make_imaging(people)


def study_of(imaging: Imaging) -> Study:
    data = of_patient(sample(), imaging.patient)
    take(imaging.people.physician.actor, imaging.patient, written(data))
    return Study.objects.get(study_uid=data.StudyInstanceUID, patient=imaging.patient)


def token_in(page: Any) -> str:
    return str(page.content.decode().split('<code dir="ltr">')[1].split("</code>")[0])


def test_an_administrator_lets_a_machine_in_and_closes_it(
    people: People, imaging: Imaging, audit: list[AuditEntry]
) -> None:
    study = study_of(imaging)
    client = people.administrator.client
    shown = client.post("/administration/imaging/add/", LET_IN)
    token = token_in(shown)
    gateway = Gateway.objects.get(name="CT room")
    place = f"/administration/imaging/{gateway.pk}/"
    assert token not in client.get(place).content.decode()
    audit.clear()
    given = client.post(
        f"{place}roots/",
        {"root-rights": ["read"], "root-reason": "The viewer upstairs", "root-ends_at": ""},
    )
    assert given.status_code == 303
    assert [entry.action for entry in audit] == ["imaging_grant.given"]
    root = f"/dicomweb/grants/{Grant.objects.get(gateway=gateway).pk}"
    header = {"Authorization": f"Bearer {token}"}
    assert len(imaging.client.get(f"{root}/studies", headers=header).json()) == 1
    fresh = token_in(client.post(f"{place}token/"))
    assert imaging.client.get(f"{root}/studies", headers=header).status_code == 401
    header = {"Authorization": f"Bearer {fresh}"}
    assert imaging.client.get(f"{root}/studies/{study.study_uid}/metadata", headers=header).status_code == 200
    assert client.post(f"{place}close/").status_code == 303
    assert imaging.client.get(f"{root}/studies", headers=header).status_code == 401
    assert "CT room" in client.get("/administration/imaging/").content.decode()


def test_titles_and_address_come_together_and_once(people: People, imaging: Imaging) -> None:
    client = people.administrator.client
    assert client.post("/administration/imaging/add/", {**LET_IN, "address": ""}).status_code == 422
    assert client.post("/administration/imaging/add/", LET_IN).status_code == 200
    again = client.post("/administration/imaging/add/", {**LET_IN, "name": "CT room two"})
    assert again.status_code == 422
    assert b"these titles already" in again.content
    gateway = Gateway.objects.get(name="CT room")
    place = f"/administration/imaging/{gateway.pk}/"
    assert client.post(place, {**LET_IN, "called_ae": "LAKE"}).status_code == 303
    gateway.refresh_from_db()
    assert gateway.called_ae == "LAKE"
    assert people.physician.client.get(place).status_code == 403
    assert people.stranger.client.get(place).status_code == 403


def test_images_are_shared_with_a_person_until_it_is_ended(
    people: People, imaging: Imaging, audit: list[AuditEntry]
) -> None:
    first, second = study_of(imaging), study_of(imaging)
    place = f"/imaging/patients/{imaging.patient.pk}/shares/"
    wanted = {"holder": str(people.specialist.user.pk), "studies": [str(first.pk)], "reason": "A second look"}
    assert people.specialist.client.get(place).status_code == 404  # the patient is not in their care
    yesterday = (clock.now() - timedelta(days=2)).date().isoformat()
    assert people.physician.client.post(place, {**wanted, "ends_at": yesterday}).status_code == 422
    assert people.physician.client.post(place, wanted).status_code == 303
    grant = Grant.objects.get(user=people.specialist.user)
    own = f"/imaging/shared/{grant.pk}/"
    assert "A second look" in people.specialist.client.get("/imaging/shared/").content.decode()
    page = people.specialist.client.get(own).content.decode()
    assert (str(first.pk) in page, str(second.pk) in page) == (True, False)
    audit.clear()
    assert people.specialist.client.get(f"{own}studies/{first.pk}/").status_code == 200
    assert [(entry.action, entry.patient_id) for entry in audit] == [
        ("imaging_study.opened", imaging.patient.pk)
    ]
    assert people.specialist.client.get(f"{own}studies/{second.pk}/").status_code == 404
    assert people.nurse.client.get(own).status_code == 404
    assert "A second look" in people.physician.client.get(place).content.decode()
    end = f"/imaging/shares/{grant.pk}/end/"
    assert people.specialist.client.post(end).status_code == 404
    assert people.stranger.client.post(end).status_code == 404
    assert people.physician.client.post(end).status_code == 303
    assert people.specialist.client.get(own).status_code == 404


def test_a_study_of_somebody_else_is_held_moved_and_brought_back(people: People, imaging: Imaging) -> None:
    study = study_of(imaging)
    place = f"/imaging/patients/{imaging.patient.pk}/studies/{study.pk}/"
    assert people.specialist.client.post(f"{place}correct/").status_code == 404
    asked = people.physician.client.post(
        f"{place}correct/", {"what": "question", "reason": "The tattoo is not hers"}
    )
    hold = Hold.objects.get()
    assert asked.headers["Location"] == f"/imaging/held/{hold.pk}/"
    assert people.physician.client.get(place).status_code == 404
    assert imaging.client.get(f"{imaging.root}/studies").json() == []
    assert b"another patient" in people.nurse.client.get(asked.headers["Location"]).content
    back = {"decision": "accept", "reason": "It is hers: asked"}
    assert people.physician.client.post(asked.headers["Location"], back).status_code == 303
    assert people.physician.client.get(place).status_code == 200
    assert len(imaging.client.get(f"{imaging.root}/studies").json()) == 1
    people.physician.client.post(f"{place}correct/", {"what": "question", "reason": "And yet not"})
    hold.refresh_from_db()
    assert hold.state == Hold.State.OPEN
    assert people.physician.client.get(place).status_code == 404


def test_a_study_is_taken_back_and_shown_again(
    people: People, imaging: Imaging, audit: list[AuditEntry]
) -> None:
    study = study_of(imaging)
    images = f"/imaging/patients/{imaging.patient.pk}/"
    place = f"{images}studies/{study.pk}/"
    audit.clear()
    gone = people.physician.client.post(f"{place}correct/", {"what": "take_back", "reason": "Blurred"})
    assert gone.status_code == 303
    assert [(entry.action, entry.reason) for entry in audit] == [("imaging_study.retracted", "Blurred")]
    assert people.physician.client.get(place).status_code == 404
    assert f"{place}correct/" in people.physician.client.get(images).content.decode()
    assert (
        people.physician.client.post(f"{place}correct/", {"what": "take_back", "reason": "x"}).status_code
        == 422
    )
    people.physician.client.post(f"{place}correct/", {"what": "restore", "reason": "The only one there is"})
    assert people.physician.client.get(place).status_code == 200


def test_a_photo_is_given_as_an_object(people: People, audit: list[AuditEntry]) -> None:
    file = make_file(people)
    place = f"/imaging/photos/{file.pk}/photograph/"
    audit.clear()
    answer = people.physician.client.get(place)
    assert [entry.action for entry in audit] == ["photo.exported"]
    assert answer.headers["Content-Type"] == "application/dicom"
    data = pydicom.dcmread(io.BytesIO(answer.content))
    assert data.Modality == "XC"
    assert data.PatientID == str(file.patient_id)
    other = people.physician.client.get(f"/imaging/photos/{file.pk}/dermoscopy/")
    assert pydicom.dcmread(io.BytesIO(other.content)).Modality == "DMS"
    assert people.physician.client.get(f"/imaging/photos/{file.pk}/painting/").status_code == 404
    for other_person, status in ((people.specialist, 404), (people.stranger, 404), (people.patient, 403)):
        assert other_person.client.get(place).status_code == status
    waiting = make_file(people, photo(), is_examined=False)
    assert people.physician.client.get(f"/imaging/photos/{waiting.pk}/photograph/").status_code == 422


def test_what_does_not_exist_is_not_corrected(people: People, imaging: Imaging) -> None:
    study, other = study_of(imaging), make_patient(people, "Ada", "Marsh")
    address = f"/imaging/patients/{other.pk}/studies/{study.pk}/correct/"
    assert people.physician.client.get(address).status_code == 404
