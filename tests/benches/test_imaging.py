"""``./run bench imaging``: DICOM in and out with authorization and audit on, Orthanc beside it in the same run."""

import hashlib
import http.client
import json
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pydicom
import pytest
from django.db import connection
from pydicom.uid import generate_uid

from hearthline.directory.models import Patient
from hearthline.directory.tests.stage import make_patient
from hearthline.imaging.dicom import rules
from hearthline.imaging.dicom.models import Grant, Instance, Series, Study
from hearthline.imaging.dicom.parsing.child import read_file
from hearthline.imaging.dicom.services.grants import give, open_gateway
from hearthline.imaging.dicom.services.identities import identifier_index, identity_index
from hearthline.imaging.dicom.tests import orthanc
from hearthline.imaging.dicom.tests.stage import EVERY_RIGHT, REAL, of_patient, sample, written
from hearthline.tenancy.context import acting_in
from tests.bench import Measure
from tests.benches.cpu import parent_of, seconds_of
from tests.browser.installation import Installation, free_port, prepared
from tests.people import People
from tests.unix_http import UnixConnection

pytestmark = [pytest.mark.bench, pytest.mark.slow]
INSTANCES, PER_REQUEST, SENDERS = 400, 10, 2
SERIES = 25
STUDIES, TINY, PER_SMALL_REQUEST = 3000, 500, 50
ASKED = 60
STORESCU = "/usr/bin/storescu"
Connect = Callable[[], http.client.HTTPConnection]


@dataclass
class Side:
    """One server: how to connect, under which root, and with what in the header."""

    connect: Connect
    root: str
    headers: dict[str, str]
    roots: Callable[[], list[int]]  # the processes that do its work, with all below them

    def cost(self, work: Callable[[], float], count: int) -> tuple[float, float]:
        """Return the time (which the work tells in seconds) and processor time for each of ``count`` things, in ms."""
        before = seconds_of(self.roots())
        seconds = work()
        return 1000 * seconds / count, 1000 * (seconds_of(self.roots()) - before) / count

    def ask(self, connection: http.client.HTTPConnection, path: str, accept: str) -> bytes:
        """Get something, and be sure that it came."""
        connection.request("GET", self.root + path, headers={**self.headers, "Accept": accept})
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, (path, answer.status, content[:200])
        return content

    def p50(self, path: str, accept: str) -> float:
        """Return the median of many, in milliseconds; the first is not counted."""
        connection = self.connect()
        took = []
        for _ in range(ASKED + 1):
            started = time.perf_counter()
            self.ask(connection, path, accept)
            took.append(1000 * (time.perf_counter() - started))
        connection.close()
        return statistics.median(took[1:])

    def stow(self, bodies: Sequence[bytes], senders: int = SENDERS) -> float:
        """Send all bodies over some connections; return the seconds."""
        waiting = list(bodies)
        faults: list[Any] = []

        def send() -> None:
            connection = self.connect()
            while waiting:
                try:
                    body = waiting.pop()
                except IndexError:
                    break
                kind = 'multipart/related; type="application/dicom"; boundary=part'
                headers = {**self.headers, "Content-Type": kind, "Accept": "application/dicom+json"}
                connection.request("POST", f"{self.root}/studies", body, headers)
                answer = connection.getresponse()
                content = answer.read()
                if answer.status != 200:
                    faults.append((answer.status, content[:300]))
            connection.close()

        threads = [threading.Thread(target=send) for _ in range(senders)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults, faults[0]
        return time.perf_counter() - started


def body_of(files: Sequence[bytes]) -> bytes:
    parts = [b"--part\r\nContent-Type: application/dicom\r\n\r\n" + file + b"\r\n" for file in files]
    return b"".join(parts) + b"--part--\r\n"


def bodies_of(files: Sequence[bytes], count: int) -> list[bytes]:
    return [body_of(files[at : at + count]) for at in range(0, len(files), count)]


def slices(patients: Sequence[Patient]) -> Iterator[tuple[str, str, bytes]]:
    """CT slices of 512 x 512 in series of 25: study, series and file."""
    data = pydicom.dcmread(next(path for path in REAL.rglob("693_UNCI*")))
    for number in range(INSTANCES):
        if number % SERIES == 0:
            study, series = generate_uid(), generate_uid()
            patient = patients[number // SERIES % len(patients)]
        of_patient(
            data, patient, StudyInstanceUID=study, SeriesInstanceUID=series, InstanceNumber=number % SERIES
        )
        data.PatientID = f"B-{patient.given_names}"
        yield study, series, written(data)


def tiny(patients: Sequence[Patient]) -> Iterator[bytes]:
    """Studies of one small instance each."""
    data = sample("CT_small.dcm")
    data.PixelData, data.Rows, data.Columns = bytes(32), 4, 4
    for number in range(STUDIES):
        of_patient(
            data, patients[number % len(patients)], StudyDate=f"20{10 + number % 15}0{1 + number % 9}15"
        )
        data.PatientID = f"B-{patients[number % len(patients)].given_names}"
        yield written(data)


@dataclass
class Bench:
    """Both servers, the machine's titles at ours, and the patients of the files."""

    ours: Side
    theirs: Side
    installation: Installation
    dicom_ports: tuple[int, int]
    patients: list[Patient]


@pytest.fixture
def bench(committed: None, people: People) -> Iterator[Bench]:
    with acting_in(people.organization.id):
        names = [chr(ord("A") + number) * 3 for number in range(20)]
        patients = [make_patient(people, name, "Bench") for name in names]
        administrator = people.administrator.actor
        gateway, token = open_gateway(
            administrator, name="Bench", calling_ae="BENCH", called_ae="OURS", address="127.0.0.1"
        )
        grant = give(administrator, holder=gateway, rights=EVERY_RIGHT, reason="Bench")
        assert grant.covers == Grant.Covers.EVERYTHING
    with running(token, f"/dicomweb/grants/{grant.pk}", patients) as made:
        yield made


@contextmanager
def running(token: str, root: str, patients: list[Patient]) -> Iterator[Bench]:
    with prepared() as installation, orthanc.running() as peer:
        port = free_port()
        installation.environment |= {"HEARTHLINE_DICOM_PORT": str(port)}
        for name in ("dicomweb", "dicom"):
            installation.start(name)
        wait_for(installation, "dicomweb")
        address = peer.rest.base_url
        path = installation.socket("dicomweb")
        database = parent_of(backend_of_this_test())
        ours = Side(
            lambda: UnixConnection(path),
            root,
            {"Authorization": f"Bearer {token}"},
            lambda: [database, *(process.pid for process in installation.running.values())],
        )
        theirs = Side(
            lambda: http.client.HTTPConnection(address.host, address.port),
            "/dicom-web",
            {},
            lambda: [peer.pid],
        )
        yield Bench(ours, theirs, installation, (port, peer.dicom_port), patients)


def backend_of_this_test() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def wait_for(installation: Installation, name: str) -> None:
    """Wait for a process, twice as long as a test does: the machine may be busy before it is measured."""
    try:
        installation.wait_alone(name)
    except TimeoutError:
        installation.wait_alone(name)


def c_store(port: int, files: Sequence[Path], called: str) -> float:
    """Send files by DCMTK in one association, without Nagle's delay; return the seconds."""
    command = [STORESCU, "-aet", "BENCH", "-aec", called, "127.0.0.1", str(port), *map(str, files)]
    started = time.perf_counter()
    subprocess.run(command, env={**os.environ, "TCP_NODELAY": "1"}, check=True, capture_output=True)
    return time.perf_counter() - started


def test_imaging(bench: Bench, measured: Measure, tmp_path: Path) -> None:
    made = list(slices(bench.patients))
    bodies = bodies_of([file for _study, _series, file in made], PER_REQUEST)
    warm = bodies_of(list(tiny(bench.patients))[:8], 2)
    for side in (bench.ours, bench.theirs):
        side.stow(warm)
    compare_stow(bench, measured, bodies)
    compare_reads(bench, measured, made[0][0], made[0][1])
    files = [tmp_path / f"{number}.dcm" for number in range(INSTANCES)]
    for path, (_study, _series, content) in zip(files, slices(bench.patients), strict=True):
        path.write_bytes(content)
    compare_c_store(bench, measured, files)
    small = list(tiny(bench.patients))
    sent = bodies_of(small[:TINY], PER_SMALL_REQUEST)
    each = [1000 * side.stow(sent, 1) / TINY for side in (bench.ours, bench.theirs)]
    measured(f"STOW, {TINY} tiny studies: ours against Orthanc", each[0], each[1], "ms each")
    bench.theirs.stow(bodies_of(small[TINY:], PER_SMALL_REQUEST))
    with acting_in(bench.patients[0].organization_id):
        fill(bench.patients, small[TINY:])
    compare_searches(bench, measured)


def compare_stow(bench: Bench, measured: Measure, bodies: Sequence[bytes]) -> None:
    ours, theirs = (side.cost(partial(side.stow, bodies), INSTANCES) for side in (bench.ours, bench.theirs))
    measured("STOW, 526 KB, 10 a request: ours against the bar (200/s)", ours[0], 5, "ms each")
    compare(measured, "STOW", ours, theirs)


def compare_c_store(bench: Bench, measured: Measure, files: Sequence[Path]) -> None:
    ours, theirs = (
        side.cost(partial(c_store, port, files, called), INSTANCES)
        for side, port, called in zip(
            (bench.ours, bench.theirs), bench.dicom_ports, ("OURS", "ORTHANC"), strict=True
        )
    )
    measured("C-STORE, one association: ours against the bar (150/s)", ours[0], 1000 / 150, "ms each")
    compare(measured, "C-STORE", ours, theirs)


def compare(measured: Measure, what: str, ours: tuple[float, float], theirs: tuple[float, float]) -> None:
    """Note both times. That of the processor holds on a busy machine too; ours is that of our database with it."""
    measured(f"{what}: ours against Orthanc", ours[0], theirs[0], "ms each")
    measured(f"{what}, processor time: ours against Orthanc", ours[1], theirs[1], "ms each")


def fill(patients: Sequence[Patient], files: Sequence[bytes]) -> None:
    """Put studies there without sending them: the searches look at rows alone."""
    by_name = {f"Bench^{patient.given_names}": patient for patient in patients}
    studies, series, instances = [], [], []
    for content in files:
        facts, metadata = read_file(memoryview(content))
        header = json.loads(metadata)
        columns, patient = rules.study_columns(header), by_name[header["00100010"]["Value"][0]["Alphabetic"]]
        place = {"organization_id": patient.organization_id}
        index = identifier_index(patient.organization_id, columns["patient_identifier"])
        counts = {"series_count": 1, "instance_count": 1, "modalities": ["CT"]}
        identity = identity_index(patient.organization_id, rules.identity_of(header))
        keys = {"patient": patient, "identity_index": identity, "patient_identifier_index": index}
        studies.append(Study(**place, **columns, **counts, **keys))
        series.append(Series(**place, study=studies[-1], instance_count=1, **rules.series_columns(header)))
        file = {"transfer_syntax": facts["syntax"], "sha256": hashlib.sha256(content).hexdigest()}
        kept = {**file, "size": len(content), "metadata": metadata.decode()}
        instances.append(Instance(**place, series=series[-1], **kept, **rules.instance_columns(header)))
    Study.objects.bulk_create(studies)
    Series.objects.bulk_create(series)
    Instance.objects.bulk_create(instances)


def compare_reads(bench: Bench, measured: Measure, study: str, series: str) -> None:
    place = f"/studies/{study}/series/{series}"
    connection = bench.ours.connect()
    rows = json.loads(bench.ours.ask(connection, f"{place}/instances", "application/dicom+json"))
    one = f"{place}/instances/{rows[0]['00080018']['Value'][0]}"
    octets = 'multipart/related; type="application/octet-stream"'
    objects = 'multipart/related; type="application/dicom"'
    for what, path, accept, bar in (
        ("series metadata of 25", f"{place}/metadata", "application/dicom+json", 5),
        ("instance of 526 KB", one, objects, 0),
        ("frame", f"{one}/frames/1", octets, 0),
        ("rendered JPEG", f"{one}/rendered", "image/jpeg", 0),
    ):
        ours, theirs = (side.p50(path, accept) for side in (bench.ours, bench.theirs))
        if bar:
            measured(f"{what}, p50: ours against the bar", ours, bar, "ms")
        measured(f"{what}, p50: ours against Orthanc", ours, theirs, "ms")
    connection.close()
    measured("thumbnail, p50 (Orthanc has none)", bench.ours.p50(f"{one}/thumbnail", "image/jpeg"), 10, "ms")


def compare_searches(bench: Bench, measured: Measure) -> None:
    for what, path in (
        ("50 of 3000 studies", "/studies?limit=50"),
        ("at offset 2000", "/studies?limit=50&offset=2000"),
        ("by patient number", "/studies?PatientID=B-AAA&limit=50"),
        ("by name with wildcard", "/studies?PatientName=BENCH^C*&limit=50"),
        ("by date and modality", "/studies?StudyDate=20200101-20201231&ModalitiesInStudy=CT&limit=50"),
    ):
        ours, theirs = (side.p50(path, "application/dicom+json") for side in (bench.ours, bench.theirs))
        measured(f"QIDO {what}, p50: ours against the bar", ours, 10, "ms")
        measured(f"QIDO {what}, p50: ours against Orthanc", ours, theirs, "ms")
