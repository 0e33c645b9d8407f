"""Sums of a person's local days, made anew for each day that changed: late and withdrawn values count right."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from hearthline.foundation import clock
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_NUMBER
from hearthline.monitoring.readings.models import DailySummary, DirtyDay, MonitoredPatient
from hearthline.monitoring.readings.series import Series, series_of

DAYS_AT_ONCE = 500
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
        .order_by("day")[:DAYS_AT_ONCE]
    )
    zones = _zones(organization_id, {one.patient_number for one in dirty})
    done: set[tuple[int, int, date]] = set()
    for one in dirty:
        zone = zones.get(one.patient_number, ZoneInfo("UTC"))
        for day in local_days_of(one.day, zone):
            key = (one.patient_number, one.metric, day)
            if key not in done:
                done.add(key)
                _refresh(organization_id, *key, zone)
        DirtyDay.objects.filter(
            organization_id=organization_id,
            patient_number=one.patient_number,
            metric=one.metric,
            day=one.day,
        ).delete()
    return len(dirty)


def _zones(organization_id: UUID, numbers: set[int]) -> dict[int, ZoneInfo]:
    found = MonitoredPatient.objects.filter(organization_id=organization_id, number__in=numbers)
    return {number: ZoneInfo(zone) for number, zone in found.values_list("number", "patient__zone")}


def _refresh(organization_id: UUID, patient_number: int, metric: int, day: date, zone: ZoneInfo) -> None:
    since, until = bounds_of(day, zone)
    series = series_of(
        organization_id=organization_id,
        patient_number=patient_number,
        metric=metric,
        since=since,
        until=min(until, clock.now() + timedelta(days=1)),
    ).for_statistics()
    key = {
        "organization_id": organization_id,
        "patient_number": patient_number,
        "metric": metric,
        "day": day,
    }
    found = DailySummary.objects.filter(**key)
    if not len(series):
        found.delete()
        return
    sums = summary_of(series, metric)
    if not found.update(**sums):
        DailySummary(**key, **sums).save(force_insert=True)


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
