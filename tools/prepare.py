"""The set-up that every verb shares: Debian packages, virtual environment, translations; quick when it is done.

Runs on the machine's own Python 3.11, before there is a virtual environment: standard library only.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tools.packages import LIST, ensure_packages
from tools.project import (
    PROJECT_DIRECTORY,
    VIRTUAL_ENVIRONMENT,
    Problem,
    run_as_program,
    run_long_step,
    say,
    state_directory,
)

PYTHON = VIRTUAL_ENVIRONMENT / "bin" / "python"
RUN_TIME, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"
INSTALLS = {RUN_TIME: (RUN_TIME,), DEVELOPMENT: (RUN_TIME, DEVELOPMENT)}  # the second contains the first


def main(arguments: list[str]) -> int:
    """Set up for ``demo`` (run-time packages) or ``test`` (the tools of development too)."""
    stages = {"demo"} if arguments == ["demo"] else {"demo", "test"}
    if sys.version_info[:2] != (3, 11):
        raise Problem(f"Hearthline runs on Python 3.11; this is {sys.version.split()[0]} ({sys.executable}).")
    with (state_directory() / "prepare.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _ensure_debian_packages(stages)
        _ensure_environment(RUN_TIME if stages == {"demo"} else DEVELOPMENT)
        subprocess.run([PYTHON, "-m", "tools.translations", "compile"], cwd=PROJECT_DIRECTORY, check=True)
    return 0


def _ensure_debian_packages(stages: set[str]) -> None:
    """Look for packages only when the list changed or never succeeded here: asking dpkg takes a while."""
    stamp = state_directory() / f"packages-{'-'.join(sorted(stages))}.done"
    fingerprint = _fingerprint(LIST)
    if not _is_stamped(stamp, fingerprint):
        ensure_packages(stages)
        stamp.write_text(fingerprint)


def _ensure_environment(requirements: str) -> None:
    """Make the virtual environment and install exactly the locked packages, by their hashes."""
    fingerprint = _fingerprint(PROJECT_DIRECTORY / requirements)
    if _is_stamped(_stamp(requirements), fingerprint) and PYTHON.exists():
        return
    if not PYTHON.exists():
        run_long_step(
            "making the virtual environment",
            [sys.executable, "-m", "venv", "--clear", str(VIRTUAL_ENVIRONMENT)],
        )
    install = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    run_long_step(
        f"installing Python packages from {requirements} (a minute or two the first time)",
        [*install, "--require-hashes", "--no-deps", "-r", requirements],
    )
    for name in INSTALLS[requirements]:
        _stamp(name).write_text(_fingerprint(PROJECT_DIRECTORY / name))
    say("  Python packages are in place")


def _stamp(requirements: str) -> Path:
    return VIRTUAL_ENVIRONMENT / f"{requirements}.done"


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(
        path.read_bytes() + repr(sys.version_info[:2]).encode() + os.fsencode(sys.prefix)
    ).hexdigest()


def _is_stamped(stamp: Path, fingerprint: str) -> bool:
    return stamp.exists() and stamp.read_text() == fingerprint


if __name__ == "__main__":
    run_as_program(main)
