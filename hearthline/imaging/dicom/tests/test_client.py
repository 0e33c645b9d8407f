"""Every store, search and retrieve method of dicomweb-client, and delete, against our doors."""

import io
from typing import Any

import numpy as np
import pydicom
import pytest
from dicomweb_client import DICOMwebClient
from PIL import Image
from pydicom.uid import generate_uid
from requests import HTTPError

from hearthline.foundation.blobs import open_blob
from hearthline.imaging.dicom.models import Instance
from hearthline.imaging.dicom.tests.stage import ORIGIN, Imaging, make_imaging, of_patient, sample, session_of
from tests.people import People

MODALITY = "00080060"


class Stage:
    """A client, and two CT instances of one series stored by it."""

    def __init__(self, imaging: Imaging) -> None:
        self.imaging = imaging
        self.client = DICOMwebClient(url=ORIGIN + imaging.root, session=session_of(imaging.token))
        self.study, self.series = generate_uid(), generate_uid()
        self.files = [
            of_patient(
                sample(),
                imaging.patient,
                StudyInstanceUID=self.study,
                SeriesInstanceUID=self.series,
                InstanceNumber=number,
            )
            for number in (1, 2)
        ]
        self.answer = self.client.store_instances(self.files)
        self.uids = [str(file.SOPInstanceUID) for file in self.files]

    @property
    def first(self) -> tuple[str, str, str]:
        return self.study, self.series, self.uids[0]


@pytest.fixture
def stage(people: People) -> Stage:
    return Stage(make_imaging(people))


def test_store(stage: Stage) -> None:
    assert len(stage.answer.ReferencedSOPSequence) == 2
    assert stage.answer.RetrieveURL.endswith(stage.study)
    assert Instance.objects.count() == 2
    again = stage.client.store_instances(stage.files, study_instance_uid=stage.study)
    assert len(again.ReferencedSOPSequence) == 2
    assert Instance.objects.count() == 2


def test_search(stage: Stage) -> None:
    client, study = stage.client, stage.study
    (found,) = client.search_for_studies()
    assert found["0020000D"]["Value"] == [study]
    assert found["00201208"]["Value"] == [2]
    assert found["00080061"]["Value"] == ["CT"]
    for filters in (
        {"PatientName": "delg*"},
        {"PatientName": "DELGADO^ROSA"},
        {"PatientID": "R-1"},
        {"PatientID": "R?1"},
        {"StudyInstanceUID": study},
        {"ModalitiesInStudy": "CT"},
        {"StudyDate": "20040101-20041231"},
        {"StudyDate": "-20041231"},
        {"00080020": "20040119"},
    ):
        assert len(client.search_for_studies(search_filters=filters)) == 1, filters
    for filters in (
        {"PatientName": "ros*"},
        {"PatientID": "R-2"},
        {"StudyDate": "20050101-"},
        {"ModalitiesInStudy": "MR"},
    ):
        assert client.search_for_studies(search_filters=filters) == [], filters
    assert client.search_for_studies(limit=1, offset=1) == []
    assert "00080070" in client.search_for_studies(fields=["Manufacturer"])[0]
    assert len(client.search_for_series(study)) == len(client.search_for_series()) == 1
    assert client.search_for_series(search_filters={"Modality": "CT"})[0][MODALITY]["Value"] == ["CT"]
    assert len(client.search_for_instances(study, stage.series)) == 2
    assert len(client.search_for_instances(study)) == len(client.search_for_instances()) == 2
    assert len(client.search_for_instances(study, search_filters={"InstanceNumber": "2"})) == 1
    assert [row["00200013"]["Value"] for row in client.search_for_instances(study, limit=1, offset=1)] == [
        [2]
    ]


def test_retrieve_metadata(stage: Stage) -> None:
    client = stage.client
    assert len(client.retrieve_study_metadata(stage.study)) == 2
    assert len(client.retrieve_series_metadata(stage.study, stage.series)) == 2
    one = client.retrieve_instance_metadata(*stage.first)
    assert one["00080070"]["Value"] == ["GE MEDICAL SYSTEMS"]
    assert pydicom.Dataset.from_json({k: v for k, v in one.items() if "BulkDataURI" not in v}).Rows == 128


def test_retrieve_objects(stage: Stage) -> None:
    client = stage.client
    assert len(client.retrieve_study(stage.study)) == len(list(client.iter_study(stage.study))) == 2
    assert len(client.retrieve_series(stage.study, stage.series)) == 2
    assert len(list(client.iter_series(stage.study, stage.series))) == 2
    one = client.retrieve_instance(*stage.first)
    assert one.PixelData == stage.files[0].PixelData
    assert one.file_meta.TransferSyntaxUID == stage.files[0].file_meta.TransferSyntaxUID


def test_retrieve_transcoded(stage: Stage) -> None:
    accept = 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.201'
    answer = stage.imaging.client.get(
        "/".join(
            [stage.imaging.root, "studies", stage.study, "series", stage.series, "instances", stage.uids[0]]
        ),
        headers={"Accept": accept},
    )
    content = answer.getvalue()
    start = content.index(b"\r\n\r\n", 2) + 4
    made = pydicom.dcmread(io.BytesIO(content[start:]))
    assert made.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.201"
    assert made.PatientID == "R-1"
    assert len(made.PixelData) < len(stage.files[0].PixelData)


def test_retrieve_frames(stage: Stage) -> None:
    client = stage.client
    (frame,) = client.retrieve_instance_frames(*stage.first, frame_numbers=[1])
    assert frame == stage.files[0].PixelData
    assert list(client.iter_instance_frames(*stage.first, frame_numbers=[1])) == [frame]
    with pytest.raises(HTTPError):
        client.retrieve_instance_frames(*stage.first, frame_numbers=[2])


def test_retrieve_rendered(stage: Stage) -> None:
    client = stage.client
    plain = client.retrieve_instance_rendered(*stage.first, media_types=("image/png",))
    narrow = client.retrieve_instance_rendered(
        *stage.first, media_types=("image/png",), params={"window": "0,100,linear"}
    )
    pictures = [np.asarray(Image.open(io.BytesIO(content))) for content in (plain, narrow)]
    assert pictures[0].shape == (128, 128)
    assert (pictures[0] != pictures[1]).mean() > 0.2
    values = stage.files[0].pixel_array.astype(int) - 1024
    assert (pictures[1][values < -60] == 0).all()
    assert (pictures[1][values > 60] == 255).all()
    low = client.retrieve_instance_rendered(
        *stage.first, media_types=("image/jpeg",), params={"quality": "20"}
    )
    high = client.retrieve_instance_rendered(
        *stage.first, media_types=("image/jpeg",), params={"quality": "95"}
    )
    assert len(low) < len(high)
    assert client.retrieve_series_rendered(stage.study, stage.series, media_types=("image/jpeg",))
    drawn = client.retrieve_instance_frames_rendered(
        *stage.first, frame_numbers=[1], media_types=("image/png",)
    )
    assert np.asarray(Image.open(io.BytesIO(drawn))).shape == (128, 128)


def test_retrieve_bulk_data(stage: Stage) -> None:
    client = stage.client
    metadata = client.retrieve_instance_metadata(*stage.first)
    address = metadata["00431029"]["BulkDataURI"]
    private = stage.files[0][0x0043, 0x1029].value
    assert client.retrieve_bulkdata(address) == [private]
    assert list(client.iter_bulkdata(address)) == [private]
    assert client.retrieve_bulkdata(address, byte_range=(10, 19)) == [private[10:20]]
    assert client.retrieve_bulkdata(metadata["7FE00010"]["BulkDataURI"]) == [stage.files[0].PixelData]


@pytest.mark.parametrize(("level", "left"), [(1, 0), (2, 0), (3, 1)])
def test_delete_retracts(stage: Stage, level: int, left: int) -> None:
    methods: dict[int, Any] = {
        1: stage.client.delete_study,
        2: stage.client.delete_series,
        3: stage.client.delete_instance,
    }
    methods[level](*stage.first[:level])
    shown: Any = stage.client.search_for_instances()
    assert len(shown) == left
    assert len(stage.client.search_for_studies()) == left
    kept = Instance.objects.filter(retracted_at__isnull=False)
    assert kept.count() == 2 - left
    assert open_blob(kept[0].organization_id, kept[0].sha256).read()[128:132] == b"DICM"
