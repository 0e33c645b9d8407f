"""Orthanc as a real PACS beside us: its own configuration, directory and ports, on loopback."""

import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PROGRAM = "/usr/sbin/Orthanc"
DICOMWEB = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
START_SECONDS = 20.0


@dataclass(frozen=True)
class Orthanc:
    """A running Orthanc: its REST interface, the port of its DICOM listener, its process."""

    rest: httpx.Client
    dicom_port: int
    log_path: Path
    pid: int

    def log(self) -> str:
        """What it said last."""
        return self.log_path.read_text()[-3000:]

    def instances(self) -> list[str]:
        """The identifiers of what it has."""
        return list(self.rest.get("/instances").json())

    def store(self, content: bytes) -> str:
        """Put a file into it, and return its instance's identifier."""
        answer = self.rest.post("/instances", content=content)
        answer.raise_for_status()
        return str(answer.json()["ID"])


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(**settings: Any) -> Iterator[Orthanc]:
    """Start Orthanc with further settings, and end it afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="orthanc-"))
    rest, dicom = free_port(), free_port()
    facts = {
        "Name": "Peer",
        "StorageDirectory": str(directory / "storage"),
        "IndexDirectory": str(directory / "index"),
        "HttpPort": rest,
        "HttpServerEnabled": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomPort": dicom,
        "DicomAet": "ORTHANC",
        "Plugins": [DICOMWEB],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        **settings,
    }
    (directory / "orthanc.json").write_text(json.dumps(facts))
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM, str(directory / "orthanc.json")],
            stdout=log,
            stderr=log,
            env={"PATH": "/usr/bin", "TCP_NODELAY": "1", "HOME": str(directory)},
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{rest}", timeout=60) as client:
            _await(client, process, directory)
            yield Orthanc(client, dicom, directory / "log", process.pid)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(directory, ignore_errors=True)


def _await(client: httpx.Client, process: "subprocess.Popen[bytes]", directory: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/system").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError((directory / "log").read_text())
