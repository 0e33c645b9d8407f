"""Past measurements of one kind: as a list, newest first, and as points to draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_language

from hearthline.design.formats import clock_time, short_day
from hearthline.foundation import clock
from hearthline.monitoring.home import units
from hearthline.monitoring.home.kinds import Kind
from hearthline.monitoring.home.queries import aims_of, measurement_words, place_of
from hearthline.monitoring.home.services.storing import microseconds
from hearthline.monitoring.home.values import moment_of, values_of
from hearthline.monitoring.readings.corrections import CORRECTED_FOR
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import Metric
from hearthline.monitoring.readings.models import MonitoredPatient, Reading

LISTED_FOR = timedelta(days=92)
MOST_READINGS = 600
DRAWN_FOR = timedelta(days=30)
STREAM_DRAWN_FOR = timedelta(hours=24)
MOST_POINTS = 60


@dataclass(frozen=True)
class Line:
    """One measurement in the list."""

    at: datetime
    text: str
    unit: str
    extra: str
    source: str  # "typed", "file" or "device"
    is_corrected: bool
    is_withdrawn: bool
    device_number: int
    observed_us: int
    can_change: bool


@dataclass(frozen=True)
class Drawing:
    """A line to draw: its points (label, value) in the person's unit, and the goal."""

    metric: Metric
    points: Sequence[tuple[str, float]]
    unit: str
    low: float | None
    high: float | None


def lines_of(monitored: MonitoredPatient, kind: Kind) -> list[Line]:
    """Return the measurements of about three months, newest first; a sensor's older days are drawn, not listed."""
    now = clock.now()
    numbers = [metric.number for metric in kind.metrics]
    found = Reading.objects.filter(
        organization_id=monitored.organization_id,
        patient_number=monitored.number,
        metric__in=numbers,
        observed_at__gt=now - LISTED_FOR,
    ).order_by("-observed_at", "device_number", "metric")[:MOST_READINGS]
    place = place_of(monitored.patient)
    lines = []
    for (observed_at, device_number), group in groupby(
        found, lambda row: (row.observed_at, row.device_number)
    ):
        rows = list(group)
        if any(row.metric == kind.main.number for row in rows):
            lines.append(_line(rows, kind, place, observed_at, device_number, now))
    return lines


def _line(
    rows: list[Reading], kind: Kind, place: str, observed_at: datetime, device_number: int, now: datetime
) -> Line:
    flags = rows[0].flags
    text, unit, extra = measurement_words({row.metric: row.value for row in rows}, kind, place)
    source = "typed" if flags & Flag.MANUAL else "file" if flags & Flag.IMPORTED else "device"
    return Line(
        at=observed_at + timedelta(seconds=rows[0].correction_seconds),
        text=text,
        unit=unit,
        extra=extra,
        source=source,
        is_corrected=any(row.flags & Flag.CORRECTED for row in rows),
        is_withdrawn=bool(flags & Flag.RETRACTED),
        device_number=device_number,
        observed_us=microseconds(observed_at),
        can_change=observed_at > now - CORRECTED_FOR and not flags & Flag.RETRACTED,
    )


def drawings_of(monitored: MonitoredPatient, kind: Kind) -> list[Drawing]:
    """Return a line for each needed metric: a month, or a day of what is measured by itself every few minutes."""
    now = clock.now()
    zone = ZoneInfo(monitored.patient.zone)
    place, aims = place_of(monitored.patient), aims_of(monitored)
    drawings = []
    for metric in kind.metrics[: len(kind.needed)]:
        series = values_of(monitored, metric, now - DRAWN_FOR, now + timedelta(minutes=5))
        is_stream = metric.is_stream and len(series) > MOST_POINTS
        if is_stream:
            series = values_of(monitored, metric, now - STREAM_DRAWN_FOR, now + timedelta(minutes=5))
        unit = units.unit_for(metric, place)
        step = max(1, -(-len(series) // MOST_POINTS))
        points = [
            (
                _label(moment_of(at), zone.key, is_stream=is_stream),
                float(units.in_unit(float(value), metric, unit)),
            )
            for at, value in zip(series.at_us[::step], series.value[::step], strict=True)
        ]
        aim = aims.get(metric.number)
        low, high = (None, None) if aim is None else (aim.low, aim.high)
        edges = [None if edge is None else float(units.in_unit(edge, metric, unit)) for edge in (low, high)]
        drawings.append(Drawing(metric, points, units.LABELS[unit.ucum], edges[0], edges[1]))
    return [drawing for drawing in drawings if drawing.points]


def _label(at: datetime, zone: str, *, is_stream: bool) -> str:
    language = get_language() or settings.LANGUAGE_CODE
    time = clock_time(at, zone, language)
    return time if is_stream else f"{short_day(at, zone, language)}, {time}"
