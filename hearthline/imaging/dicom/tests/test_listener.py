"""DCMTK's storescu and Orthanc send to the listener, as real machines do."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from hearthline.foundation import clock
from hearthline.imaging.dicom import listener as listening
from hearthline.imaging.dicom.listener import Listener, tls_context
from hearthline.imaging.dicom.models import Grant, Hold, Instance, Study
from hearthline.imaging.dicom.services import filing
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


def send(
    port: int, *files: Path, calling: str = "CT1", called: str = "RIVER", options: Sequence[str] = ()
) -> int:
    return subprocess.run(
        [STORESCU, *options, "-aet", calling, "-aec", called, "-R", "127.0.0.1", str(port), *map(str, files)],
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


@dataclass
class Papers:
    """Certificates: an authority's, the listener's, a machine's, and one that nobody vouches for."""

    directory: Path

    def path(self, name: str, kind: str) -> str:
        return str(self.directory / f"{name}.{kind}")

    def make(self, name: str, by: tuple[ec.EllipticCurvePrivateKey, x509.Name] | None = None) -> Any:
        key = ec.generate_private_key(ec.SECP256R1())
        own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer, issuer = by or (key, own)
        made = (
            x509.CertificateBuilder()
            .subject_name(own)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(clock.now() - timedelta(days=1))
            .not_valid_after(clock.now() + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(signer, hashes.SHA256())
        )
        form = serialization.Encoding.PEM
        Path(self.path(name, "crt")).write_bytes(made.public_bytes(form))
        plain = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        Path(self.path(name, "key")).write_bytes(plain)
        return key, own

    def options(self, name: str) -> list[str]:
        """How storescu is told to use a certificate, and to ask the other side for one of the authority."""
        return ["+tls", self.path(name, "key"), self.path(name, "crt"), "+cf", self.path("authority", "crt")]


def test_storescu_sends_by_tls_with_a_certificate_that_the_authority_gave(
    imaging: Imaging, settings: Any, tmp_path: Path
) -> None:
    papers = Papers(tmp_path)
    authority = papers.make("authority")
    for name in ("listener", "machine"):
        papers.make(name, authority)
    papers.make("nobody")
    settings.DICOM_CERTIFICATE = papers.path("listener", "crt")
    settings.DICOM_CERTIFICATE_KEY = papers.path("listener", "key")
    settings.DICOM_CLIENT_AUTHORITY = papers.path("authority", "crt")
    file = tmp_path / "one.dcm"
    file.write_bytes(written(of_patient(sample(), imaging.patient)))
    listener = Listener()
    port = listener.start("127.0.0.1", 0, tls_context())
    try:
        assert send(port, file) != 0  # in the clear
        assert send(port, file, options=papers.options("nobody")) != 0
        assert send(port, file, options=papers.options("machine"), calling="CT2") != 0
        with acting_in(imaging.people.organization.id):
            assert not Instance.objects.exists()
        assert send(port, file, options=papers.options("machine")) == 0
    finally:
        listener.stop()
    with acting_in(imaging.people.organization.id):
        assert Study.objects.get(patient=imaging.patient).instance_count == 1


def test_a_series_is_told_of_at_its_beginning_and_at_the_end_of_the_association(
    imaging: Imaging, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[Any, int]] = []
    for module in (filing, listening):
        monkeypatch.setattr(
            module,
            "publish",
            lambda *events: told.extend((one.study_id, one.instance_count) for one in events),
        )
    study, series, files = generate_uid(), generate_uid(), []
    for number in range(5):
        place = {"StudyInstanceUID": study, "SeriesInstanceUID": series, "InstanceNumber": number}
        files.append(tmp_path / f"{number}.dcm")
        files[-1].write_bytes(written(of_patient(sample(), imaging.patient, **place)))
    assert send(port, *files) == 0
    deadline = time.monotonic() + 10
    while len(told) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    with acting_in(imaging.people.organization.id):
        kept = Study.objects.get(study_uid=study)
        assert (kept.instance_count, kept.series_count, kept.modalities) == (5, 1, ["CT"])
        assert told == [(kept.pk, 1), (kept.pk, 4)]


def test_a_bad_object_takes_no_other_of_its_association_with_it(
    imaging: Imaging, port: int, tmp_path: Path
) -> None:
    files = []
    for number in range(3):
        data = of_patient(sample(), imaging.patient)
        if number == 1:
            item: Dataset = Dataset()
            for _depth in range(40):
                outer = Dataset()
                outer.add_new(0x00081115, "SQ", [item])
                item = outer
            data.add_new(0x00081115, "SQ", [item])
        files.append(tmp_path / f"{number}.dcm")
        files[-1].write_bytes(written(data))
    assert send(port, *files, options=["-nh"]) in {0, 65}
    with acting_in(imaging.people.organization.id):
        assert Instance.objects.count() == 2


def test_others_are_rejected(imaging: Imaging, port: int) -> None:
    file = SMALL / "CT_small.dcm"
    assert send(port, file, calling="CT2") != 0
    assert send(port, file, called="LAKE") != 0
    with acting_in(imaging.people.organization.id):
        close_gateway(imaging.people.administrator.actor, gateway=imaging.gateway)
    assert send(port, file) != 0
    with acting_in(imaging.people.organization.id):
        assert not Instance.objects.exists()
