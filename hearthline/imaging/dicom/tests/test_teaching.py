"""What leaves for teaching tells of nobody: neither its header nor its pixels, and a person has looked at each."""

import io
import zipfile
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from hearthline.audit.models import AuditEntry
from hearthline.directory.tests.stage import watch_audit
from hearthline.imaging.dicom.jobs import make_teaching_files
from hearthline.imaging.dicom.models import Instance, Study, TeachingExport, TeachingImage
from hearthline.imaging.dicom.pixels.deidentify import ACTIONS, clean, new_uid
from hearthline.imaging.dicom.tests.stage import Imaging, make_imaging, of_patient, sample, take, written
from hearthline.imaging.intake.tests.stage import make_capture, make_file
from tests.people import People

CANARY = "CANARY"
# Attributes of a CT of which DICOM PS3.15 table E.1-1 (edition 2026c, read 2026-11-29) says in its Basic Profile column
# that they go (X), are emptied (Z), get a dummy where the object may need one (D), or a new UID (U). A sample of ours,
# written down apart from the file that the program reads.
SAMPLE = {
    "X": "PatientAge PatientComments StudyDescription PatientAddress EthnicGroup OtherPatientIDs PatientWeight"
    " ImageComments RequestingPhysician RequestedProcedureID",
    "Z": "PatientName PatientBirthDate PatientSex AccessionNumber StudyDate StudyTime ReferringPhysicianName StudyID"
    " AcquisitionDate",
    "D": "PatientID InstitutionName OperatorsName StationName DeviceSerialNumber SeriesDate ContentDate ProtocolName"
    " InstanceCreationDate",
    "U": "SOPInstanceUID StudyInstanceUID SeriesInstanceUID FrameOfReferenceUID ReferencedSOPInstanceUID",
}
TELLING = {"DA": "20260102", "TM": "101112", "AS": "068Y", "DS": "81", "UI": "1.2.3.4.5", "CS": "M"}


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> list[AuditEntry]:
    return watch_audit(monkeypatch)


@pytest.fixture
def imaging(people: People) -> Imaging:
    return make_imaging(people)


def telling(imaging: Imaging, **values: Any) -> Dataset:
    """An object that tells of the patient in every way there is."""
    data = of_patient(sample(), imaging.patient, **values)
    data.InstitutionName = data.StudyDescription = data.AccessionNumber = CANARY
    data.PatientComments = data.ImageComments = f"{CANARY} was here"
    data.OperatorsName = data.ReferringPhysicianName = f"{CANARY}^Doctor"
    data.private_block(0x0099, CANARY, create=True).add_new(0x01, "LO", CANARY)
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = (
        "1.2.840.10008.5.1.4.1.1.2",
        data.SOPInstanceUID,
    )
    item.PatientName = f"{CANARY}^Nested"
    data.ReferencedImageSequence = [item]
    return data


def study_of(imaging: Imaging, *files: Dataset) -> Study:
    take(imaging.people.physician.actor, imaging.patient, *(written(data) for data in files))
    return Study.objects.get(patient=imaging.patient, study_uid=files[0].StudyInstanceUID)


def begin(imaging: Imaging, study: Study) -> str:
    address = f"/imaging/patients/{imaging.patient.pk}/studies/{study.pk}/teaching/"
    answer = imaging.people.physician.client.post(address, {"reason": "Course of spring, the patient agreed"})
    return str(answer.headers["Location"])


def fetched(client: Any, place: str) -> list[Dataset]:
    content = b"".join(client.get(f"{place}files/").streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        return [pydicom.dcmread(io.BytesIO(bundle.read(name))) for name in sorted(bundle.namelist())]


def test_a_study_goes_out_without_names_once_every_picture_was_seen(
    imaging: Imaging, audit: list[AuditEntry]
) -> None:
    study_uid, series_uid = generate_uid(), generate_uid()
    files = [
        telling(imaging, StudyInstanceUID=study_uid, SeriesInstanceUID=series_uid, InstanceNumber=number)
        for number in (1, 2, 3)
    ]
    client = imaging.people.physician.client
    place = begin(imaging, study_of(imaging, *files))
    assert client.get(f"{place}images/1/").status_code == 200
    assert client.post(f"{place}release/").status_code == 422  # nobody has looked yet
    audit.clear()
    assert client.post(f"{place}images/1/", {"decision": "clean"}).status_code == 303
    assert [entry.action for entry in audit] == ["teaching_image.clean"]
    assert client.post(f"{place}images/2/", {"decision": "blanked", "boxes": ""}).status_code == 422
    assert client.post(f"{place}images/2/", {"decision": "blanked", "boxes": "0 0 x 4"}).status_code == 422
    blanked = client.post(f"{place}images/2/", {"decision": "blanked", "boxes": "10, 20, 30, 40"})
    assert blanked.headers["Location"] == f"{place}images/2/"
    client.post(f"{place}images/3/", {"decision": "left_out"})
    assert client.post(f"{place}release/").status_code == 303
    export = TeachingExport.objects.get()
    assert client.post(f"{place}images/1/", {"decision": "left_out"}).status_code == 422
    assert client.get(f"{place}files/").status_code == 404
    make_teaching_files(export.organization_id, export_id=str(export.pk))
    first, second = fetched(client, place)
    assert CANARY not in str(first) + str(second)
    for name in (imaging.patient.family_name, imaging.patient.given_names, "1958"):
        assert name not in str(first)
    originals = {str(one) for data in files for one in (data.SOPInstanceUID, study_uid, series_uid)}
    assert not originals & {str(element.value) for element in first.iterall() if element.VR == "UI"}
    assert first.StudyInstanceUID == second.StudyInstanceUID
    assert first.ReferencedImageSequence[0].ReferencedSOPInstanceUID == first.SOPInstanceUID
    assert first.PatientIdentityRemoved == "YES"
    assert [code.CodeValue for code in first.DeidentificationMethodCodeSequence] == ["113100", "113101"]
    assert np.array_equal(first.pixel_array, files[0].pixel_array)
    assert not second.pixel_array[20:60, 10:40].any()
    assert second.pixel_array[61:].any()
    checked = TeachingImage.objects.get(position=2)
    assert checked.decided_by_id == imaging.people.physician.user.id
    assert client.post(f"{place}end/").status_code == 303
    assert client.get(f"{place}files/").status_code == 404


def test_nobody_else_reaches_an_export(imaging: Imaging) -> None:
    people = imaging.people
    place = begin(imaging, study_of(imaging, telling(imaging)))
    for address in (place, f"{place}images/1/", f"{place}images/1/frames/1/", f"{place}files/"):
        assert people.specialist.client.get(address).status_code == 404
        assert people.stranger.client.get(address).status_code == 404
        assert people.patient.client.get(address).status_code == 403
    assert people.specialist.client.post(f"{place}release/").status_code == 404
    assert people.physician.client.get(f"{place}images/2/").status_code == 404
    assert people.physician.client.get(f"{place}images/1/frames/9/").status_code == 404


def test_a_picture_is_shown_with_its_rectangles_blanked(imaging: Imaging) -> None:
    client = imaging.people.physician.client
    place = begin(imaging, study_of(imaging, telling(imaging)))
    before = Image.open(io.BytesIO(client.get(f"{place}images/1/frames/1/").content))
    client.post(f"{place}images/1/", {"decision": "blanked", "boxes": "0, 0, 64, 64"})
    after = Image.open(io.BytesIO(client.get(f"{place}images/1/frames/1/").content))
    assert np.asarray(before)[4:60, 4:60].max() > 60
    assert np.asarray(after)[4:60, 4:60].max() < 16


def test_a_set_of_photos_goes_out_without_names(people: People) -> None:
    capture = make_capture(people)
    make_file(people, capture=capture)
    client = people.physician.client
    place = client.post(f"/imaging/photo-sets/{capture.pk}/teaching/", {"reason": "Skin course"}).headers[
        "Location"
    ]
    assert client.get(f"{place}images/1/frames/1/").content.startswith(b"\xff\xd8\xff")
    client.post(f"{place}images/1/", {"decision": "clean"})
    client.post(f"{place}release/")
    export = TeachingExport.objects.get()
    make_teaching_files(export.organization_id, export_id=str(export.pk))
    (data,) = fetched(client, place)
    assert data.Modality == "XC"
    assert str(capture.patient_id) not in str(data)
    assert "Delgado" not in str(data)
    assert data.pixel_array.ndim == 3


def test_objects_that_are_too_long_to_look_at_are_said(imaging: Imaging) -> None:
    files = [telling(imaging, StudyInstanceUID="1.2.3", InstanceNumber=number) for number in (1, 2)]
    study = study_of(imaging, *files)
    Instance.objects.filter(sop_uid=files[1].SOPInstanceUID).update(frame_count=61)
    place = begin(imaging, study)
    assert TeachingImage.objects.count() == 1
    client = imaging.people.physician.client
    for address in (place, f"/imaging/patients/{imaging.patient.pk}/studies/{study.pk}/teaching/"):
        assert "One object with more than 60 frames stays out of it" in client.get(address).content.decode()


@pytest.mark.parametrize("action", SAMPLE)
def test_attributes_become_what_the_profile_says(action: str) -> None:
    data = Dataset()
    for keyword in SAMPLE[action].split():
        setattr(data, keyword, TELLING.get(dictionary_VR(keyword), CANARY))
    before = {element.keyword: element.value for element in data}
    clean(data, b"key")
    after = {element.keyword: element.value for element in data}
    kept = {keyword for keyword, value in after.items() if value == before[keyword]}
    assert not kept
    assert set(after) == (set() if action == "X" else set(before))
    assert all(not value for value in after.values()) == (action in "XZ")


def test_the_table_is_whole_and_new_uids_cannot_be_undone() -> None:
    assert len(ACTIONS) > 600
    assert ACTIONS["00100010"] == "Z"
    old = "1.2.3.4"
    assert new_uid(old, b"a") == new_uid(old, b"a") != new_uid(old, b"b")
    assert new_uid("1.2.840.10008.1.2.1", b"a") == "1.2.840.10008.1.2.1"
