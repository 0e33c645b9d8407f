"""``./run demo``: the database, the demo clinic, and all processes on one port of this machine."""

import argparse
import fcntl
import hashlib
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hearthline.config.processes import LOCAL_ADDRESS, PROCESSES
from tools.postgres.database import database_up
from tools.postgres.logins import facts_path
from tools.project import (
    PROJECT_DIRECTORY,
    Problem,
    environment,
    run_as_program,
    run_long_step,
    say,
    socket_directory,
    state_directory,
)
from tools.supervisor import Child, Supervisor, python_module

SETTINGS = "hearthline.config.settings.demo"
DEFAULT_PORT = 8000
HIGHEST_PORT = 55_000  # the demo's mailbox and relay listen 10,025 and more above
MAIL_OFFSET, SMS_OFFSET, TURN_OFFSET, MLLP_OFFSET, WITHINGS_OFFSET = 10_025, 10_026, 10_027, 10_028, 10_029
SIP_OFFSET, TELEPHONE_OFFSET = 10_030, 10_031  # the demo's telephones take three ports
LINE_OFFSET, JANUS_OFFSET = 10_034, 10_035
READY_SECONDS = 2.0


def main(arguments: list[str], *, is_reloading: bool = False) -> int:
    """Start everything and stay until Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="./run demo", description="Start Hearthline with a living demo clinic."
    )
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help=f"the port on localhost ({DEFAULT_PORT})"
    )
    port = parser.parse_args(arguments).port
    with _only_one():
        _refuse_taken_port(port)
        say("Starting Hearthline's demo")
        with database_up():
            surroundings = _environment(port, is_reloading=is_reloading)
            _fill(surroundings)
            children = [
                Child(name, python_module("hearthline.config.processes", name), surroundings)
                for name in PROCESSES
            ]
            Supervisor(children, lambda: _is_ready(port), lambda: _welcome(port)).run()
    return 0


def _environment(port: int, *, is_reloading: bool) -> dict[str, str]:
    return environment(
        DJANGO_SETTINGS_MODULE=SETTINGS,
        HEARTHLINE_DEMO_MAIL_PORT=str(port + MAIL_OFFSET),
        HEARTHLINE_DEMO_SMS_PORT=str(port + SMS_OFFSET),
        HEARTHLINE_DEMO_WITHINGS_PORT=str(port + WITHINGS_OFFSET),
        HEARTHLINE_TURN_PORT=str(port + TURN_OFFSET),
        HEARTHLINE_MLLP_PORT=str(port + MLLP_OFFSET),
        HEARTHLINE_SIP_PORT=str(port + SIP_OFFSET),
        HEARTHLINE_DEMO_TELEPHONE_PORT=str(port + TELEPHONE_OFFSET),
        HEARTHLINE_DEMO_LINE_PORT=str(port + LINE_OFFSET),
        HEARTHLINE_JANUS_API_PORT=str(port + JANUS_OFFSET),
        HEARTHLINE_PORT=str(port),
        HEARTHLINE_PUBLIC_URL=f"http://localhost:{port}",
        HEARTHLINE_RELOAD="yes" if is_reloading else "",
        HEARTHLINE_SOCKETS=str(socket_directory("run")),
        PYTHONUNBUFFERED="1",
    )


def _fill(surroundings: dict[str, str]) -> None:
    """Bring tables, styles and the demo clinic up to date; what is done already is not done again."""
    owner = {**surroundings, "HEARTHLINE_DATABASE_LOGIN": "owner"}
    migrations = (PROJECT_DIRECTORY / "hearthline").glob("**/migrations/*.py")
    _do_once(
        "bringing the tables up to date",
        python_module("hearthline", "migrate", "--no-input"),
        owner,
        depends_on=[*migrations, PROJECT_DIRECTORY / "requirements.txt", facts_path()],
    )
    static = [path for path in (PROJECT_DIRECTORY / "hearthline").glob("**/static/**/*") if path.is_file()]
    _do_once(
        "collecting styles and scripts",
        python_module("hearthline", "collectstatic", "--no-input", "--verbosity=0"),
        surroundings,
        depends_on=[*static, PROJECT_DIRECTORY / "requirements.txt"],
    )
    run_long_step("bringing the demo clinic to today", python_module("hearthline", "fill_demo"), surroundings)


def _do_once(title: str, command: list[str], surroundings: dict[str, str], *, depends_on: list[Path]) -> None:
    """Run a step unless it succeeded here before with the same files."""
    digest = hashlib.sha256()
    for path in sorted(depends_on):
        digest.update(bytes(path) + b"\0" + path.read_bytes())
    stamp = state_directory() / f"{title.replace(' ', '-')}.done"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    run_long_step(title, command, surroundings)
    stamp.write_text(digest.hexdigest())


@contextmanager
def _only_one() -> Iterator[None]:
    with (state_directory() / "demo.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Problem(
                "The demo already runs from this directory (another terminal?). Stop it there with Ctrl-C first."
            ) from error
        yield


def _refuse_taken_port(port: int) -> None:
    if not 0 < port <= HIGHEST_PORT:
        raise Problem(
            f"Choose a port between 1 and {HIGHEST_PORT}, for example: ./run demo --port {DEFAULT_PORT + 1}"
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCAL_ADDRESS, port))
        except (OSError, OverflowError) as error:
            raise Problem(
                f"Port {port} on {LOCAL_ADDRESS} cannot be used ({error}). "
                f"Stop what uses it, or choose another: ./run demo --port {DEFAULT_PORT + 1}"
            ) from error


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(
            f"http://{LOCAL_ADDRESS}:{port}/health/ready", timeout=READY_SECONDS
        ) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _welcome(port: int) -> None:
    """Say where to go and who to sign in as."""
    say(f"\nHearthline is ready:  http://localhost:{port}\n")
    path = state_directory() / "demo.json"
    facts = json.loads(path.read_text())
    say(f"Sign in as one of these invented people, all with the password  {facts['password']}\n")
    for person in facts["people"].values():
        say(f"  {person['user']:<40} {person['name']}, {person['roles']}")
    say(f"\nTheir secrets for the second factor, also for scripts, are in {path}")
    say("Ctrl-C stops everything; the next start goes on with the same data.\n")


if __name__ == "__main__":
    run_as_program(main)
