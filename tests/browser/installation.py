"""The real processes behind one origin, over the test's database: pages, live edge, gateway, and a relay if wanted."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from django.db import connection

from hearthline.config.processes import PROCESSES
from hearthline.config.settings.media import own_address
from hearthline.config.state import PROJECT_DIRECTORY, state_directory
from tests.unix_http import status_of

START_SECONDS = 90.0  # on a machine that others use too
STOP_SECONDS = 8.0
BEHIND_ONE_ORIGIN = ("pages", "live", "gateway")
SHARED = ("secrets", "test")  # the suite keeps keys and files below ``test``
LOOPBACK_FLAGS = ("--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required")


@dataclass
class Installation:
    """Processes that were started for a test; each can be killed and started again."""

    directory: Path
    port: int
    environment: dict[str, str]
    relay_port: int = 0
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Where a browser finds it."""
        return f"http://localhost:{self.port}"

    def start(self, name: str) -> None:
        """Start one process; what it says goes to a file."""
        with (self.directory / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "hearthline.config.processes", name],
                cwd=PROJECT_DIRECTORY,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait(STOP_SECONDS)

    def stop(self) -> None:
        """End everything."""
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(STOP_SECONDS)

    def wait(self, names: set[str]) -> None:
        """Wait until the named processes answer through the gateway."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if names <= self._ready():
                return
            time.sleep(0.2)
        logs = "\n".join(path.read_text()[-2000:] for path in self.directory.glob("*.log"))
        raise TimeoutError(f"not ready: {names - self._ready()}\n{logs}")

    def socket(self, name: str) -> Path:
        """Return the socket on which a process listens."""
        return self.directory / "run" / f"{name}.sock"

    def wait_alone(self, name: str) -> None:
        """Wait until a process answers at its own socket."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if status_of(self.socket(name), "/health/ready") == httpx.codes.OK:
                return
            time.sleep(0.1)
        raise TimeoutError((self.directory / f"{name}.log").read_text()[-4000:])

    def wait_for_janus(self) -> None:
        """Wait until the media server answers at its interface (without the secret: with a refusal)."""
        address = ("127.0.0.1", int(self.environment["HEARTHLINE_JANUS_API_PORT"]))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(address, timeout=1):
                return
            time.sleep(0.1)
        raise TimeoutError((self.directory / "janus.log").read_text()[-4000:])

    def _ready(self) -> set[str]:
        try:
            facts = httpx.get(f"{self.origin}/health/ready", timeout=5).json()
        except (httpx.TransportError, ValueError):
            return set()
        return {name for name, is_ready in facts["processes"].items() if is_ready}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _state(directory: Path) -> Path:
    """Make a state directory that shares this checkout's secrets and points at the test's database."""
    state = directory / "state"
    state.mkdir()
    real = state_directory()
    for name in SHARED:
        (real / name).mkdir(exist_ok=True, mode=0o700)
        (state / name).symlink_to(real / name)
    facts = json.loads((real / "database.json").read_text())
    facts["name"] = connection.settings_dict["NAME"]
    path = state / "database.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(facts))
    return state


@contextmanager
def prepared() -> Iterator[Installation]:
    """Yield an installation of which nothing runs yet; what its processes are to see has to be committed."""
    with tempfile.TemporaryDirectory(prefix="hl-") as name:
        directory = Path(name)
        (directory / "run").mkdir(mode=0o700)
        port, relay_port = free_port(), free_port()
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "hearthline.config.settings.test",
            "HEARTHLINE_STATE_DIR": str(_state(directory)),
            "HEARTHLINE_SOCKETS": str(directory / "run"),
            "HEARTHLINE_PORT": str(port),
            "HEARTHLINE_PUBLIC_URL": f"http://localhost:{port}",
            "HEARTHLINE_TURN_PORT": str(relay_port),
            "HEARTHLINE_JANUS_API_PORT": str(free_port()),
            "HEARTHLINE_TURN_TLS_PORT": str(free_port()),
            "PYTHONUNBUFFERED": "1",
        }
        installation = Installation(directory, port, environment, relay_port)
        try:
            yield installation
        finally:
            installation.stop()


@contextmanager
def installed(
    names: tuple[str, ...] = BEHIND_ONE_ORIGIN,
    *,
    with_relay: bool = False,
    with_ingest: bool = False,
    with_janus: bool = False,
) -> Iterator[Installation]:
    """Run the processes; what they are to see has to be committed."""
    optional = {"turn": with_relay, "ingest": with_ingest, "janus": with_janus}
    wanted = [*names, *(name for name, is_wanted in optional.items() if is_wanted)]
    assert set(wanted) <= set(PROCESSES)
    with prepared() as installation:
        if with_janus:
            installation.environment["HEARTHLINE_JANUS_LISTEN"] = own_address()
        for one in wanted:
            installation.start(one)
        if "gateway" in wanted:
            installation.wait({"pages", "live", "ingest"} & set(wanted))
        if with_janus:
            installation.wait_for_janus()
        yield installation
