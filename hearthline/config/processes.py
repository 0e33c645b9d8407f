"""The processes of an installation and how each is started: ``python -m hearthline.config.processes NAME``.

``./run demo`` starts all of them under one supervisor; in production a systemd unit starts each (``deploy/``). Here
is the one place that knows their servers, sizes and database logins. No Django: it replaces itself by the server.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LOCAL_ADDRESS = "127.0.0.1"  # the gateway is never reachable from another machine
PAGES_WORKERS = 2
PAGES_THREADS = 8
OPS_THREADS = 4
DICOMWEB_WORKERS = 2
DICOMWEB_THREADS = 6
INGEST_WORKERS = 2
REQUEST_SECONDS = 60
GRACE_SECONDS = 8
STREAM_GRACE_SECONDS = 2  # streams end at once on a stop; browsers reconnect by themselves
HEADER_BYTES = 16_384


@dataclass(frozen=True)
class Surroundings:
    """What a process has to be told about the installation it runs in."""

    sockets: Path
    port: int
    is_reloading: bool

    def socket(self, name: str) -> str:
        """Return the unix socket on which a process listens."""
        return str(self.sockets / f"{name}.sock")


@dataclass(frozen=True)
class Process:
    """One kind of process: its database login, and its command in some surroundings."""

    name: str
    login: str
    command: Callable[[Surroundings], list[str]]
    is_demo_only: bool = False
    leaves_socket: bool = False  # its server does not start while the socket of a killed one lies there


def _gunicorn(name: str, workers: int, threads: int) -> Callable[[Surroundings], list[str]]:
    def command(surroundings: Surroundings) -> list[str]:
        return [
            *("gunicorn", "hearthline.config.wsgi:application", "--name", name),
            *("--bind", f"unix:{surroundings.socket(name)}", "--umask", "0o077"),
            *("--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads)),
            *("--timeout", str(REQUEST_SECONDS), "--graceful-timeout", str(GRACE_SECONDS)),
            *(
                "--limit-request-field_size",
                str(HEADER_BYTES),
                "--log-level",
                "warning",
                "--no-control-socket",
            ),
            *(["--reload"] if surroundings.is_reloading else []),
        ]

    return command


def _uvicorn(application: str, grace_seconds: int) -> list[str]:
    return [
        *("uvicorn", application, "--no-access-log", "--no-server-header", "--log-level", "warning"),
        *("--http", "h11", "--h11-max-incomplete-event-size", str(HEADER_BYTES)),
        *("--timeout-graceful-shutdown", str(grace_seconds)),
    ]


def _gateway(surroundings: Surroundings) -> list[str]:
    server = _uvicorn("hearthline.config.gateway:application", GRACE_SECONDS)
    address = ["--host", LOCAL_ADDRESS, "--port", str(surroundings.port)]
    return [*server, "--factory", "--no-proxy-headers", "--lifespan", "on", *address]


def _live(surroundings: Surroundings) -> list[str]:
    server = _uvicorn("hearthline.config.asgi_live:application", STREAM_GRACE_SECONDS)
    reloading = ["--reload", "--reload-dir", "hearthline"] if surroundings.is_reloading else []
    return [*server, "--uds", surroundings.socket("live"), "--forwarded-allow-ips", "*", *reloading]


def _ingest(surroundings: Surroundings) -> list[str]:
    return [
        *("granian", "hearthline.config.asgi_ingest:application", "--interface", "asgi", "--no-ws"),
        *("--http", "1", "--workers", str(INGEST_WORKERS), "--respawn-failed-workers"),
        *("--workers-kill-timeout", str(GRACE_SECONDS), "--log-level", "warning"),
        *("--uds", surroundings.socket("ingest"), "--uds-permissions", "0o600"),
    ]


def _management(command: str, *options: str) -> Callable[[Surroundings], list[str]]:
    return lambda _surroundings: ["python", "-m", "hearthline", command, *options]


PROCESSES = {
    process.name: process
    for process in (
        Process("pages", "app", _gunicorn("pages", PAGES_WORKERS, PAGES_THREADS)),
        Process("ops", "ops", _gunicorn("ops", 1, OPS_THREADS)),
        Process("dicomweb", "app", _gunicorn("dicomweb", DICOMWEB_WORKERS, DICOMWEB_THREADS)),
        Process("dicom", "app", _management("run_dicom")),
        Process("live", "app", _live),
        Process("ingest", "ingest", _ingest, leaves_socket=True),
        Process("mllp", "app", _management("run_mllp")),
        Process("sip", "app", _management("run_sip")),
        Process("worker", "app", _management("run_worker")),
        Process("teller", "app", _management("run_teller")),
        Process("watch", "app", _management("watch_reminders")),
        Process("sealer", "sealer", _management("run_sealer")),
        Process("turn", "app", _management("run_turn")),
        Process("janus", "app", _management("run_janus")),
        Process("mailbox", "app", _management("run_demo_mailbox"), is_demo_only=True),
        Process("withings", "app", _management("run_demo_withings"), is_demo_only=True),
        Process("telephone", "app", _management("run_demo_telephone"), is_demo_only=True),
        Process("line", "app", _management("run_demo_line"), is_demo_only=True),
        Process("homes", "app", _management("run_demo_homes"), is_demo_only=True),
        Process("gateway", "app", _gateway, is_demo_only=True),
    )
}


def surroundings_from_environment() -> Surroundings:
    """Return what the supervisor (or systemd) says in the environment."""
    return Surroundings(
        sockets=Path(os.environ["HEARTHLINE_SOCKETS"]),
        port=int(os.environ.get("HEARTHLINE_PORT", "8000")),
        is_reloading=os.environ.get("HEARTHLINE_RELOAD") == "yes",
    )


def _empty_directory(directory: Path) -> Path:
    """Return a directory for the figures of the process's workers, without those of an earlier run."""
    directory.mkdir(mode=0o700, exist_ok=True)
    for path in directory.glob("*.db"):
        path.unlink()
    return directory


def main(arguments: list[str]) -> None:
    """Become the process named by the only argument."""
    names = ", ".join(PROCESSES)
    if len(arguments) != 1 or arguments[0] not in PROCESSES:
        sys.exit(f"Name one process of: {names}")
    process = PROCESSES[arguments[0]]
    surroundings = surroundings_from_environment()
    os.environ["HEARTHLINE_DATABASE_LOGIN"] = process.login
    os.environ["HEARTHLINE_PROCESS"] = process.name
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(
        _empty_directory(surroundings.sockets / f"{process.name}-figures")
    )
    if process.leaves_socket:
        Path(surroundings.socket(process.name)).unlink(missing_ok=True)
    command = process.command(surroundings)
    program = Path(sys.executable).with_name(
        command[0]
    )  # beside our own interpreter, in the same environment
    # By its full path: an interpreter called by its bare name looks for its packages along PATH.
    os.execv(program, [str(program), *command[1:]])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
