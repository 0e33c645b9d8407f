"""Every value of one kind as columns for the plot that zooms, and the newest of them as the table behind it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.monitoring.plots import glucose, sources
from hearthline.monitoring.plots.glucose import Unit, shown_limit, shown_value
from hearthline.monitoring.plots.local_time import microseconds, moment_of
from hearthline.monitoring.plots.reports.period import language
from hearthline.monitoring.plots.targets import Floats, Integers, Targets
from hearthline.monitoring.readings.metrics import BY_CODE

DAYS_OFFERED = (1, 3, 7, 14)
TABLE_ROWS_MAX = 40  # before the script narrows the table to what the plot shows
SECOND = 1_000_000  # µs
DAY_FIRST = {"en": "en-GB"}  # how the browser writes dates: day first, as everywhere


@dataclass(frozen=True)
class Explored:
    """One or two metrics that are looked into together. ``gap_seconds``: a longer silence is not bridged by a line."""

    code: str
    label: str | Promise
    metrics: tuple[str, ...]
    unit: str
    gap_seconds: int


EXPLORED = {
    "glucose": Explored("glucose", gettext_lazy("Glucose"), ("glucose",), "mg/dL", 1_800),
    "blood-pressure": Explored(
        "blood-pressure", gettext_lazy("Blood pressure"), ("systolic", "diastolic"), "mmHg", 172_800
    ),
    "pulse": Explored("pulse", gettext_lazy("Pulse"), ("pulse",), "/min", 172_800),
    "oxygen-saturation": Explored(
        "oxygen-saturation", gettext_lazy("Oxygen (SpO₂)"), ("oxygen-saturation",), "%", 172_800
    ),
    "weight": Explored("weight", gettext_lazy("Weight"), ("weight",), "kg", 345_600),
}


def explored_values(
    patient: Patient, explored: Explored, days: int, targets: Targets, unit: Unit
) -> dict[str, Any]:
    """Return the columns and the table. Values are as shown: rounded, never to the other side of a limit."""
    now = clock.now()
    starts, ends = microseconds(now - timedelta(days=days)), microseconds(now)
    times, columns = _columns(patient, explored, starts, ends)
    limits: list[float] = []
    shown_unit = explored.unit
    if explored.code == "glucose":
        shown_unit = unit
        columns = [np.array([float(shown_value(one, unit, targets.limits)) for one in columns[0].tolist()])]
        edges = (targets.limits.very_low, targets.limits.low, targets.limits.high, targets.limits.very_high)
        limits = [float(shown_limit(edge, unit)) for edge in edges if edge is not None]
    decimals = 1 if shown_unit == Unit.MOLAR else BY_CODE[explored.metrics[0]].decimals
    labels = [str(BY_CODE[code].label) for code in explored.metrics]
    seconds = times // SECOND
    data = {
        "first": int(seconds[0]) if times.size else 0,
        "steps": np.diff(seconds).tolist(),
        "columns": [[round(value, decimals) for value in column.tolist()] for column in columns],
        "labels": labels,
        "unit": shown_unit,
        "decimals": decimals,
        "limits": limits,
        "gap": explored.gap_seconds,
        "zone": patient.zone,
        "language": DAY_FIRST.get(language(), language()),
        "window": _("From %(first)s to %(last)s: %(count)s values, %(low)s to %(high)s %(unit)s."),
        "empty": _("No values between %(first)s and %(last)s."),
    }
    rows = zip(times.tolist(), *(column.tolist() for column in columns), strict=True)
    newest = list(rows)[: -TABLE_ROWS_MAX - 1 : -1]
    return {
        "explored": explored,
        "all_explored": list(EXPLORED.values()),
        "days": days,
        "days_offered": DAYS_OFFERED,
        "unit": shown_unit,
        "labels": labels,
        "data": data,
        "count": int(times.size),
        "rows": [(moment_of(row[0]), [f"{value:.{decimals}f}" for value in row[1:]]) for row in newest],
    }


def _columns(patient: Patient, explored: Explored, starts: int, ends: int) -> tuple[Integers, list[Floats]]:
    if explored.code == "blood-pressure":
        found = sources.pressures_of(patient, starts, ends)
        return found.times, [found.systolic, found.diastolic]
    series = sources.series_of(patient, explored.code, starts, ends)
    if explored.code == "glucose":
        trace = glucose.cleaned(series.at_us, series.value, series.flags)
        return trace.times, [trace.values]
    kept = series.for_statistics()
    return kept.at_us, [kept.value.astype(np.float64)]
