"""How long a fortnight of one sensor takes to read out of millions of readings, and its profile to draw."""

import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.db import connection

from hearthline.foundation import clock
from hearthline.monitoring.plots.agp import SMOOTHED_SLOTS, days_of, profile_of
from hearthline.monitoring.plots.drawing import glucose as drawing
from hearthline.monitoring.plots.drawing.canvas import NARROW, WIDE
from hearthline.monitoring.plots.glucose import Trace, Unit, cleaned, metrics_of
from hearthline.monitoring.plots.local_time import DAY, date_of
from hearthline.monitoring.plots.reports.glucose import limit_lines
from hearthline.monitoring.plots.targets import STANDARD_LIMITS
from hearthline.monitoring.plots.tests.traces import trace
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.series import Series, series_of
from hearthline.tenancy.context import acting_in
from tests.bench import Measure
from tests.database import as_login
from tests.people import People

PATIENTS, DAYS, PER_DAY = 1240, 14, 288
ROWS = PATIENTS * DAYS * PER_DAY  # 5 million
RUNS = 200
DRAWINGS = 100
READ_BAR, DRAW_BAR = 10.0, 5.0  # ms
GLUCOSE = BY_CODE["glucose"].number
CHICAGO = ZoneInfo("America/Chicago")
# In the order of time, patients mixed, as sensors send: the order that scatters one person over the whole table.
INSERT = """
INSERT INTO readings_reading (organization_id, patient_number, device_number, ingestion_number, observed_at,
  received_at, value, flags, correction_seconds, metric)
SELECT %(organization)s, patient, patient, 1,
  %(first)s::timestamptz + slot * interval '5 minutes' + patient * interval '1 millisecond',
  %(first)s::timestamptz + slot * interval '5 minutes', 60 + (patient * 37 + slot * 11) %% 200, 0, 0, %(metric)s
FROM generate_series(0, %(slots)s - 1) slot, generate_series(1, %(patients)s) patient
"""


def measured_runs(
    work: Callable[[int], object], count: int, timer: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Milliseconds of each run, the shortest first."""
    runs = []
    for number in range(count):
        begun = timer()
        work(number)
        runs.append((timer() - begun) * 1000)
    return sorted(runs)


def p95(runs: list[float]) -> float:
    return runs[int(len(runs) * 0.95) - 1]


def fill(organization_id: UUID) -> None:
    first = clock.now() - timedelta(days=DAYS)
    with acting_in(organization_id), connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            {
                "organization": organization_id,
                "first": first,
                "slots": DAYS * PER_DAY,
                "patients": PATIENTS,
                "metric": GLUCOSE,
            },
        )


def read(organization_id: UUID, patient_number: int) -> Series:
    now = clock.now()
    return series_of(
        organization_id=organization_id,
        patient_number=patient_number,
        metric=GLUCOSE,
        since=now - timedelta(days=DAYS),
        until=now,
    )


@pytest.mark.bench
def test_a_fortnight_out_of_five_million(people: People, committed: None, measured: Measure) -> None:
    organization_id = people.organization.id
    with as_login("owner"):
        fill(organization_id)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE readings_reading")
    with acting_in(organization_id):
        numbers = np.random.default_rng(5).permutation(PATIENTS)[:RUNS] + 1
        for number in numbers.tolist():  # cold cache excluded
            assert len(read(organization_id, number)) >= DAYS * PER_DAY - 1
        narrow = measured_runs(lambda run: read(organization_id, int(numbers[run])), RUNS)
    measured(f"14 days of one sensor of {ROWS / 1_000_000:.0f} M readings, p95", p95(narrow), READ_BAR, "ms")
    measured("14 days of one sensor, p50", narrow[len(narrow) // 2], READ_BAR, "ms")


@pytest.mark.bench
def test_the_profile_is_drawn(measured: Measure) -> None:
    played = trace("dm")
    fortnight = played.times >= played.times[-1] - DAYS * DAY
    kept = cleaned(played.times[fortnight], played.values[fortnight])
    lines = limit_lines(STANDARD_LIMITS, Unit.MASS)

    def draw(_run: int) -> object:
        profile = profile_of(kept, CHICAGO, smoothed_slots=SMOOTHED_SLOTS)
        return drawing.agp_drawing(WIDE, profile, STANDARD_LIMITS, lines, "mg/dL", "Glucose", "Words")

    # Processor time: nothing here waits, and another program on the machine is not part of the drawing.
    profile = measured_runs(draw, DRAWINGS, time.process_time)
    measured("profile of the day (AGP) as SVG, p95, processor", p95(profile), DRAW_BAR, "ms")
    work = measured_runs(
        lambda _run: (draw(0), metrics_of(kept, STANDARD_LIMITS), all_days(kept)), DRAWINGS, time.process_time
    )
    measured("profile, metrics, 14 days over each other, p95, processor", p95(work), 2 * DRAW_BAR, "ms")


def all_days(kept: Trace) -> object:
    days = days_of(kept, CHICAGO, date_of(int(kept.times[0] // DAY)), DAYS)
    lines = limit_lines(STANDARD_LIMITS, Unit.MASS)
    return drawing.overlay_drawing(NARROW, days, STANDARD_LIMITS, lines, "mg/dL", "Days", "Words")
