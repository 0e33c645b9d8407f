"""The doors of images are killed while a machine sends: what was acknowledged is there whole, and once."""

import http.client
import io
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from pynetdicom import AE

from hearthline.imaging.dicom.models import Grant, Instance, Study
from hearthline.imaging.dicom.services.grants import give, open_gateway
from hearthline.imaging.dicom.tests.stage import Imaging, make_imaging, of_patient, sample, written
from hearthline.tenancy.context import acting_in
from tests.browser.installation import Installation, free_port, prepared
from tests.people import People
from tests.unix_http import UnixConnection

pytestmark = pytest.mark.slow
LONGEST_SECONDS = 90.0
BETWEEN_KILLS_SECONDS = (0.02, 0.4)
PAUSE_SECONDS = 0.05
AFTER_EACH = 3  # objects acknowledged before the next kill
KILLS = 10
CONTENT_TYPE = 'multipart/related; type="application/dicom"; boundary=part'


@dataclass
class Machine:
    """Sends one object of a series after another, each again until it is acknowledged."""

    imaging: Imaging
    send: Callable[[Dataset], bool]
    stop: threading.Event = field(default_factory=threading.Event)
    acknowledged: list[Dataset] = field(default_factory=list)
    again: int = 0

    def run(self) -> None:
        """Send until told to stop."""
        study, series = generate_uid(), generate_uid()
        while not self.stop.is_set():
            data = of_patient(
                sample(), self.imaging.patient, StudyInstanceUID=study, SeriesInstanceUID=series
            )
            while not self.stop.is_set():
                if self.send(data):
                    self.acknowledged.append(data)
                    break
                self.again += 1
                time.sleep(PAUSE_SECONDS)

    def wait_for(self, count: int) -> None:
        """Wait until so many more objects were acknowledged."""
        wanted, deadline = len(self.acknowledged) + count, time.monotonic() + LONGEST_SECONDS
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, "nothing is acknowledged any more"
            time.sleep(PAUSE_SECONDS)


def by_stow(path: Path, imaging: Imaging) -> Callable[[Dataset], bool]:
    """Send by STOW-RS, each object over a connection of its own."""

    def send(data: Dataset) -> bool:
        body = b"--part\r\nContent-Type: application/dicom\r\n\r\n" + written(data) + b"\r\n--part--\r\n"
        headers = {"Authorization": f"Bearer {imaging.token}", "Content-Type": CONTENT_TYPE}
        connection = UnixConnection(path)
        try:
            connection.request("POST", f"{imaging.root}/studies", body, headers)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return send


def by_c_store(port: int) -> Callable[[Dataset], bool]:
    """Send by C-STORE, in one association for as long as it lives."""
    entity = AE(ae_title="CT1")
    entity.connection_timeout = 2
    entity.add_requested_context(CTImageStorage, ExplicitVRLittleEndian)
    open_now: list[Any] = []

    def send(data: Dataset) -> bool:
        if not open_now or not open_now[0].is_established:
            open_now[:] = [entity.associate("127.0.0.1", port, ae_title="RIVER")]
        try:
            status = open_now[0].send_c_store(data)
        except RuntimeError:  # the association is not, or no longer, there
            return False
        return "Status" in status and status.Status == 0

    return send


def kill_and_compare(installation: Installation, name: str, machine: Machine) -> None:
    """Kill the door again and again while the machine sends; then look at what is there."""
    chance = random.Random(KILLS)
    sending = threading.Thread(target=machine.run)
    sending.start()
    try:
        for _ in range(KILLS):
            machine.wait_for(AFTER_EACH)
            time.sleep(chance.uniform(*BETWEEN_KILLS_SECONDS))
            installation.kill(name)
            installation.start(name)
        machine.wait_for(AFTER_EACH)
    finally:
        machine.stop.set()
        sending.join(LONGEST_SECONDS)
    assert machine.again > 0
    imaging = machine.imaging
    with acting_in(imaging.people.organization.id):
        there = list(Instance.objects.values_list("sop_uid", flat=True))
        assert Study.objects.get().instance_count == len(there)
    assert len(there) == len(set(there)) <= len(machine.acknowledged) + 1
    assert {data.SOPInstanceUID for data in machine.acknowledged} <= set(there)
    for data in machine.acknowledged:
        place = (
            f"studies/{data.StudyInstanceUID}/series/{data.SeriesInstanceUID}/instances/{data.SOPInstanceUID}"
        )
        answer = imaging.client.get(f"{imaging.root}/{place}", headers={"Accept": "application/dicom"})
        assert pydicom.dcmread(io.BytesIO(answer.content)) == data


@pytest.fixture
def imaging(committed: None, people: People) -> Imaging:
    with acting_in(people.organization.id):
        found = make_imaging(people)
        administrator = people.administrator.actor
        gateway, _token = open_gateway(
            administrator, name="CT", calling_ae="CT1", called_ae="RIVER", address="127.0.0.1"
        )
        give(administrator, holder=gateway, rights=[Grant.Right.STORE], reason="Radiographs")
    return found


def test_what_stow_acknowledged_is_there_once(imaging: Imaging) -> None:
    with prepared() as installation:
        installation.start("dicomweb")
        installation.wait_alone("dicomweb")
        machine = Machine(imaging, by_stow(installation.socket("dicomweb"), imaging))
        kill_and_compare(installation, "dicomweb", machine)


def test_what_c_store_acknowledged_is_there_once(imaging: Imaging) -> None:
    port = free_port()
    with prepared() as installation:
        installation.environment["HEARTHLINE_DICOM_PORT"] = str(port)
        installation.start("dicom")
        kill_and_compare(installation, "dicom", Machine(imaging, by_c_store(port)))
