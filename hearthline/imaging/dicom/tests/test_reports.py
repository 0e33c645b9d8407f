"""A signed answer stands beside its images as a valid structured report, for whoever may see the images."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pydicom
import pytest

from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.models import Grant, Hold, Instance
from hearthline.imaging.dicom.services.grants import give
from hearthline.imaging.dicom.services.reports import Report, file_report, key_file, report_file
from hearthline.imaging.dicom.tests.stage import Imaging, make_imaging, of_patient, sample, take, written
from hearthline.imaging.dicom.tests.test_export import findings
from tests.people import People

WORDS = {
    "findings": "A nodule of 8 mm.\nNo effusion.",
    "assessment": "Benign: señal",
    "plan": "CT in 3 months",
}


@pytest.fixture
def imaging(people: People) -> Imaging:
    return make_imaging(people)


def images_of(imaging: Imaging) -> list[Instance]:
    data = of_patient(sample(), imaging.patient)
    take(imaging.people.physician.actor, imaging.patient, written(data))
    return list(
        Instance.objects.filter(series__study__study_uid=data.StudyInstanceUID).select_related(
            "series__study"
        )
    )


def report(**changes: object) -> Report:
    facts = {
        "id": new_id(),
        "case_id": new_id(),
        "question": "Is this benign?",
        "texts": WORDS,
        "author": "Dr. Tomas Varga",
        "organization": "Harbor Specialists",
        "signed_at": datetime(2026, 3, 4, 15, 30, tzinfo=UTC),
        "is_final": True,
    }
    return Report(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("is_final", [True, False])
def test_the_report_has_no_error_and_no_warning(imaging: Imaging, tmp_path: Path, is_final: bool) -> None:
    content = report_file(imaging.patient, report(is_final=is_final, earlier=[new_id()]), images_of(imaging))
    assert findings(content, tmp_path) == ([], [])
    data = pydicom.dcmread(io.BytesIO(content))
    assert data.PreliminaryFlag == ("FINAL" if is_final else "PRELIMINARY")
    assert "señal" in str(data)
    assert findings(key_file(imaging.patient, report(), images_of(imaging)), tmp_path) == ([], [])


def test_the_report_is_found_under_the_grant_of_its_images_alone(imaging: Imaging) -> None:
    images, others = images_of(imaging), images_of(imaging)
    people, filed = imaging.people, report()
    physician = people.physician.actor
    grant = give(physician, holder=people.specialist.user.id, studies=[images[0].series.study], reason="Case")
    other = give(
        physician, holder=people.specialist.user.id, studies=[others[0].series.study], reason="Other"
    )
    system = Actor.system(people.organization.id, "consults")
    for _twice in range(2):
        file_report(system, patient=imaging.patient, report=filed, images=images)
    assert not Hold.objects.exists()
    assert Instance.objects.count() == 4  # two images, the report, and its key images
    root = f"/dicomweb/grants/{grant.pk}"
    (row,) = people.specialist.client.get(f"{root}/series?Modality=SR").json()
    place = f"{root}/studies/{images[0].series.study.study_uid}/series/{row['0020000E']['Value'][0]}"
    (shown,) = people.specialist.client.get(f"{place}/metadata").json()
    assert shown["00081115" if "00081115" in shown else "0040A375"]["vr"] == "SQ"
    evidence = shown["0040A375"]["Value"][0]["00081115"]["Value"][0]["00081199"]["Value"][0]
    assert evidence["00081155"]["Value"] == [images[0].sop_uid]
    assert people.specialist.client.get(f"/dicomweb/grants/{other.pk}/series?Modality=SR").json() == []
    assert people.nurse.client.get(f"{place}/metadata").status_code == 404
    assert Grant.objects.count() == 3


def test_without_images_nothing_is_filed(imaging: Imaging) -> None:
    system = Actor.system(imaging.people.organization.id, "consults")
    assert file_report(system, patient=imaging.patient, report=report(), images=[]) == []
