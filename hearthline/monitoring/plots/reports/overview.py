"""Everything that is measured at home on one page: for the care team, and in short for the person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hearthline.directory.models import Patient
from hearthline.monitoring.plots import sources
from hearthline.monitoring.plots.blood_pressure import Protocol
from hearthline.monitoring.plots.glucose import Unit, shown_value
from hearthline.monitoring.plots.reports.glucose import glucose_report
from hearthline.monitoring.plots.reports.period import figure
from hearthline.monitoring.plots.reports.pressure import pressure_report
from hearthline.monitoring.plots.reports.series import PLOTTED, series_report
from hearthline.monitoring.plots.sources import Newest
from hearthline.monitoring.plots.targets import STANDARD_LIMITS, Targets
from hearthline.monitoring.readings.metrics import BY_CODE

PRESSURE_WORDS = _("Blood pressure")


@dataclass(frozen=True)
class NewestLine:
    """The newest value of one kind as it is shown, when it was taken, and the page with its plot."""

    code: str
    label: str | Promise
    value: str
    unit: str
    at: datetime
    url: str


def overview_of(patient: Patient, targets: Targets, unit: Unit, protocol: Protocol) -> dict[str, Any]:
    """Return the newest values and a report of each kind that has any."""
    newest = sources.newest_of(patient)
    pressure = pressure_report(patient, protocol) if "systolic" in newest else None
    series = [series_report(patient, one) for one in PLOTTED if one.code in newest]
    with_marks = [report["marks"] for report in (pressure, *series) if report and "marks" in report]
    return {
        "newest": _lines(patient, newest, unit, own=False),
        "glucose": glucose_report(patient, targets, unit) if "glucose" in newest else None,
        "pressure": pressure,
        "series": series,
        "marks": with_marks[0] if with_marks else [],
    }


def own_overview_of(patient: Patient, unit: Unit) -> dict[str, Any]:
    """Return the newest values for the person's own page."""
    lines = _lines(patient, sources.newest_of(patient), unit, own=True)
    return {"newest": lines, "zone": patient.zone}


def _lines(patient: Patient, newest: dict[str, Newest], unit: Unit, *, own: bool) -> list[NewestLine]:
    prefix, of_patient = ("own_" if own else ""), [patient.pk]
    lines = []
    if "glucose" in newest:
        found = newest["glucose"]
        shown = str(shown_value(found.value, unit, STANDARD_LIMITS))
        url = reverse(f"plots:{prefix}glucose", args=of_patient)
        lines.append(NewestLine("glucose", BY_CODE["glucose"].label, shown, unit, found.at, url))
    if "systolic" in newest and "diastolic" in newest:
        upper, lower = newest["systolic"], newest["diastolic"]
        url = reverse(f"plots:{prefix}pressure", args=of_patient)
        shown = f"{upper.value:.0f}/{lower.value:.0f}"
        lines.append(NewestLine("pressure", PRESSURE_WORDS, shown, "mmHg", upper.at, url))
    for plotted in PLOTTED:
        if plotted.code in newest:
            one = newest[plotted.code]
            metric = BY_CODE[plotted.code]
            url = reverse(f"plots:{prefix}series", args=[*of_patient, plotted.code])
            shown = figure(one.value, metric.decimals)
            lines.append(NewestLine(plotted.code, metric.label, shown, plotted.unit, one.at, url))
    return lines
