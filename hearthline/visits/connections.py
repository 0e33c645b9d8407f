"""How the calls of a clinic went lately, in numbers without names: for whoever runs it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Count, F, QuerySet, Sum
from django.utils.functional import Promise

from hearthline.visits import quality
from hearthline.visits.choices import (
    ConnectionFault,
    Modality,
    Rung,
    SegmentCause,
    VisitState,
)
from hearthline.visits.models import QualitySample, Segment, Visit, VisitFault
from hearthline.visits.services.record import PATIENT_SIDE

Words = str | Promise


@dataclass(frozen=True)
class Line:
    """A row of a table: what, how much, and its share in percent."""

    name: Words
    count: int
    percent: int


@dataclass(frozen=True)
class Connections:
    """A span of time: visits held, how patients took part, what was sent, what failed."""

    held: int
    sunk: int
    score: float | None
    ways: list[Line]
    rungs: list[Line]
    faults: list[Line]

    @property
    def verdict(self) -> tuple[Words, str]:
        """The average score in words, with the kind of tag that fits."""
        return quality.in_words(self.score) if self.score is not None else ("", "")


def connections_since(since: datetime) -> Connections:
    """Return the numbers of the organization signed in, of visits that began after a moment."""
    visits = Visit.objects.filter(started_at__gte=since)
    held = visits.filter(state=VisitState.ENDED).count()
    samples = QualitySample.objects.filter(at__gte=since)
    patients = Segment.objects.filter(visit__in=visits, participant__role__in=PATIENT_SIDE)
    sunk = patients.filter(start_cause=SegmentCause.LINK).values("visit").distinct().count()
    return Connections(
        held=held,
        sunk=sunk,
        score=samples.aggregate(mean=Avg("mean_opinion_score"))["mean"],
        ways=_ways(patients),
        rungs=_rungs(samples),
        faults=_faults(VisitFault.objects.filter(at__gte=since), visits.count()),
    )


def _ways(segments: QuerySet[Segment]) -> list[Line]:
    lengths = (
        segments.filter(ended_at__isnull=False)
        .values("modality")
        .annotate(length=Sum(F("ended_at") - F("started_at")))
    )
    minutes = {row["modality"]: round(row["length"] / timedelta(minutes=1)) for row in lengths}
    return _lines((one.label, minutes.get(one.value, 0)) for one in Modality)


def _rungs(samples: QuerySet[QualitySample]) -> list[Line]:
    counts = {
        row["rung"]: row["count"] for row in samples.values("rung").annotate(count=Count("pk")).order_by()
    }
    return _lines((one.label, counts.get(one.value, 0)) for one in Rung)


def _faults(faults: QuerySet[VisitFault], visits: int) -> list[Line]:
    counts = faults.values("kind").annotate(count=Count("visit", distinct=True)).order_by()
    found = {row["kind"]: row["count"] for row in counts}
    lines = [(one.label, found.get(one.value, 0)) for one in ConnectionFault]
    return [Line(name, count, _percent(count, visits)) for name, count in lines if count]


def _lines(rows: Iterable[tuple[Words, int]]) -> list[Line]:
    kept = [(name, count) for name, count in rows if count]
    total = sum(count for _, count in kept)
    return [Line(name, count, _percent(count, total)) for name, count in kept]


def _percent(count: int, total: int) -> int:
    return round(100 * count / total) if total else 0
