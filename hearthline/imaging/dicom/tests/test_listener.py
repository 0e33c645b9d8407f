"""DCMTK's storescu and Orthanc send to the listener, as real machines do."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.uid import generate_uid

from hearthline.imaging.dicom.listener import Listener
from hearthline.imaging.dicom.models import Grant, Hold, Instance, Study
from hearthline.imaging.dicom.services.grants import close_gateway, give, open_gateway
from hearthline.imaging.dicom.tests import orthanc
from hearthline.imaging.dicom.tests.stage import SMALL, Imaging, make_imaging, of_patient, sample, written
from hearthline.tenancy.context import acting_in
from tests.people import People

STORESCU = "/usr/bin/storescu"  # by full path: pynetdicom has a script of this name


@pytest.fixture
def imaging(committed: None, people: People) -> Imaging:
    with acting_in(people.organization.id):
        imaging = make_imaging(people)
        gateway, _token = open_gateway(
            people.administrator.actor, name="CT", calling_ae="CT1", called_ae="RIVER", address="127.0.0.1"
        )
        give(people.administrator.actor, holder=gateway, rights=[Grant.Right.STORE], reason="Radiographs")
        imaging.gateway = gateway
    return imaging


@pytest.fixture
def port(imaging: Imaging) -> Iterator[int]:
    listener = Listener()
    yield listener.start("127.0.0.1", 0)
    listener.stop()


def send(port: int, *files: Path, calling: str = "CT1", called: str = "RIVER") -> int:
    return subprocess.run(
        [STORESCU, "-aet", calling, "-aec", called, "-R", "127.0.0.1", str(port), *map(str, files)],
        env={**os.environ, "TCP_NODELAY": "1"},
        capture_output=True,
        timeout=60,
        check=False,
    ).returncode


def test_storescu_and_orthanc_send(imaging: Imaging, port: int, tmp_path: Path) -> None:
    files = []
    study = generate_uid()
    for number in (1, 2):
        files.append(tmp_path / f"{number}.dcm")
        files[-1].write_bytes(written(of_patient(sample(), imaging.patient, StudyInstanceUID=study)))
    files.append(SMALL / "MR_small.dcm")  # of somebody nobody knows
    assert send(port, *files) == 0
    assert send(port, *files) == 0
    with acting_in(imaging.people.organization.id):
        assert Study.objects.get(patient=imaging.patient).instance_count == 2
        assert Hold.objects.get().differences == ["unknown"]
        assert set(Instance.objects.values_list("source", flat=True)) == {"CT1"}
    settings = {"DicomModalities": {"ours": ["RIVER", "127.0.0.1", port]}, "DicomAet": "CT1"}
    with orthanc.running(**settings) as peer:
        third = peer.store(written(of_patient(sample("JPEG2000.dcm"), imaging.patient)))
        answer = peer.rest.post("/modalities/ours/store", json={"Resources": [third], "Synchronous": True})
        assert answer.status_code == 200, peer.log()
    with acting_in(imaging.people.organization.id):
        assert Study.objects.filter(patient=imaging.patient).count() == 2


def test_others_are_rejected(imaging: Imaging, port: int) -> None:
    file = SMALL / "CT_small.dcm"
    assert send(port, file, calling="CT2") != 0
    assert send(port, file, called="LAKE") != 0
    with acting_in(imaging.people.organization.id):
        close_gateway(imaging.people.administrator.actor, gateway=imaging.gateway)
    assert send(port, file) != 0
    with acting_in(imaging.people.organization.id):
        assert not Instance.objects.exists()
