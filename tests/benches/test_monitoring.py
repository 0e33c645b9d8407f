"""``./run bench monitoring``: readings in, durable, everything on, beside the usual ways of doing it; and looking."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.urls import reverse

from hearthline.identity.models import User
from hearthline.monitoring.readings import compaction
from hearthline.monitoring.readings.series import series_of
from hearthline.monitoring.triage.queries import PAGE_SIZE
from hearthline.tenancy.context import acting_in
from tests.bench import Measure
from tests.benches.baseline_tables import FHIR_TABLES, ORM_TABLES
from tests.benches.bodies import Bodies
from tests.benches.filled import Crowd, Say, filled_database
from tests.benches.latency import measure_delays
from tests.benches.servers import Meter, Run, baseline_server
from tests.benches.stage import A_DAY, GLUCOSE, make_crowd
from tests.browser.installation import Installation, prepared
from tests.database import owner_connection
from tests.people import sign_in

pytestmark = [pytest.mark.bench, pytest.mark.slow]
SINGLES = 20_000
WARMING_BODIES = 20
BODIES = 1_000
BUNDLES = 400
BASELINE_SINGLES, BASELINE_BODIES, BASELINE_BUNDLES = 400, 8, 12
BULK_BODIES = 60
CONNECTIONS, MANY_CONNECTIONS, BASELINE_CONNECTIONS = 64, 512, 8
COMPACT_BAR, FHIR_BAR, SINGLE_BAR, RATIO_BAR = 100_000, 60_000, 4_000, 50
DELAY_BAR_MS, SERIES_BAR_MS, WORKLIST_BAR_MS, PACKED_BAR_BYTES = 250, 10, 50, 3
LOOKS, PAGES, WARMING_PAGES = 300, 60, 5
COMPACT, BUNDLE = "/ingest/v1/readings", "/ingest/fhir/"
HEAD = f"{'':<46} {'readings':>13}  {'latency of a request':<19}  processor, server + database, each"


@dataclass
class Stage:
    """What every measurement needs: the people, the owner's connection, and where lines go."""

    crowd: Crowd
    owner: psycopg.Connection[Any]
    bodies: Bodies
    say: Say


def number_of(text: str) -> int:
    """Return ``5M`` or ``200k`` as a number."""
    factor = {"M": 1_000_000, "K": 1_000}.get(text[-1:].upper(), 1)
    return int(float(text.rstrip("MmKk")) * factor)


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A copy of the filled database, which all measurements of a run share."""
    rows = number_of(request.config.getoption("--rows"))
    say = request.config.get_terminal_writer().line
    say("")
    logging.disable(logging.INFO)
    with (
        django_db_blocker.unblock(),
        filled_database(rows, say, make_crowd) as crowd,
        owner_connection(connection.settings_dict["NAME"]) as owner,
    ):
        yield Stage(crowd, owner, Bodies(crowd), say)
    logging.disable(logging.NOTSET)


def test_looking(stage: Stage, measured: Measure) -> None:
    """Before anything is written: the chart of one person, and the worklist of ten thousand."""
    measured("14 days of one CGM patient, p95", p95(series_of_each(stage.crowd)), SERIES_BAR_MS, "ms")
    measured(
        "page of the worklist of 10,000 patients, p95",
        p95(worklist_pages(stage.crowd)),
        WORKLIST_BAR_MS,
        "ms",
    )


def p95(took: list[float]) -> float:
    """Return in milliseconds."""
    return 1000 * sorted(took)[int(0.95 * len(took))]


def timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def series_of_each(crowd: Crowd) -> list[float]:
    """Fourteen days of one person, as a chart asks for them; the first round fills the cache."""

    def look(number: int) -> None:
        found = series_of(
            organization_id=crowd.organization_id,
            patient_number=number,
            metric=GLUCOSE,
            since=crowd.until - timedelta(days=14),
            until=crowd.until,
        )
        assert len(found) >= 14 * A_DAY - 1

    numbers = [1 + (n * 37) % crowd.with_history for n in range(LOOKS)]
    with acting_in(crowd.organization_id):
        return [timed(partial(look, number)) for number in numbers * 2][LOOKS:]


def worklist_pages(crowd: Crowd) -> list[float]:
    """The nurse's page: the request from middleware to HTML, the list with its counts, reasons and lines."""
    client = sign_in(User.objects.get(name="Ines Okafor"), crowd.organization_id)

    def look() -> None:
        page = client.get(reverse("triage:worklist"))
        assert page.content.count(b"/monitoring/cases/") >= PAGE_SIZE

    return [timed(look) for _ in range(PAGES + WARMING_PAGES)][WARMING_PAGES:]


def test_packing(stage: Stage, measured: Measure, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reading takes when its day is packed, the row's own overhead with it."""
    monkeypatch.setattr(compaction, "KEPT_NARROW_DAYS", 0)
    with acting_in(stage.crowd.organization_id), connection.cursor() as cursor:
        assert compaction.pack_finished_days(stage.crowd.organization_id) > 0
        cursor.execute(
            "SELECT sum(pg_column_size(chunk.*) + 4) / sum(count)::float FROM readings_chunk AS chunk"
        )
        measured("storage of a packed CGM reading", float(cursor.fetchone()[0]), PACKED_BAR_BYTES, "bytes")


def test_reading_to_people(stage: Stage, measured: Measure) -> None:
    """At ten thousand readings a second, nineteen alerts a second among them."""
    delays = measure_delays(stage.crowd, stage.say)
    for words, milliseconds in delays.items():
        measured(f"reading to {words} at 10,000 readings/s, p99", milliseconds, DELAY_BAR_MS, "ms")


def test_readings_in(stage: Stage, measured: Measure) -> None:
    stage.say(HEAD)
    with prepared() as installation:
        edge = measure_edge(stage, installation)
        installation.stop()
        for statement in (ORM_TABLES.format(people=stage.crowd.count), FHIR_TABLES):
            stage.owner.execute(statement)
        usual = measure_usual_ways(stage, installation)
    compact, bundle, single = edge
    for run, bar in zip(edge, (COMPACT_BAR, FHIR_BAR, SINGLE_BAR), strict=True):
        measured(run.words, run.a_second, bar, "/s", is_floor=True)
    for run, ours in zip(usual, (compact, bundle, bundle, single, compact), strict=True):
        by_time, by_processor = ours.a_second / run.a_second, run.processor_us / ours.processor_us
        stage.say(f"{run.line()}  edge {by_time:.0f}x, by processor {by_processor:.0f}x")
    for run, ours in zip(usual[:3], (compact, bundle, bundle), strict=True):
        measured(f"edge beside {run.words}", ours.a_second / run.a_second, RATIO_BAR, "x", is_floor=True)


def measure_edge(stage: Stage, installation: Installation) -> list[Run]:
    """Measure the edge; every reading that was acknowledged must be there."""
    installation.start("ingest")
    installation.wait_alone("ingest")
    meter = Meter(stage.owner, installation.running["ingest"].pid, installation.socket("ingest"))
    before, bodies = stored(stage.crowd), stage.bodies
    meter.run("warming up", bodies.batches(COMPACT, WARMING_BODIES, is_fhir=False), A_DAY, CONNECTIONS)
    compact = bodies.batches(COMPACT, BODIES, is_fhir=False)
    bundles = bodies.batches(BUNDLE, BUNDLES, is_fhir=True)
    runs = []
    for words, requests, each, connections in (
        ("compact readings, 288 in a batch", compact, A_DAY, CONNECTIONS),
        ("FHIR Observations, 288 in a Bundle", bundles, A_DAY, CONNECTIONS),
        ("one reading in a request", bodies.singles(COMPACT, SINGLES), 1, MANY_CONNECTIONS),
    ):
        runs.append(meter.run(words, requests, each, connections))
        stage.say(runs[-1].line())
    assert stored(stage.crowd) - before == A_DAY * (WARMING_BODIES + BODIES + BUNDLES) + SINGLES
    return runs


def stored(crowd: Crowd) -> int:
    with acting_in(crowd.organization_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM readings_reading WHERE received_at > %s", [crowd.until + timedelta(hours=1)]
        )
        return int(cursor.fetchone()[0])


def measure_usual_ways(stage: Stage, installation: Installation) -> list[Run]:
    """Measure what most servers do instead (``baseline`` says whose ways these are)."""
    bodies = stage.bodies
    loads = [
        ("Django ORM, get_or_create", bodies.batches("/rows/", BASELINE_BODIES, is_fhir=False), A_DAY),
        (
            "Django ORM, checks and rows",
            bodies.batches("/observations/", BASELINE_BODIES, is_fhir=True),
            A_DAY,
        ),
        ("FHIR, validate and insert", bodies.batches("/fhir/", BASELINE_BUNDLES, is_fhir=True), A_DAY),
        ("Django ORM, one reading in a request", bodies.singles("/rows/", BASELINE_SINGLES), 1),
        (
            "Django ORM, bulk_create (no peer does it)",
            bodies.batches("/bulk/", BULK_BODIES, is_fhir=False),
            A_DAY,
        ),
    ]
    with baseline_server(stage.crowd, installation) as (server, path):
        meter = Meter(stage.owner, server, path)
        return [meter.run(words, requests, each, BASELINE_CONNECTIONS) for words, requests, each in loads]
