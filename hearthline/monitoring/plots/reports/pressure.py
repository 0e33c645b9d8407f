"""The report of blood pressure at home: averages by named protocols, the category, the measurements."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.monitoring.plots import blood_pressure, marks, sources
from hearthline.monitoring.plots.blood_pressure import (
    GOAL_DIASTOLIC,
    GOAL_SYSTOLIC,
    PROTOCOLS,
    Average,
    Category,
    Pressures,
    Protocol,
)
from hearthline.monitoring.plots.drawing import vitals
from hearthline.monitoring.plots.drawing.canvas import Picture
from hearthline.monitoring.plots.local_time import DAY, local_days, moment_of
from hearthline.monitoring.plots.reports.period import Period, by_day, days_with_today, provenance
from hearthline.monitoring.plots.targets import Floats, Integers

PRESSURE_DAYS = 30
SEVERE_SYSTOLIC, SEVERE_DIASTOLIC = 180.0, 120.0  # above either (2025 AHA/ACC)


@dataclass(frozen=True)
class Measured:
    """One measurement as a row of the table; ``word`` says where it stands, so that colour is not alone."""

    at: datetime
    upper: int
    lower: int
    is_morning: bool
    is_cuffless: bool
    word: str
    kind: str


def pressure_report(patient: Patient, protocol: Protocol) -> dict[str, Any]:
    """Return averages by every protocol, the category by the chosen one, and 30 days of measurements, newest first."""
    zone = ZoneInfo(patient.zone)
    period = days_with_today(zone, PRESSURE_DAYS, clock.now())
    found = sources.pressures_of(patient, period.starts, period.ends)
    averages = [
        (one, _category(one)) for one in (blood_pressure.average_of(found, each, zone) for each in PROTOCOLS)
    ]
    chosen = next(pair for pair in averages if pair[0].protocol.code == protocol.code)
    context = provenance(patient, period) | {
        "protocol": protocol,
        "average": chosen[0],
        "category": chosen[1],
        "averages": averages,
        "guideline": blood_pressure.GUIDELINE_2025,
        "has_measurements": bool(found.times.size),
    }
    return context if not found.times.size else context | _parts(patient, found, period, chosen[0])


def _category(average: Average) -> Category | None:
    if not average.is_enough or average.systolic is None or average.diastolic is None:
        return None
    return blood_pressure.category_of(average.systolic, average.diastolic)


def states_of(values: Floats, goal: float, severe: float) -> Integers:
    """Return 0 for a value below its goal, 1 from it, 2 above what is severe."""
    return np.where(values > severe, 2, np.where(values >= goal, 1, 0))


def _parts(patient: Patient, found: Pressures, period: Period, average: Average) -> dict[str, Any]:
    morning = blood_pressure.is_morning(found.times, period.zone)
    upper = states_of(found.systolic, GOAL_SYSTOLIC, SEVERE_SYSTOLIC)
    lower = states_of(found.diastolic, GOAL_DIASTOLIC, SEVERE_DIASTOLIC)
    events = marks.marks_of(patient, period.starts, period.ends)
    plot = vitals.PressurePlot(
        period.drawn(),
        found.times,
        found.systolic,
        found.diastolic,
        morning,
        upper,
        lower,
        _average_line(average, found, period.zone),
        [GOAL_SYSTOLIC, GOAL_DIASTOLIC],
        events,
    )
    title, words = _("Blood pressure over 30 days"), _plot_words(found, average)
    return {
        "measurements": _rows(found, morning, np.maximum(upper, lower)),
        "days": _days(found, morning, period.zone),
        "plot": Picture(lambda size: vitals.pressure_drawing(size, plot, title, words)),
        "plot_words": words,
        "marks": [(moment_of(mark.time), mark.label) for mark in events],
    }


def _average_line(average: Average, found: Pressures, zone: ZoneInfo) -> vitals.AverageLine | None:
    """Return the average as a line over the calendar days that its protocol looks at."""
    if average.systolic is None or average.diastolic is None:
        return None
    days, _minutes = local_days(found.times[~found.is_cuffless], zone)
    last = int(found.times[~found.is_cuffless].max())
    span = int(days.max()) - average.protocol.days + 1
    first = int(found.times[~found.is_cuffless][days >= span].min())
    return vitals.AverageLine(min(first, last - DAY), last, average.systolic, average.diastolic)


def _plot_words(found: Pressures, average: Average) -> str:
    words = _("%(count)s measurements, upper value from %(low)s to %(high)s mmHg.") % {
        "count": found.times.size,
        "low": round(float(found.systolic.min())),
        "high": round(float(found.systolic.max())),
    }
    if average.systolic is None or average.diastolic is None:
        return words
    mean = _("Average %(upper)s over %(lower)s.") % {
        "upper": round(average.systolic),
        "lower": round(average.diastolic),
    }
    return f"{words} {mean}"


def _days(found: Pressures, morning: npt.NDArray[np.bool_], zone: ZoneInfo) -> list[tuple[date, str, str]]:
    """Return each day's values in the morning and in the evening, the newest day first."""
    words = np.array(
        [f"{upper:.0f}/{lower:.0f}" for upper, lower in zip(found.systolic, found.diastolic, strict=True)]
    )
    early = by_day(found.times[morning], words[morning].tolist(), zone)
    late = by_day(found.times[~morning], words[~morning].tolist(), zone)
    days = sorted(early.keys() | late.keys(), reverse=True)
    return [(day, ", ".join(early.get(day, [])), ", ".join(late.get(day, []))) for day in days]


def _rows(found: Pressures, morning: npt.NDArray[np.bool_], state: Integers) -> list[Measured]:
    kinds = ((_("Within the goal"), "ok"), (_("Above the goal"), "watch"), (_("Severe"), "urgent"))
    columns = zip(
        found.times.tolist(),
        found.systolic.tolist(),
        found.diastolic.tolist(),
        morning.tolist(),
        found.is_cuffless.tolist(),
        state.tolist(),
        strict=True,
    )
    rows = [
        Measured(moment_of(time), round(upper), round(lower), early, cuffless, *kinds[level])
        for time, upper, lower, early, cuffless, level in columns
    ]
    return rows[::-1]
