"""Reads of results that a page shows as one thing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, QuerySet

from hearthline.charting.results.access import criticals_for, in_force, reports_for
from hearthline.charting.results.conversions import converted
from hearthline.charting.results.models import (
    Acknowledgement,
    CriticalResult,
    HandOver,
    Hold,
    Observation,
    Report,
    ReportVersion,
)
from hearthline.charting.results.models.reports import Abnormality, Status
from hearthline.charting.results.rules import LADDER_DUE, bounds_of
from hearthline.directory.access import practitioner_of
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.actor import Actor

TREND_POINTS = 60
MOST_LINES = 500
# A flag is told by a word and a shape; colour only repeats it.
SHAPES = {
    Abnormality.LOW: ("▼", "watch"),
    Abnormality.HIGH: ("▲", "watch"),
    Abnormality.ABNORMAL: ("◆", "watch"),
    Abnormality.UNKNOWN: ("?", "watch"),
    Abnormality.CRITICAL_LOW: ("▼▼", "urgent"),
    Abnormality.CRITICAL_HIGH: ("▲▲", "urgent"),
    Abnormality.CRITICAL: ("◆◆", "urgent"),
}
BOXES = ("mine", "nobodys", "all")


@dataclass(frozen=True)
class Line:
    """A line of a report as it is shown."""

    observation: Observation
    earlier: Sequence[Observation] = ()
    has_trend: bool = False

    @property
    def shape(self) -> str:
        """The shape beside the flag's word."""
        return SHAPES.get(Abnormality(self.observation.abnormality), ("", ""))[0]

    @property
    def kind(self) -> str:
        """The kind of the flag's tag."""
        return SHAPES.get(Abnormality(self.observation.abnormality), ("", ""))[1]

    @property
    def extra(self) -> tuple[Decimal, str] | None:
        """The value in another usual unit, beside the value as sent."""
        row = self.observation
        return converted(code=row.code, code_system=row.code_system, unit=row.unit, number=row.number)

    @property
    def is_withdrawn(self) -> bool:
        """Whether the laboratory took it back."""
        return self.observation.status == Status.CANCELLED


@dataclass(frozen=True)
class ReportPage:
    """A report with its lines, versions and what was done about it."""

    report: Report
    lines: Sequence[Line]
    versions: Sequence[ReportVersion]
    acknowledgements: Sequence[Acknowledgement]
    handovers: Sequence[HandOver]
    holds: Sequence[Hold]
    criticals: Sequence[CriticalResult]
    hold: Hold | None

    @property
    def newest(self) -> ReportVersion:
        """The version that came last: the one to acknowledge."""
        return max(self.versions, key=lambda version: (version.created_at, version.pk))

    @property
    def notes(self) -> list[str]:
        """Notes on the whole report, those of the newest version that has some."""
        found = [version.note for version in reversed(self.versions) if version.note]
        return found[:1]


def lines_of(report: Report) -> list[Line]:
    """Return the leading lines in their order, each with what it was before."""
    rows = Observation.objects.filter(report=report).select_related("document", "version")[:MOST_LINES]
    earlier: dict[str, list[Observation]] = {}
    for row in rows:
        if not row.is_current:
            earlier.setdefault(row.line, []).append(row)
    current = [row for row in rows if row.is_current]
    plotted = _with_trend(report.patient_id, current)
    return [
        Line(
            row,
            sorted(earlier.get(row.line, []), key=lambda one: one.version.issued_at, reverse=True),
            (row.code, row.code_system, row.unit) in plotted,
        )
        for row in current
    ]


def _with_trend(patient_id: UUID, rows: Iterable[Observation]) -> set[tuple[str, str, str]]:
    """Return code, system and unit of the lines that have more than one number in the record."""
    codes = {row.code for row in rows if row.number is not None}
    counts: dict[tuple[str, str, str], int] = {}
    known = Observation.objects.filter(
        report__patient_id=patient_id, code__in=codes, is_current=True, number__isnull=False
    )
    for found in known.values_list("code", "code_system", "unit"):
        counts[found] = counts.get(found, 0) + 1
    return {found for found, count in counts.items() if count > 1}


def page_of(report: Report) -> ReportPage:
    """Return all that the page of a report shows. The caller has checked access and audits the read."""
    criticals = CriticalResult.objects.filter(report=report).select_related("observation", "received_by")
    return ReportPage(
        report=report,
        lines=lines_of(report),
        versions=list(report.versions.all()),
        acknowledgements=list(report.acknowledgements.select_related("by")),
        handovers=list(report.handovers.select_related("by", "from_practitioner", "to_practitioner")),
        holds=list(report.holds.select_related("by")),
        criticals=list(criticals),
        hold=in_force(report.holds.all()).first(),
    )


@dataclass(frozen=True)
class Trend:
    """The numbers of one examination in one unit, oldest first: code *and* unit agree, nothing is converted."""

    observation: Observation
    points: Sequence[tuple[datetime, Decimal]]
    low: float | None = None
    high: float | None = None
    other_units: Sequence[str] = ()


def trend_of(patient: Patient, observation: Observation) -> Trend:
    """Return the trend to which a line belongs; the band is drawn when all its ranges were sent alike."""
    rows = Observation.objects.filter(
        report__patient=patient,
        code=observation.code,
        code_system=observation.code_system,
        is_current=True,
        number__isnull=False,
    ).exclude(status=Status.CANCELLED)
    timed = rows.annotate(at=F("report__collected_at"), issued=F("report__issued_at"))
    found = list(
        timed.filter(unit=observation.unit).values_list(
            "observed_at", "at", "issued", "number", "reference_range"
        )
    )
    points = sorted(
        (observed or collected or issued, number)
        for observed, collected, issued, number, _range in found
        if number is not None
    )
    ranges = {reference for *_rest, reference in found}
    bounds = bounds_of(ranges.pop()) if len(ranges) == 1 else None
    others = rows.exclude(unit=observation.unit).values_list("unit", flat=True).distinct().order_by("unit")
    low, high = bounds or (None, None)
    return Trend(observation, points[-TREND_POINTS:], low, high, [unit for unit in others if unit])


@dataclass(frozen=True)
class CriticalRow:
    """A critical value that waits, with its clock."""

    critical: CriticalResult
    minutes: int = field(default=0)

    @property
    def is_late(self) -> bool:
        """Whether it should have been taken by now."""
        return clock.now() - self.critical.identified_at > LADDER_DUE

    @property
    def due_at(self) -> datetime:
        """When it has to be taken."""
        return self.critical.identified_at + LADDER_DUE


def waiting_criticals(actor: Actor, limit: int = 20) -> list[CriticalRow]:
    """Return the critical values that wait for this actor, the oldest first."""
    now = clock.now()
    return [
        CriticalRow(one, int((now - one.identified_at).total_seconds() // 60))
        for one in criticals_for(actor)[:limit]
    ]


def worklist(actor: Actor, box: str) -> QuerySet[Report]:
    """Return the reports that somebody has to look at: critical ones first, then abnormal, then the oldest."""
    rows = reports_for(actor).filter(needs_look=True)
    mine = practitioner_of(actor)
    if box == "mine":
        rows = rows.filter(responsible=mine) if mine is not None else rows.none()
    elif box == "nobodys":
        rows = rows.filter(responsible__isnull=True)
    return rows.order_by("-is_critical", "-is_abnormal", "issued_at", "id")


@dataclass
class Panel:
    """Reports of one kind on a page, the newest first."""

    title: str
    reports: list[Report] = field(default_factory=list)
    lines: Sequence[Line] = ()


def panels_of(reports: Iterable[Report]) -> list[Panel]:
    """Group a page's reports by what was examined; the newest of each is shown with its lines."""
    panels: dict[tuple[str, str], Panel] = {}
    for report in reports:
        panel = panels.setdefault((report.code, report.code_system), Panel(report.title))
        panel.reports.append(report)
    for panel in panels.values():
        panel.lines = lines_of(panel.reports[0])
    return list(panels.values())
