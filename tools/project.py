"""Where things are, how a tool speaks, and how a long step shows that it is alive."""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PROJECT_DIRECTORY = Path(__file__).resolve().parent.parent
VIRTUAL_ENVIRONMENT = PROJECT_DIRECTORY / ".venv"
SOCKET_PATH_BYTES = 90  # the kernel allows 107; file names inside the directory need the rest
LOG_BYTES = 10_000_000
LAST_LINES = 25
SIGN_OF_LIFE_SECONDS = 10


class Problem(Exception):  # noqa: N818 - it is shown to a person, as a sentence
    """Something a person can mend: its text says what happened and what to do."""


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


def run_as_program(main: Callable[[list[str]], int]) -> None:
    """Run a tool's ``main``; a Problem becomes one sentence and exit code 1."""
    try:
        sys.exit(main(sys.argv[1:]))
    except Problem as problem:
        sys.stderr.write(f"\n{problem}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def state_directory() -> Path:
    """Return the directory of all that this installation remembers, made private if it is new.

    As root it can be passed through (not listed), since PostgreSQL runs as a user of its own below it.
    """
    directory = Path(os.environ.get("HEARTHLINE_STATE_DIR") or PROJECT_DIRECTORY / "var").absolute()
    if not directory.exists():
        directory.mkdir(parents=True)
        directory.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return directory


def socket_directory(name: str) -> Path:
    """Return a directory for sockets: below the state directory, or a short one where that path is too long."""
    directory = state_directory() / name
    if len(os.fsencode(directory)) > SOCKET_PATH_BYTES:
        mark = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
        directory = Path(tempfile.gettempdir()) / f"hearthline-{os.geteuid()}-{mark}"
    if not directory.exists():
        directory.mkdir(mode=0o700)
    return directory


def log_path(name: str) -> Path:
    """Return where a process writes its log; a large old one is put aside first."""
    path = state_directory() / "log" / f"{name}.log"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path


def environment(**extra: str) -> dict[str, str]:
    """Return the environment of our own processes: they find the project, its packages and its state."""
    search_path = f"{VIRTUAL_ENVIRONMENT / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": search_path, "HEARTHLINE_STATE_DIR": str(state_directory()), **extra}


def run_long_step(title: str, command: Sequence[str], extra: Mapping[str, str] | None = None) -> None:
    """Run a command that may take long: say what it does, show signs of life, and its last lines if it fails."""
    started = time.monotonic()
    next_sign = started + SIGN_OF_LIFE_SECONDS
    lines: list[str] = []
    say(f"  {title} …")
    with subprocess.Popen(
        command,
        cwd=PROJECT_DIRECTORY,
        env={**os.environ, **(extra or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            lines = [*lines[1 - LAST_LINES :], line.rstrip()]
            if time.monotonic() > next_sign:
                next_sign = time.monotonic() + SIGN_OF_LIFE_SECONDS
                say(f"    {time.monotonic() - started:3.0f} s  {line.strip()[:90]}")
    if process.returncode != 0:
        raise Problem(
            "\n".join([*lines, f"{title}: failed (exit code {process.returncode}); the lines above say why."])
        )
    seconds = time.monotonic() - started
    if seconds > SIGN_OF_LIFE_SECONDS:
        say(f"    done in {seconds:.0f} s")
