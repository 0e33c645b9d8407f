"""The report of one value over 30 days: weight with its trend and dry weight, oxygen, pulse, temperature."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.monitoring.plots import marks, sources, weight
from hearthline.monitoring.plots.drawing import vitals
from hearthline.monitoring.plots.drawing.canvas import Level, Picture
from hearthline.monitoring.plots.local_time import date_of, day_bounds, local_days, moment_of
from hearthline.monitoring.plots.reports.period import Period, by_day, days_with_today, figure, provenance
from hearthline.monitoring.plots.targets import Floats, Integers
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE

SERIES_DAYS = 30
NOON_US = 12 * 3600 * 1_000_000
IN_DOUBT = int(Flag.MOTION | Flag.POOR_FIT | Flag.WEAK_SIGNAL)
OXYGEN_SOURCE = "BMJ 2021;372:n677"


@dataclass(frozen=True)
class Plotted:
    """How one metric is drawn; ``source`` says where its lines come from."""

    code: str
    unit: str
    span_least: float
    ceiling: float | None = None
    lines: tuple[tuple[float, str], ...] = ()
    lines_words: str | Promise = ""
    source: str = ""


PLOTTED = (
    Plotted("weight", "kg", 4.0),
    Plotted(
        "oxygen-saturation",
        "%",
        12.0,
        100.0,
        ((94.0, "94"), (88.0, "88")),
        gettext_lazy("Oxygen is low below 94 %, and below 88 % in people with long-term lung disease."),
        OXYGEN_SOURCE,
    ),
    Plotted("pulse", "/min", 30.0),
    Plotted("temperature", "°C", 2.0),
)
PLOTTED_BY_CODE = {one.code: one for one in PLOTTED}


@dataclass(frozen=True)
class Value:
    """One value as a row of the table; ``note`` says what else is known of it."""

    at: datetime
    value: str
    note: str


def series_report(patient: Patient, plotted: Plotted, *, with_levels: bool = True) -> dict[str, Any]:
    """Return 30 days of one metric: the plot, the table, and for weight the trend of medians."""
    zone, metric = ZoneInfo(patient.zone), BY_CODE[plotted.code]
    period = days_with_today(zone, SERIES_DAYS, clock.now())
    found = sources.series_of(patient, plotted.code, period.starts, period.ends).for_statistics()
    values = found.value.astype(np.float64)
    context = provenance(patient, period) | {
        "plotted": plotted,
        "metric": metric,
        "unit": plotted.unit,
        "has_values": bool(values.size),
    }
    if not values.size:
        return context
    return context | _parts(
        patient, plotted, period, (found.at_us, values, found.flags), with_levels=with_levels
    )


def _parts(
    patient: Patient,
    plotted: Plotted,
    period: Period,
    columns: tuple[Integers, Floats, npt.NDArray[np.integer]],
    *,
    with_levels: bool,
) -> dict[str, Any]:
    times, values, flags = columns
    decimals = BY_CODE[plotted.code].decimals
    lines = [Level(value, label) for value, label in plotted.lines] if with_levels else []
    extra: dict[str, Any] = {}
    trend = None
    if plotted.code == "weight":
        extra, dry, trend = _weight(patient, period, times, values)
        lines += dry
    events = marks.marks_of(patient, period.starts, period.ends)
    is_open = (flags & (IN_DOUBT | int(Flag.ON_OXYGEN))) != 0
    plot = vitals.SeriesPlot(
        plotted.code,
        plotted.unit,
        period.drawn(),
        times,
        values,
        is_open,
        lines,
        trend,
        plotted.span_least,
        plotted.ceiling,
        events,
    )
    title = _("%(what)s over 30 days") % {"what": BY_CODE[plotted.code].label}
    words = _("%(count)s values, from %(low)s to %(high)s %(unit)s; the newest is %(newest)s.") % {
        "count": values.size,
        "low": figure(float(values.min()), decimals),
        "high": figure(float(values.max()), decimals),
        "unit": plotted.unit,
        "newest": figure(float(values[-1]), decimals),
    }
    rows = _rows(times, values, flags, decimals)
    return extra | {
        "plot": Picture(lambda size: vitals.series_drawing(size, plot, title, words)),
        "plot_words": words,
        "has_open": bool(is_open.any()),
        "rows": rows[::-1],
        "days": [
            (day, ", ".join(said))
            for day, said in by_day(times, [_said(row) for row in rows], period.zone).items()
        ],
        "marks": [(moment_of(mark.time), mark.label) for mark in events],
    }


def _weight(
    patient: Patient, period: Period, times: Integers, values: Floats
) -> tuple[dict[str, Any], list[Level], tuple[Integers, Floats]]:
    """Return what is said of weight, its levels, and the running median of each day's first weighing."""
    days, daily = weight.daily_weights(times, values, period.zone)
    dry = sources.dry_weight_of(patient)
    kilograms = None if dry is None else float(dry.kilograms)
    today = int(local_days(np.array([period.ends - 1]), period.zone)[0][0])
    noons = [day_bounds(date_of(day), period.zone)[0] + NOON_US for day in days.tolist()]
    levels = (
        []
        if kilograms is None
        else [Level(kilograms, _("dry %(kilograms)s") % {"kilograms": figure(kilograms, 1)})]
    )
    said = {
        "dry_weight": dry,
        "trend": weight.trend_of(days, daily, today, kilograms),
        "jumps": len(weight.may_be_someone_else(daily)),
    }
    return said, levels, (np.array(noons, dtype=np.int64), weight.running_median(days, daily))


def _rows(times: Integers, values: Floats, flags: npt.NDArray[np.integer], decimals: int) -> list[Value]:
    notes = (
        (int(Flag.ON_OXYGEN), _("on oxygen")),
        (int(Flag.EXERTION), _("after effort")),
        (IN_DOUBT, _("weak signal or movement")),
        (int(Flag.MANUAL), _("typed in")),
        (int(Flag.IMPORTED), _("from a file")),
    )
    rows = []
    for time, value, flag in zip(times.tolist(), values.tolist(), flags.tolist(), strict=True):
        said = ", ".join(words for bits, words in notes if flag & bits)
        rows.append(Value(moment_of(time), figure(value, decimals), said))
    return rows


def _said(row: Value) -> str:
    return f"{row.value} ({row.note})" if row.note else row.value
