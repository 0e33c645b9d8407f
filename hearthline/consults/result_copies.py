"""A laboratory result as it was when it was given with a case: written as canonical JSON, and read again for a page.

Values, ranges and flags stay exactly as the laboratory sent them. A trend holds only values of the same code and unit.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from hearthline.charting.results.models import Report
from hearthline.charting.results.models.reports import CRITICAL, UNREMARKABLE, Abnormality, Status
from hearthline.charting.results.queries import SHAPES, Line, lines_of, trend_of
from hearthline.consults.models import Attachment
from hearthline.design.formats import short_day
from hearthline.foundation.blobs import open_blob

VERSION = "hearthline-result-copy-1"
FLAGGED_SHOWN = 6


@dataclass(frozen=True)
class CopiedLine:
    """A line of a copied result as it is shown."""

    facts: Mapping[str, Any]
    points: Sequence[tuple[str, float]]

    @property
    def flag(self) -> str:
        """The flag's word, in the reader's language; empty when there is nothing to flag."""
        abnormality = Abnormality(self.facts["abnormality"])
        return "" if abnormality in UNREMARKABLE else str(abnormality.label)

    @property
    def shape(self) -> str:
        """The shape beside the word."""
        return SHAPES.get(Abnormality(self.facts["abnormality"]), ("", ""))[0]

    @property
    def kind(self) -> str:
        """The kind of the flag's tag."""
        return SHAPES.get(Abnormality(self.facts["abnormality"]), ("", ""))[1]


@dataclass(frozen=True)
class ResultCopy:
    """A copied result as a page shows it."""

    attachment: Attachment
    facts: Mapping[str, Any]
    lines: Sequence[CopiedLine]
    is_outdated: bool = False

    @property
    def at(self) -> datetime:
        """When the sample was taken, else when it was reported."""
        return datetime.fromisoformat(self.facts["collected_at"] or self.facts["issued_at"])

    @property
    def status(self) -> str:
        """How settled it was, in words."""
        return str(Status(self.facts["status"]).label)

    @property
    def flagged(self) -> Sequence[CopiedLine]:
        """The lines with a flag, critical ones first."""
        found = [line for line in self.lines if line.flag]
        return sorted(found, key=lambda line: line.facts["abnormality"] not in CRITICAL)[:FLAGGED_SHOWN]


def copy_of(report: Report) -> str:
    """Return a report with its leading lines and their trends: the same state is the same text."""
    version = report.versions.order_by("issued_at", "created_at").last()
    content = {
        "version": VERSION,
        "title": report.title,
        "laboratory": report.laboratory.name,
        "number": report.filler_number,
        "status": report.status,
        "collected_at": report.collected_at.isoformat() if report.collected_at else "",
        "issued_at": report.issued_at.isoformat(),
        "note": version.note if version is not None else "",
        "lines": [_line(report, line) for line in lines_of(report)],
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def is_outdated(attachment: Attachment) -> bool:
    """Whether the laboratory has sent a newer version of a given result, which is not given with the case yet."""
    report = attachment.report
    if report is None or report.changed_at <= attachment.created_at:
        return False
    later = Attachment.objects.filter(consult=attachment.consult_id, report=report)
    return not later.filter(created_at__gte=report.changed_at).exists()


def _line(report: Report, line: Line) -> dict[str, Any]:
    row = line.observation
    drawn = trend_of(report.patient, row) if line.has_trend else None
    return {
        "name": row.name,
        "code": row.code,
        "value": row.value,
        "unit": row.unit,
        "range": row.reference_range,
        "flags": row.flags,
        "abnormality": row.abnormality,
        "status": row.status,
        "note": row.note,
        "earlier": [[one.value, one.status, one.version.issued_at.isoformat()] for one in line.earlier],
        "points": [[at.isoformat(), str(number)] for at, number in drawn.points] if drawn else [],
        "low": drawn.low if drawn else None,
        "high": drawn.high if drawn else None,
    }


def read_copy(attachment: Attachment, zone: str) -> ResultCopy:
    """Return the result of an attachment that holds one.

    Raises:
        BlobMissingError: its content is not in the store.
    """
    facts = json.loads(open_blob(attachment.organization_id, attachment.sha256).read())
    language = get_language() or "en"

    def points(line: Mapping[str, Any]) -> list[tuple[str, float]]:
        return [
            (short_day(datetime.fromisoformat(at), zone, language), float(value))
            for at, value in line["points"]
        ]

    return ResultCopy(attachment, facts, [CopiedLine(line, points(line)) for line in facts["lines"]])
