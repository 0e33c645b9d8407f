"""``./run bench monitoring``: readings in, durable, everything on, beside the usual ways of doing it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.db import connection

from hearthline.config.state import PROJECT_DIRECTORY
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.series import series_of
from hearthline.tenancy.context import acting_in
from tests.bench import Measure
from tests.benches.baseline import DOCUMENTS
from tests.benches.http_load import Load, http_request, send_all
from tests.benches.stage import A_DAY, Crowd, make_crowd, token_of
from tests.browser.installation import Installation, prepared
from tests.database import owner_connection
from tests.people import People

pytestmark = [pytest.mark.bench, pytest.mark.slow]
SINGLES = 20_000
NEWCOMERS = 10_000
BODIES = 1_000
BUNDLES = 400
BASELINE_SINGLES, BASELINE_BODIES, BASELINE_BUNDLES = 400, 8, 12
BULK_BODIES = 60
CONNECTIONS, MANY_CONNECTIONS = 64, 128
COMPACT_BAR, FHIR_BAR, SINGLE_BAR, TIMES_BAR = 100_000, 60_000, 4_000, 50
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
def baseline_server(crowd: Crowd, installation: Installation) -> Iterator[Path]:
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
    log = (installation.directory / "baseline.log").open("wb")
    process = subprocess.Popen([*command, *options], cwd=PROJECT_DIRECTORY, env=environment, stderr=log)
    try:
        deadline = time.monotonic() + STARTS
        while time.monotonic() < deadline:
            with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
                try:
                    client.get("http://localhost/")
                    break
                except httpx.TransportError:
                    time.sleep(0.2)
        else:
            raise TimeoutError((installation.directory / "baseline.log").read_text())
        yield path
    finally:
        process.terminate()
        process.wait()


def rate(load: Load, each: int) -> float:
    """Return readings a second; every request must have been taken."""
    assert set(load.statuses) <= {200, 201}, (load.statuses, load.first_refusal)
    return each * len(load.latencies) / load.seconds


def stored(crowd: Crowd) -> int:
    with acting_in(crowd.organization_id), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM readings_reading")
        return int(cursor.fetchone()[0])


def test_readings_in(
    committed: None, people: People, measured: Measure, request: pytest.FixtureRequest
) -> None:
    rows = number_of(request.config.getoption("--rows"))
    name = connection.settings_dict["NAME"]
    with owner_connection(name) as owner:
        began = time.perf_counter()
        crowd = make_crowd(owner, people, rows=rows, count=NEWCOMERS)
        print(f"\n{rows:,} readings of {crowd.with_history:,} people in {time.perf_counter() - began:.0f} s")
        owner.execute(DOCUMENTS)
    with prepared() as installation:
        installation.start("ingest")
        installation.wait_alone("ingest")
        bench = Bench(crowd, installation)
        edge = installation.socket("ingest")
        before = stored(crowd)
        send_all(edge, bench.batches(COMPACT, 20, is_fhir=False), CONNECTIONS)
        compact = send_all(edge, bench.batches(COMPACT, BODIES, is_fhir=False), CONNECTIONS)
        bundles = send_all(edge, bench.batches(BUNDLE, BUNDLES, is_fhir=True), CONNECTIONS)
        singles = send_all(edge, bench.singles(COMPACT, SINGLES), MANY_CONNECTIONS)
        assert stored(crowd) - before == A_DAY * (20 + BODIES + BUNDLES) + SINGLES
        report("compact readings in batches of 288", rate(compact, A_DAY), compact, COMPACT_BAR, measured)
        report("FHIR Observations in Bundles of 288", rate(bundles, A_DAY), bundles, FHIR_BAR, measured)
        report("requests of one reading", rate(singles, 1), singles, SINGLE_BAR, measured)
        installation.stop()
        with baseline_server(crowd, installation) as path:
            by_rows = send_all(path, bench.batches("/rows/", BASELINE_BODIES, is_fhir=False), 4)
            by_bulk = send_all(path, bench.batches("/bulk/", BULK_BODIES, is_fhir=False), 8)
            documents = send_all(path, bench.batches("/fhir/", BASELINE_BUNDLES, is_fhir=True), 4)
            one_by_one = send_all(path, bench.singles("/rows/", BASELINE_SINGLES), 8)
    for words, ours, theirs, each in (
        ("Django ORM, get_or_create, batches of 288", rate(compact, A_DAY), by_rows, A_DAY),
        ("Django ORM, bulk_create, batches of 288", rate(compact, A_DAY), by_bulk, A_DAY),
        ("FHIR, validate and insert, Bundles of 288", rate(bundles, A_DAY), documents, A_DAY),
        ("Django ORM, requests of one reading", rate(singles, 1), one_by_one, 1),
    ):
        print(
            f"{words:<58} {rate(theirs, each):>12,.0f} /s   the edge is {ours / rate(theirs, each):,.1f} times as fast"
        )
    series(crowd, measured)


def report(words: str, a_second: float, load: Load, bar: float, measured: Measure) -> None:
    p50, p99 = load.percentile(0.5), load.percentile(0.99)
    print(f"{words:<58} {a_second:>12,.0f} /s   p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    measured(f"{words}, each", 1e6 / a_second, 1e6 / bar, "µs")


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
