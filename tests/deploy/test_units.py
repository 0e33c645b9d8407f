"""The systemd units of ``deploy/`` are understood by systemd's own verifier, and name what exists."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hearthline.config.processes import PROCESSES
from tools.project import PROJECT_DIRECTORY

UNITS = PROJECT_DIRECTORY / "deploy" / "systemd"
VERIFIER = shutil.which("systemd-analyze")
OF_OTHERS = {"postgresql.service", "network-online.target", "multi-user.target"}


@pytest.mark.skipif(VERIFIER is None, reason="this machine has no systemd-analyze")
def test_units_are_understood(tmp_path: Path) -> None:
    for path in UNITS.iterdir():
        text = path.read_text().replace("/opt/hearthline/.venv/bin/python", sys.executable)
        text = text.replace("/opt/hearthline", str(PROJECT_DIRECTORY))
        (tmp_path / path.name).write_text(text)
    names = [path.name.replace("@.", "@pages.") for path in UNITS.iterdir()]
    answer = subprocess.run(
        [
            str(VERIFIER),
            "verify",
            "--man=no",
            "--recursive-errors=no",
            *(str(tmp_path / name) for name in names),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    ours = [line for line in answer.stderr.splitlines() if "hearthline" in line]
    assert ours == []


def test_every_production_process_is_started() -> None:
    target = (UNITS / "hearthline.target").read_text()
    started = set(re.findall(r"hearthline@(\w+)\.service", target)) | {"sealer"}
    assert started == {name for name, process in PROCESSES.items() if not process.is_demo_only}


def test_units_run_nothing_as_root() -> None:
    for path in UNITS.glob("*.service"):
        user = re.search(r"^User=(.+)$", path.read_text(), re.MULTILINE)
        assert user is not None, path.name
        assert user[1] != "root", path.name


def test_the_example_environment_names_settings_that_exist() -> None:
    lines = (PROJECT_DIRECTORY / "deploy" / "environment.example").read_text().splitlines()
    named = {line.split("=")[0] for line in lines if line.startswith("HEARTHLINE_")}
    sources = "".join(
        path.read_text() for path in (PROJECT_DIRECTORY / "hearthline" / "config").rglob("*.py")
    )
    assert {name for name in named if f'"{name}"' not in sources} == set()
