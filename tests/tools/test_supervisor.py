"""The supervisor with real processes: a killed child comes back, all stop together, none outlives it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PATIENCE_SECONDS = 20.0
SCRIPT = """
import os, sys
from tools.supervisor import Child, Supervisor
place = sys.argv[1]
stays = "import os, time; open(r'{0}/' + str(os.getpid()), 'w').close(); time.sleep(600)".format(place)
idle = "open(r'{0}/idle', 'a').write('x'); raise SystemExit(69)".format(place)
children = [
    Child(name, [sys.executable, "-c", program], dict(os.environ))
    for name, program in (("stays", stays), ("idle", idle))
]
Supervisor(children, lambda: True, lambda: print("ready", flush=True)).run()
"""


@dataclass
class Rig:
    place: Path
    supervisor: "subprocess.Popen[str]"

    def children(self) -> list[int]:
        return [int(path.name) for path in self.place.iterdir() if path.name.isdigit()]

    def alive(self) -> list[int]:
        return [
            number for number in self.children() if Path(f"/proc/{number}").exists() and not is_zombie(number)
        ]


def is_zombie(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    environment = {**os.environ, "HEARTHLINE_STATE_DIR": str(tmp_path / "state")}
    place = tmp_path / "pids"
    place.mkdir()
    command = [sys.executable, "-c", SCRIPT, str(place)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as supervisor:
        rig = Rig(place, supervisor)
        wait_until(lambda: len(rig.alive()) == 1)
        yield rig
        supervisor.kill()


def test_a_killed_child_is_started_again_and_it_is_said(rig: Rig) -> None:
    (first,) = rig.alive()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(rig.children()) == 2 and len(rig.alive()) == 1)
    assert rig.alive() != [first]
    rig.supervisor.send_signal(signal.SIGINT)
    told, _ = rig.supervisor.communicate(timeout=PATIENCE_SECONDS)
    assert "stays: ended (killed by SIGKILL); again in 0.5 s" in told
    assert rig.supervisor.returncode == 0
    assert rig.alive() == []


def test_a_child_with_nothing_to_do_is_left_alone(rig: Rig) -> None:
    (first,) = rig.alive()
    os.kill(first, signal.SIGKILL)  # gives the supervisor a reason to look again
    wait_until(lambda: len(rig.children()) == 2)
    assert (rig.place / "idle").read_text() == "x"


def test_no_child_outlives_a_killed_supervisor(rig: Rig) -> None:
    rig.supervisor.send_signal(signal.SIGKILL)
    wait_until(lambda: rig.alive() == [])
