"""Objects for tests: a patient, a gateway with a root, and files that speak of the patient."""

import gzip
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import data_store
import pydicom
import pydicom.data
from django.test import Client
from pydicom.uid import generate_uid
from requests import PreparedRequest, Response, Session
from requests.adapters import BaseAdapter

from hearthline.directory.models import Patient
from hearthline.directory.tests.stage import make_patient, make_practitioner, treat
from hearthline.imaging.dicom.models import Gateway, Grant
from hearthline.imaging.dicom.services.filing import Outcome
from hearthline.imaging.dicom.services.grants import give, open_gateway
from hearthline.imaging.dicom.services.receive import receive
from tests.people import People

SMALL = Path(pydicom.data.__file__).parent / "test_files"
REAL = Path(data_store.__file__).parent / "data"
EVERY_RIGHT = tuple(Grant.Right)
ORIGIN = "http://testserver"


def sample_files() -> list[Path]:
    """Every DICOM file of pydicom and pydicom-data."""
    return sorted(
        path
        for path in [*SMALL.glob("*.dcm"), *REAL.rglob("*")]
        if path.is_file() and path.stat().st_size > 132
    )


def sample(name: str = "CT_small.dcm") -> pydicom.Dataset:
    """A file of pydicom by its name."""
    place = SMALL if (SMALL / name).exists() else REAL
    return pydicom.dcmread(place / name)


def of_patient(data: pydicom.Dataset, patient: Patient, **values: Any) -> pydicom.Dataset:
    """Say in a header that it is about a patient; UIDs are new unless given."""
    data.PatientName = f"{patient.family_name}^{patient.given_names}"
    data.PatientBirthDate = patient.birth_date.strftime("%Y%m%d")
    data.PatientID = "R-1"
    data.PatientSex = ""
    for name, value in {
        "StudyInstanceUID": generate_uid(),
        "SeriesInstanceUID": generate_uid(),
        "SOPInstanceUID": generate_uid(),
        **values,
    }.items():
        setattr(data, name, value)
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    return data


def written(data: pydicom.Dataset) -> bytes:
    """The bytes of a file."""
    out = io.BytesIO()
    pydicom.dcmwrite(out, data, enforce_file_format=True)
    return out.getvalue()


def take(grant_actor: Any, patient: Patient | None, *files: bytes) -> list[Outcome]:
    """Have files received as if they were stored."""
    content = b"".join(files)
    spans, at = [], 0
    for file in files:
        spans.append((at, len(file)))
        at += len(file)
    return receive(
        grant_actor, content=content, view=memoryview(content), spans=spans, expected=patient, source="test"
    )


@dataclass
class Imaging:
    """A patient in the physician's care, a gateway, and its root on the patient."""

    people: People
    patient: Patient
    gateway: Gateway
    token: str
    grant: Grant

    @property
    def root(self) -> str:
        return f"/dicomweb/grants/{self.grant.pk}"

    @property
    def client(self) -> Client:
        return Client(headers={"Authorization": f"Bearer {self.token}"})


def make_imaging(people: People, rights: tuple[Grant.Right, ...] = EVERY_RIGHT) -> Imaging:
    """Set the stage."""
    patient = make_patient(people, birth_date=date(1958, 3, 4))
    treat(patient, make_practitioner(people.physician))
    administrator = people.administrator.actor
    gateway, token = open_gateway(administrator, name="X-ray room")
    grant = give(administrator, holder=gateway, patient=patient, rights=rights, reason="Radiographs")
    return Imaging(people, patient, gateway, token, grant)


class InProcess(BaseAdapter):
    """Answers the requests library by Django's own client, without a network."""

    def send(self, request: PreparedRequest, *_arguments: Any, **_options: Any) -> Response:
        body = request.body if request.body is not None else b""
        if not isinstance(body, bytes | str):
            body = b"".join(cast("Any", body))
        headers = {
            name: str(value) for name, value in request.headers.items() if name.lower() != "content-length"
        }
        answered = Client().generic(
            str(request.method),
            str(request.path_url),
            body,
            content_type=str(request.headers.get("Content-Type", "")),
            headers=headers,
        )
        response = Response()
        response.status_code = answered.status_code
        response.headers.update(dict(answered.items()))
        content = answered.getvalue() if answered.streaming else answered.content
        response.headers.pop("Content-Encoding", None)
        response.raw = io.BytesIO(_unpacked(content, answered.get("Content-Encoding", "")))
        response.url = str(request.url)
        response.request = request
        return response

    def close(self) -> None:
        """Nothing is open."""


def _unpacked(content: bytes, encoding: str) -> bytes:
    return gzip.decompress(content) if encoding == "gzip" else content


def session_of(token: str) -> Session:
    """A session of the requests library that speaks to Django directly."""
    session = Session()
    session.headers["Authorization"] = f"Bearer {token}"
    session.mount(ORIGIN, InProcess())
    return session
