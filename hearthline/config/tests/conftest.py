"""A gateway between real servers, for the tests beside this file."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

START_SECONDS = 15.0


@dataclass
class Rig:
    """A gateway on a free port, and the backends behind it."""

    sockets: Path
    port: int
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str, *arguments: str) -> None:
        environment = {
            **os.environ,
            "HEARTHLINE_SOCKETS": str(self.sockets),
            "GONE_MARK": str(self.sockets / "gone"),
        }
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "--log-level", "error", "--http", "h11", *arguments],
            env=environment,
        )

    def start_backend(self, name: str) -> None:
        path = self.sockets / f"{name}.sock"
        self.start(
            name, "hearthline.config.tests.backend:application", "--uds", str(path), "--lifespan", "off"
        )
        wait_until(lambda: path.exists() and answers_at(path))

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()


def answers_at(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with tempfile.TemporaryDirectory(prefix="gw") as directory:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        rig = Rig(Path(directory), port)
        for name in ("pages", "live"):
            rig.start_backend(name)
        arguments = (
            "hearthline.config.gateway:application",
            "--factory",
            "--no-proxy-headers",
            "--lifespan",
            "on",
        )
        rig.start("gateway", *arguments, "--host", "127.0.0.1", "--port", str(port))
        wait_until(lambda: gateway_answers(rig))
        yield rig
        for name in list(rig.processes):
            rig.kill(name)


def gateway_answers(rig: Rig) -> bool:
    try:
        return httpx.get(f"{rig.address}/health/live").status_code == 200
    except httpx.TransportError:
        return False
