"""The report of a glucose sensor: consensus metrics, sufficiency, the profile of the day, the single days."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hearthline.design.formats import short_day
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.monitoring.plots import glucose, sources
from hearthline.monitoring.plots.agp import (
    PERCENTILES,
    SLOT_MINUTES,
    SMOOTHED_SLOTS,
    DayTrace,
    days_of,
    profile_of,
)
from hearthline.monitoring.plots.drawing import canvas
from hearthline.monitoring.plots.drawing import glucose as drawing
from hearthline.monitoring.plots.drawing.canvas import Level, Picture, unpainted
from hearthline.monitoring.plots.glucose import (
    DAYS_NEEDED,
    GlucoseMetrics,
    Trace,
    Unit,
    reconciled,
    shown_limit,
)
from hearthline.monitoring.plots.local_time import local_days
from hearthline.monitoring.plots.reports.period import figure, finished_days, language, provenance
from hearthline.monitoring.plots.targets import IN_RANGE, MMOL, Floats, Limits, Targets

MINUTES_PER_DAY = 1440
HOURLY, EVERY_THIRD = 60, 180  # minutes of a row in the table beside the profile
NARROW_SLOT_MINUTES = 30
BAND_WORDS = (
    gettext_lazy("Very low"),
    gettext_lazy("Low"),
    gettext_lazy("In range"),
    gettext_lazy("High"),
    gettext_lazy("Very high"),
)


@dataclass(frozen=True)
class Band:
    """One band as the report shows it; ``minutes`` of a day."""

    label: str | Promise
    range: str
    percent: Decimal
    minutes: int
    css: str


@dataclass(frozen=True)
class GoalLine:
    """One goal: what, how much, and whether the exact figure keeps it."""

    label: str
    is_met: bool


@dataclass(frozen=True)
class DayPicture:
    """One day of the fortnight; without values it has no drawing."""

    day: date
    drawing: SafeString | None
    percent: int | None

    @property
    def on_screen(self) -> SafeString | None:
        """The drawing for a page, whose stylesheet paints it."""
        return unpainted(self.drawing) if self.drawing is not None else None


def _ranges(limits: Limits, unit: Unit) -> list[str]:
    step = Decimal(1) if unit is Unit.MASS else Decimal("0.1")
    very_low, low, high = (shown_limit(one, unit) for one in (limits.very_low, limits.low, limits.high))
    if limits.very_high is None:
        return [f"< {very_low}", f"{very_low}–{low - step}", f"{low}–{high}", f"> {high}"]  # noqa: RUF001
    very_high = shown_limit(limits.very_high, unit)
    return [
        f"< {very_low}",
        f"{very_low}–{low - step}",  # noqa: RUF001 — a range as people print it
        f"{low}–{high}",  # noqa: RUF001
        f"{high + step}–{very_high}",  # noqa: RUF001
        f"> {very_high}",
    ]


def _bands(metrics: GlucoseMetrics, targets: Targets, unit: Unit) -> list[Band]:
    shown = reconciled(metrics.bands, targets.goals)
    return [
        Band(
            BAND_WORDS[band],
            written,
            shown[band],
            round(metrics.bands[band] * MINUTES_PER_DAY / 100),
            drawing.BAND_CLASSES[band],
        )
        for band, written in enumerate(_ranges(targets.limits, unit))
    ]


def _goals(metrics: GlucoseMetrics, targets: Targets) -> list[GoalLine]:
    lines = []
    for goal in targets.goals:
        name = " + ".join(str(BAND_WORDS[band]) for band in goal.bands)
        words = (
            _("%(band)s: more than %(percent)s %%")
            if goal.is_minimum
            else _("%(band)s: less than %(percent)s %%")
        )
        text = words % {"band": name, "percent": f"{goal.percent:g}"}
        lines.append(GoalLine(text, goal.is_met_by(metrics.bands)))
    steady = _("Variation (CV): at most %(percent)s %%") % {"percent": f"{targets.cv_percent_max:g}"}
    return [*lines, GoalLine(steady, metrics.cv <= targets.cv_percent_max)]


def shown_figure(value: float, unit: Unit) -> str:
    """Return a mean or deviation (mg/dL) in the person's unit."""
    return figure(value, 0) if unit is Unit.MASS else figure(value / MMOL, 1)


def limit_lines(limits: Limits, unit: Unit) -> list[Level]:
    """Return the limits with their numbers as people know them."""
    edges = [limits.very_low, limits.low, limits.high, limits.very_high]
    return [Level(edge, str(shown_limit(edge, unit))) for edge in edges if edge is not None]


def _hour_rows(profile: Floats, unit: Unit, limits: Limits) -> list[tuple[str, list[str]]]:
    step = MINUTES_PER_DAY // profile.shape[1] // 60
    return [
        (
            f"{slot * step:02d}:00",
            [
                "" if np.isnan(value) else str(glucose.shown_value(float(value), unit, limits))
                for value in profile[:, slot]
            ],
        )
        for slot in range(profile.shape[1])
    ]


def glucose_report(patient: Patient, targets: Targets, unit: Unit) -> dict[str, Any]:
    """Return the one-page glucose report of the last 14 finished local days."""
    zone = ZoneInfo(patient.zone)
    period = finished_days(zone, DAYS_NEEDED, clock.now())
    found = sources.series_of(patient, "glucose", period.starts, period.ends)
    trace = glucose.cleaned(found.at_us, found.value, found.flags)
    days_with_data = int(np.unique(local_days(trace.times, zone)[0]).size)
    metrics = glucose.metrics_of(trace, targets.limits)
    context = provenance(patient, period) | {
        "targets": targets,
        "unit": unit,
        "sufficiency": glucose.sufficiency_of(trace, period.starts, period.ends, days_with_data),
        "metrics": metrics,
    }
    return context if metrics is None else context | _parts(trace, metrics, context, zone)


def _parts(trace: Trace, metrics: GlucoseMetrics, context: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    targets, unit, limits = context["targets"], context["unit"], context["targets"].limits
    bands = _bands(metrics, targets, unit)
    days = days_of(trace, zone, context["first_day"], DAYS_NEEDED)
    return {
        "mean": shown_figure(metrics.mean, unit),
        "deviation": shown_figure(metrics.deviation, unit),
        "in_range": bands[IN_RANGE].percent,
        "bands": list(reversed(bands)),
        "goals": _goals(metrics, targets) if context["sufficiency"].is_enough else [],
        "percentiles": PERCENTILES,
        "hours": _hour_rows(profile_of(trace, zone, HOURLY), unit, limits),
        "day_parts": _hour_rows(profile_of(trace, zone, EVERY_THIRD), unit, limits),
        "agp": _profile_picture(trace, zone, limits, unit),
        "overlay": _overlay_picture(days, limits, unit),
        "bar": _band_picture(bands),
        "thumbnails": [_thumbnail(day, limits) for day in days],
        "newest_day": next((day.day for day in reversed(days) if day.values.size), None),
    }


def _band_picture(bands: list[Band]) -> Picture:
    percentages, shown = [float(band.percent) for band in bands], [str(band.percent) for band in bands]
    title, words = _("Time in ranges"), " · ".join(f"{band.label} {band.percent} %" for band in bands)
    return Picture(lambda size: drawing.band_drawing(size, percentages, shown, title, words))


def _profile_picture(trace: Trace, zone: ZoneInfo, limits: Limits, unit: Unit) -> Picture:
    lines, title = limit_lines(limits, unit), _("Glucose over the day")
    words = _profile_words(profile_of(trace, zone, EVERY_THIRD), unit, limits)

    def draw(size: canvas.Size) -> SafeString:
        slot = SLOT_MINUTES if size is canvas.WIDE else NARROW_SLOT_MINUTES
        profile = profile_of(trace, zone, slot, SMOOTHED_SLOTS)
        return drawing.agp_drawing(size, profile, limits, lines, str(unit), title, words)

    return Picture(draw)


def _profile_words(profile: Floats, unit: Unit, limits: Limits) -> str:
    """Return the profile in a sentence: when the median is lowest and highest."""
    median = profile[PERCENTILES.index(50)]
    if np.all(np.isnan(median)):
        return _("Too few values for a profile of the day.")
    low, high = int(np.nanargmin(median)), int(np.nanargmax(median))
    return _(
        "Lowest around %(low_hour)s with %(low)s, highest around %(high_hour)s with %(high)s %(unit)s."
    ) % {
        "low_hour": f"{low * 3 + 1:02d}:30",
        "low": glucose.shown_value(float(median[low]), unit, limits),
        "high_hour": f"{high * 3 + 1:02d}:30",
        "high": glucose.shown_value(float(median[high]), unit, limits),
        "unit": unit,
    }


def _overlay_picture(days: tuple[DayTrace, ...], limits: Limits, unit: Unit) -> Picture:
    lines, title = limit_lines(limits, unit), _("All days over each other")
    words = _("%(count)s days; the newest one stands out.") % {
        "count": sum(bool(day.values.size) for day in days)
    }
    return Picture(lambda size: drawing.overlay_drawing(size, days, limits, lines, str(unit), title, words))


def _thumbnail(day: DayTrace, limits: Limits) -> DayPicture:
    if not day.values.size:
        return DayPicture(day.day, None, None)
    percent = round(100 * float((limits.bands_of(day.values) == IN_RANGE).mean()))
    words = _("%(day)s: %(percent)s %% in range") % {
        "day": short_day(day.day, "UTC", language()),
        "percent": percent,
    }
    return DayPicture(day.day, drawing.day_drawing(day, limits, words), percent)
