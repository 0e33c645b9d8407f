"""How a visit was held: its stretches, how each was received, and what failed. For staff; nobody's address is in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from statistics import median

from django.utils.functional import Promise

from hearthline.visits import quality
from hearthline.visits.choices import ConnectionFault, Modality, Rung, SegmentCause, WithoutVideo
from hearthline.visits.models import QualitySample, Segment, Visit, VisitFault
from hearthline.visits.services.record import time_by_share

LINES_MOST = 100
Words = str | Promise


@dataclass(frozen=True)
class Part:
    """Whole minutes together in one modality, and why it was not video."""

    modality: Words
    minutes: int
    reason: Words


@dataclass(frozen=True)
class Piece:
    """One participant's stretch in one modality; ``score`` None: nothing was measured in it."""

    name: str
    modality: Words
    started_at: datetime
    ended_at: datetime | None
    start: Words
    end: Words
    score: float | None

    @property
    def verdict(self) -> tuple[Words, str]:
        """The score in words, with the kind of tag that fits."""
        return quality.in_words(self.score) if self.score is not None else ("", "")


@dataclass(frozen=True)
class Connection:
    """A time in which one participant's browser stayed on one rung of one kind of path."""

    name: str
    rung: Words
    path: str
    started_at: datetime
    score: float
    reconnects: int


@dataclass(frozen=True)
class Failure:
    """A technical failure that a browser told of."""

    name: str
    kind: Words
    detail: str
    at: datetime


@dataclass(frozen=True)
class Held:
    """A whole visit, as a page shows it."""

    parts: list[Part]
    pieces: list[Piece]
    connections: list[Connection]
    failures: list[Failure]


def how_it_was_held(visit: Visit) -> Held:
    """Return the parts, stretches, connections and failures of a visit, each in the order of time."""
    samples = list(QualitySample.objects.filter(visit=visit).select_related("participant"))
    segments = Segment.objects.filter(visit=visit).select_related("participant")
    failures = VisitFault.objects.filter(visit=visit).select_related("participant")
    return Held(
        parts=parts_of(visit),
        pieces=[_piece(segment, samples) for segment in segments[:LINES_MOST]],
        connections=_connections(samples)[:LINES_MOST],
        failures=[
            Failure(one.participant.name, ConnectionFault(one.kind).label, one.detail, one.at)
            for one in failures[:LINES_MOST]
        ],
    )


def parts_of(visit: Visit) -> list[Part]:
    """Return the minutes that patient and clinician were together, by modality and reason."""
    return [
        Part(
            share.modality.label,
            round(length.total_seconds() / 60),
            "" if share.modality == Modality.VIDEO else WithoutVideo(share.without_video).label,
        )
        for share, length in time_by_share(visit).items()
    ]


def _piece(segment: Segment, samples: Iterable[QualitySample]) -> Piece:
    until = segment.ended_at
    scores = [
        one.mean_opinion_score
        for one in samples
        if one.participant_id == segment.participant_id
        and one.at >= segment.started_at
        and (until is None or one.at <= until)
    ]
    return Piece(
        name=segment.participant.name,
        modality=Modality(segment.modality).label,
        started_at=segment.started_at,
        ended_at=until,
        start=SegmentCause(segment.start_cause).label,
        end=SegmentCause(segment.end_cause).label if segment.end_cause else "",
        score=median(scores) if scores else None,
    )


def _connections(samples: list[QualitySample]) -> list[Connection]:
    def kind(one: QualitySample) -> tuple[str, str, str, str]:
        return str(one.participant_id), one.rung, one.pair, one.protocol

    ordered = sorted(samples, key=lambda one: (str(one.participant_id), one.at))
    found = []
    for (_, rung, pair, protocol), group in groupby(ordered, kind):
        rows = list(group)
        found.append(
            Connection(
                name=rows[0].participant.name,
                rung=Rung(rung).label if rung else "",
                path=" ".join(part for part in (pair, protocol) if part),
                started_at=rows[0].at,
                score=median(one.mean_opinion_score for one in rows),
                reconnects=max(one.reconnects for one in rows),
            )
        )
    return sorted(found, key=lambda one: one.started_at)
