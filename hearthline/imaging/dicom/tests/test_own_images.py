"""Patients look at their own images, by their own root; nobody else's exist there."""

import pytest
from django.urls import reverse

from hearthline.directory.tests.stage import make_caregiver, make_patient, own_patient
from hearthline.imaging.dicom.models import Study
from hearthline.imaging.dicom.tests.stage import make_imaging, of_patient, sample, take, written
from tests.people import People


@pytest.fixture
def study(people: People) -> Study:
    make_imaging(people)
    patient = own_patient(people)
    data = of_patient(sample(), patient)
    take(people.physician.actor, patient, written(data))
    return Study.objects.get(study_uid=data.StudyInstanceUID)


def test_a_patient_sees_their_own_images(people: People, study: Study) -> None:
    client, patient_id = people.patient.client, study.patient_id
    listed = client.get(reverse("dicom:own_images", args=[patient_id])).content.decode()
    viewer = reverse("dicom:own_viewer", args=[patient_id, study.pk])
    assert viewer in listed
    assert client.get(viewer).status_code == 200
    root = f"/dicomweb/patients/{patient_id}/studies"
    assert len(client.get(root).json()) == 1
    assert client.get(f"{root}/{study.study_uid}/metadata").status_code == 200
    assert client.post(root, b"", content_type="application/dicom").status_code == 401


def test_nobody_elses_images_are_there(people: People, study: Study) -> None:
    other = make_patient(people, "Ada", "Marsh")
    data = of_patient(sample(), other)
    take(people.physician.actor, other, written(data))
    client = people.patient.client
    assert client.get(reverse("dicom:own_images", args=[other.pk])).status_code == 404
    assert client.get(f"/dicomweb/patients/{other.pk}/studies").status_code == 404
    assert (
        client.get(f"/dicomweb/patients/{study.patient_id}/studies/{data.StudyInstanceUID}").status_code
        == 404
    )
    assert people.stranger.client.get(f"/dicomweb/patients/{study.patient_id}/studies").status_code == 404


@pytest.mark.parametrize(("may_see_record", "status"), [(True, 200), (False, 404)])
def test_a_caregiver_sees_them_with_the_record(
    people: People, study: Study, may_see_record: bool, status: int
) -> None:
    assert study.patient is not None
    make_caregiver(study.patient, people.caregiver, may_see_record=may_see_record)
    address = reverse("dicom:own_images", args=[study.patient_id])
    assert people.caregiver.client.get(address).status_code == status
    assert people.caregiver.client.get(f"/dicomweb/patients/{study.patient_id}/studies").status_code == status
