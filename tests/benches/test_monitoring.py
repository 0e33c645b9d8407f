"""``./run bench monitoring``: readings in, durable, everything on, beside the usual ways of doing it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from hearthline.config.state import PROJECT_DIRECTORY
from hearthline.monitoring.readings import compaction
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.series import series_of
from hearthline.tenancy.context import acting_in
from tests.bench import Measure
from tests.benches.baseline import DOCUMENTS
from tests.benches.cpu import parent_of, seconds_of
from tests.benches.http_load import Load, http_request, send_all
from tests.benches.stage import A_DAY, Crowd, make_crowd, token_of
from tests.browser.installation import Installation, prepared
from tests.database import owner_connection
from tests.people import People
from tests.unix_http import status_of

pytestmark = [pytest.mark.bench, pytest.mark.slow]
SINGLES = 20_000
NEWCOMERS = 10_000
WARMING_BODIES = 20
BODIES = 1_000
BUNDLES = 400
BASELINE_SINGLES, BASELINE_BODIES, BASELINE_BUNDLES = 400, 8, 12
BULK_BODIES = 60
CONNECTIONS, MANY_CONNECTIONS = 64, 128
COMPACT_BAR, FHIR_BAR, SINGLE_BAR = 100_000, 60_000, 4_000
GLUCOSE = BY_CODE["glucose"].number
COMPACT, BUNDLE = "/ingest/v1/readings", "/ingest/fhir/"
STARTS = 40.0


def number_of(text: str) -> int:
    """Return ``5M`` or ``200k`` as a number."""
    factor = {"M": 1_000_000, "K": 1_000}.get(text[-1:].upper(), 1)
    return int(float(text.rstrip("MmKk")) * factor)


def day_of(crowd: Crowd, turn: int) -> list[str]:
    """Return the times of a day of one more sensor, which lie between those that are stored."""
    start = crowd.until - timedelta(days=1 + turn % 13) + timedelta(seconds=30 + turn // 13)
    return [(start + timedelta(minutes=5 * n)).isoformat().replace("+00:00", "Z") for n in range(A_DAY)]


def compact_body(times: list[str]) -> bytes:
    """Return readings in the house's form."""
    items = [
        {"metric": "glucose", "value": 90 + n % 120, "unit": "mg/dL", "at": at} for n, at in enumerate(times)
    ]
    return json.dumps({"items": items}, separators=(",", ":")).encode()


def bundle_body(times: list[str], person: int) -> bytes:
    """Return readings as a FHIR Bundle, each as vital-signs profiles want it."""
    category = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}
    entries = [
        {
            "resource": {
                "resourceType": "Observation",
                "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:bench:{person}:{at}"}],
                "status": "final",
                "category": [{"coding": [category]}],
                "code": {
                    "coding": [{"system": "http://loinc.org", "code": "99504-3", "display": "Glucose"}],
                    "text": "Glucose",
                },
                "subject": {"reference": f"Patient/{person}"},
                "effectiveDateTime": at,
                "valueQuantity": {
                    "value": 90 + n % 120,
                    "unit": "mg/dL",
                    "system": "http://unitsofmeasure.org",
                    "code": "mg/dL",
                },
                "device": {"identifier": {"value": f"bench-{person}"}},
            },
            "request": {"method": "POST", "url": "Observation"},
        }
        for n, at in enumerate(times)
    ]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    return json.dumps(bundle, separators=(",", ":")).encode()


class Bench:
    """One run: the crowd, the servers, and what they did."""

    def __init__(self, crowd: Crowd, installation: Installation) -> None:
        self.crowd = crowd
        self.installation = installation
        self.turn = 0

    def person(self, n: int) -> int:
        return 1 + n % self.crowd.with_history

    def batches(self, path: str, count: int, *, is_fhir: bool) -> list[bytes]:
        requests = []
        for n in range(count):
            person = self.person(n)
            times = day_of(self.crowd, self.turn + n // self.crowd.with_history)
            body = bundle_body(times, person) if is_fhir else compact_body(times)
            kind = "application/fhir+json" if is_fhir else "application/json"
            requests.append(http_request(path, body, token_of(person), kind))
        self.turn += 1 + count // self.crowd.with_history
        return requests

    def singles(self, path: str, count: int) -> list[bytes]:
        """One reading a request, each device in its turn: as sensors send, hardly any is known from before."""
        requests = []
        for n in range(count):
            person = self.crowd.with_history + 1 + n % NEWCOMERS
            at = self.crowd.until + timedelta(seconds=self.turn + n // NEWCOMERS)
            body = compact_body([at.isoformat().replace("+00:00", "Z")])
            requests.append(http_request(path, body, token_of(person)))
        self.turn += 1 + count // NEWCOMERS
        return requests


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


def stored(crowd: Crowd) -> int:
    with acting_in(crowd.organization_id), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM readings_reading")
        return int(cursor.fetchone()[0])


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


def test_readings_in(
    committed: None,
    people: People,
    measured: Measure,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = number_of(request.config.getoption("--rows"))
    say = request.config.get_terminal_writer().line
    with owner_connection(connection.settings_dict["NAME"]) as owner:
        began = time.perf_counter()
        crowd = make_crowd(owner, people, rows=rows, count=NEWCOMERS)
        say(f"\n{rows:,} readings of {crowd.with_history:,} people in {time.perf_counter() - began:.0f} s")
        say(f"{'':<46} {'readings':>13}  {'latency of a request':<19}  processor, server + database, each")
        owner.execute(DOCUMENTS)
        with monkeypatch.context() as patch:
            patch.setattr(compaction, "KEPT_NARROW_DAYS", 0)
            packed(crowd, measured)
        with prepared() as installation:
            bench = Bench(crowd, installation)
            edge = measure_edge(bench, owner)
            installation.stop()
            for run in edge:
                say(run.line())
            usual = measure_usual_ways(bench, owner)
    for run, ours in zip(usual, (edge[0], edge[0], edge[1], edge[2]), strict=True):
        ours_us, theirs_us = ours.edge_us + ours.database_us, run.edge_us + run.database_us
        say(
            f"{run.line()}  edge {ours.a_second / run.a_second:.0f}x, by processor {theirs_us / ours_us:.0f}x"
        )
    for run, bar in zip(edge, (COMPACT_BAR, FHIR_BAR, SINGLE_BAR), strict=True):
        measured(f"{run.words}, each", 1e6 / run.a_second, 1e6 / bar, "µs")
    series(crowd, measured)


def measure_edge(bench: Bench, owner: psycopg.Connection[Any]) -> list[Run]:
    """Measure the edge; every reading that was acknowledged must be there."""
    installation = bench.installation
    installation.start("ingest")
    installation.wait_alone("ingest")
    meter = Meter(owner, installation.running["ingest"].pid, installation.socket("ingest"))
    before = stored(bench.crowd)
    meter.run("warming up", bench.batches(COMPACT, WARMING_BODIES, is_fhir=False), A_DAY, CONNECTIONS)
    compact = bench.batches(COMPACT, BODIES, is_fhir=False)
    bundles = bench.batches(BUNDLE, BUNDLES, is_fhir=True)
    runs = [
        meter.run("compact readings, 288 in a batch", compact, A_DAY, CONNECTIONS),
        meter.run("FHIR Observations, 288 in a Bundle", bundles, A_DAY, CONNECTIONS),
        meter.run("one reading in a request", bench.singles(COMPACT, SINGLES), 1, MANY_CONNECTIONS),
    ]
    assert stored(bench.crowd) - before == A_DAY * (WARMING_BODIES + BODIES + BUNDLES) + SINGLES
    return runs


def measure_usual_ways(bench: Bench, owner: psycopg.Connection[Any]) -> list[Run]:
    """Measure what most servers do instead."""
    rows = bench.batches("/rows/", BASELINE_BODIES, is_fhir=False)
    bulk = bench.batches("/bulk/", BULK_BODIES, is_fhir=False)
    bundles = bench.batches("/fhir/", BASELINE_BUNDLES, is_fhir=True)
    singles = bench.singles("/rows/", BASELINE_SINGLES)
    with baseline_server(bench.crowd, bench.installation) as (server, path):
        meter = Meter(owner, server, path)
        return [
            meter.run("Django ORM, get_or_create, 288 in a batch", rows, A_DAY, 8),
            meter.run("Django ORM, bulk_create, 288 in a batch", bulk, A_DAY, 8),
            meter.run("FHIR, validate and insert, 288 in a Bundle", bundles, A_DAY, 8),
            meter.run("Django ORM, one reading in a request", singles, 1, 8),
        ]


def series(crowd: Crowd, measured: Measure) -> None:
    """Fourteen days of one person, as a chart asks for them."""
    took = []
    with acting_in(crowd.organization_id):
        for n in range(300):
            number = 1 + (n * 37) % crowd.with_history
            began = time.perf_counter()
            found = series_of(
                organization_id=crowd.organization_id,
                patient_number=number,
                metric=GLUCOSE,
                since=crowd.until - timedelta(days=14),
                until=crowd.until,
            )
            took.append(time.perf_counter() - began)
            assert len(found) >= 14 * A_DAY - 1
    measured("14 days of one CGM patient, p95", 1000 * sorted(took)[int(0.95 * len(took))], 10, "ms")


def packed(crowd: Crowd, measured: Measure) -> None:
    """What a reading takes when its day is packed, the row's own overhead with it."""
    with acting_in(crowd.organization_id), connection.cursor() as cursor:
        assert compaction.pack_finished_days(crowd.organization_id) > 0
        cursor.execute(
            "SELECT sum(pg_column_size(chunk.*) + 4) / sum(count)::float FROM readings_chunk AS chunk"
        )
        measured("storage of a packed CGM reading", float(cursor.fetchone()[0]), 3, "bytes")
