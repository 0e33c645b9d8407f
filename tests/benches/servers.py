"""The baselines' server, and a meter that sends a load to a server and notes what it cost."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from hearthline.config.state import PROJECT_DIRECTORY
from tests.benches.cpu import parent_of, seconds_of
from tests.benches.filled import Crowd
from tests.benches.http_load import Load, send_all
from tests.browser.installation import Installation
from tests.unix_http import status_of

STARTS = 60.0


@contextmanager
def baseline_server(crowd: Crowd, installation: Installation) -> Iterator[tuple[int, Path]]:
    """Run the baselines in two processes, as the edge runs."""
    path = installation.socket("baseline")
    environment = {
        **installation.environment,
        "DJANGO_SETTINGS_MODULE": "tests.benches.baseline_settings",
        "BENCH_ORGANIZATION": str(crowd.organization_id),
        "HEARTHLINE_DATABASE_LOGIN": "app",
    }
    command = [sys.executable, "-m", "gunicorn", "hearthline.config.wsgi:application", "--workers", "2"]
    options = [
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--bind",
        f"unix:{path}",
        "--log-level",
        "error",
    ]
    log = installation.directory / "baseline.log"
    with log.open("wb") as file:
        process = subprocess.Popen([*command, *options], cwd=PROJECT_DIRECTORY, env=environment, stderr=file)
    try:
        deadline = time.monotonic() + STARTS
        while not status_of(path, "/"):
            if time.monotonic() > deadline:
                raise TimeoutError(log.read_text())
            time.sleep(0.2)
        yield process.pid, path
    finally:
        process.terminate()
        process.wait()


@dataclass
class Run:
    """What one kind of load came to."""

    words: str
    load: Load
    each: int
    edge_us: float
    database_us: float

    @property
    def a_second(self) -> float:
        """Readings a second; every request must have been taken."""
        assert set(self.load.statuses) <= {200, 201}, (self.load.statuses, self.load.first_refusal)
        return self.each * len(self.load.latencies) / self.load.seconds

    @property
    def processor_us(self) -> float:
        """What a reading costs, the database with it."""
        return self.edge_us + self.database_us

    def line(self) -> str:
        p50, p99 = self.load.percentile(0.5), self.load.percentile(0.99)
        processor = f"{self.edge_us:.1f} + {self.database_us:.1f} µs"
        return f"{self.words:<46} {self.a_second:>10,.0f} /s  p50 {p50:4.0f} p99 {p99:4.0f} ms  {processor}"


class Meter:
    """Sends loads to a server and notes what they cost it and the database."""

    def __init__(self, owner: psycopg.Connection[Any], server: int, path: Path) -> None:
        self.server, self.path = server, path
        self.database = parent_of(owner.info.backend_pid)

    def run(self, words: str, requests: list[bytes], each: int, connections: int) -> Run:
        before = [seconds_of([root]) for root in (self.server, self.database)]
        load = send_all(self.path, requests, connections)
        after = [seconds_of([root]) for root in (self.server, self.database)]
        edge, database = (1e6 * (b - a) / (each * len(requests)) for a, b in zip(before, after, strict=True))
        return Run(words, load, each, edge, database)
