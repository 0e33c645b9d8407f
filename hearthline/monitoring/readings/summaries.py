"""Sums of a person's local days, made anew for each day that changed: late and withdrawn values count right."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection

from hearthline.foundation import clock
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_NUMBER
from hearthline.monitoring.readings.models import DailySummary, DirtyDay, MonitoredPatient
from hearthline.monitoring.readings.series import Series, series_of

DAYS_AT_ONCE = 2000
NEAR = timedelta(days=7)
SECOND_US = 1_000_000
# The columns in the order of what ``summary_of`` returns.
KEEP = """
INSERT INTO readings_dailysummary (organization_id, patient_number, metric, day,
  count, automatic_count, total, squares, lowest, highest, bands)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (organization_id, patient_number, metric, day) DO UPDATE SET
  count = EXCLUDED.count, automatic_count = EXCLUDED.automatic_count, total = EXCLUDED.total,
  squares = EXCLUDED.squares, lowest = EXCLUDED.lowest, highest = EXCLUDED.highest, bands = EXCLUDED.bands
"""
FORGET = """
DELETE FROM readings_dirtyday USING unnest(%s::bigint[], %s::smallint[], %s::date[]) AS done (patient, metric, day)
WHERE organization_id = %s AND patient_number = done.patient
  AND readings_dirtyday.metric = done.metric AND readings_dirtyday.day = done.day
"""
NOT_FROM_A_DEVICE = int(Flag.MANUAL | Flag.IMPORTED)
# International Consensus on CGM (Battelino 2019): below 54, to 69, 70 to 180, to 250, above; 70 and 180 are in range.
GLUCOSE_BANDS = ((54.0, "left"), (70.0, "left"), (180.0, "right"), (250.0, "right"))


def local_days_of(day: date, zone: ZoneInfo) -> list[date]:
    """Return the local days that a day of UTC has a part in, earliest first."""
    start = datetime.combine(day, time(), UTC)
    return sorted(
        {start.astimezone(zone).date(), (start + timedelta(days=1, microseconds=-1)).astimezone(zone).date()}
    )


def bounds_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when a local day begins and ends; it has 23 or 25 hours where clocks are changed."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def refresh_summaries(organization_id: UUID) -> int:
    """Make the sums of some changed days true again; return how many days were looked at.

    The transaction must speak for the organization. A day that changes meanwhile is marked again by the store and
    waits for the lock, so no change is lost.
    """
    dirty = list(
        DirtyDay.objects.filter(organization_id=organization_id)
        .select_for_update(skip_locked=True)
        .order_by("patient_number", "metric", "day")[:DAYS_AT_ONCE]
    )
    zones = _zones(organization_id, {one.patient_number for one in dirty})
    streams: dict[tuple[int, int], set[date]] = {}
    for one in dirty:
        zone = zones.get(one.patient_number, ZoneInfo("UTC"))
        days = streams.setdefault((one.patient_number, one.metric), set())
        days.update(local_days_of(one.day, zone))
    for (patient_number, metric), days in streams.items():
        zone = zones.get(patient_number, ZoneInfo("UTC"))
        for run in runs_of(days):
            _refresh(organization_id, patient_number, metric, run, zone)
    _forget(organization_id, dirty)
    return len(dirty)


def runs_of(days: Iterable[date]) -> list[list[date]]:
    """Return the days in runs whose neighbours are at most a week apart: each run is read at one go."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] <= NEAR:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _forget(organization_id: UUID, dirty: list[DirtyDay]) -> None:
    columns = list(zip(*((one.patient_number, one.metric, one.day) for one in dirty), strict=True))
    if columns:
        with connection.cursor() as cursor:
            cursor.execute(FORGET, [*(list(column) for column in columns), organization_id])


def _zones(organization_id: UUID, numbers: set[int]) -> dict[int, ZoneInfo]:
    found = MonitoredPatient.objects.filter(organization_id=organization_id, number__in=numbers)
    return {number: ZoneInfo(zone) for number, zone in found.values_list("number", "patient__zone")}


def _refresh(
    organization_id: UUID, patient_number: int, metric: int, days: list[date], zone: ZoneInfo
) -> None:
    """Write the sums of a run of local days anew."""
    since, until = bounds_of(days[0], zone)[0], bounds_of(days[-1], zone)[1]
    series = series_of(
        organization_id=organization_id,
        patient_number=patient_number,
        metric=metric,
        since=since,
        until=min(until, clock.now() + timedelta(days=1)),
    ).for_statistics()
    key = (organization_id, patient_number, metric)
    sums: list[tuple[Any, ...]] = []
    empty: list[date] = []
    for day in days:
        start, end = (round(at.timestamp() * SECOND_US) for at in bounds_of(day, zone))
        first, last = np.searchsorted(series.at_us, (start, end))
        part = series.part(int(first), int(last))
        if len(part):
            sums.append((*key, day, *summary_of(part, metric).values()))
        else:
            empty.append(day)
    with connection.cursor() as cursor:
        cursor.executemany(KEEP, sums)
    DailySummary.objects.filter(
        organization_id=organization_id, patient_number=patient_number, metric=metric, day__in=empty
    ).delete()


def summary_of(series: Series, metric: int) -> dict[str, Any]:
    """Return the parts of a day's sum, which add up over days (mean and spread follow from count, total, squares)."""
    values = series.value.astype(np.float64)
    is_glucose = BY_NUMBER[metric].code == "glucose"
    return {
        "count": len(values),
        "automatic_count": int(np.count_nonzero((series.flags & NOT_FROM_A_DEVICE) == 0)),
        "total": float(values.sum()),
        "squares": float((values**2).sum()),
        "lowest": float(values.min()),
        "highest": float(values.max()),
        "bands": _bands(np.sort(values)) if is_glucose else [],
    }


def _bands(ordered: "np.ndarray[Any, np.dtype[np.float64]]") -> list[int]:
    sides: list[Any] = [np.searchsorted(ordered, edge, side=side) for edge, side in GLUCOSE_BANDS]  # type: ignore[call-overload]
    return [int(one) for one in np.diff([0, *sides, len(ordered)])]
