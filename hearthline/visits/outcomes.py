"""How often the ranking of the rescue desk was right: what was ranked, what was done, and what then happened."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hearthline.visits.choices import Help, Modality, Outcome, SegmentCause, VisitState, Window
from hearthline.visits.models import RankedVisit, Rescue, Segment, Visit
from hearthline.visits.rescue import WORDS, Sign
from hearthline.visits.services.record import PATIENT_SIDE

VISITS_MOST = 5_000
WENT_WRONG = frozenset({Outcome.VOICE, Outcome.TELEPHONE, Outcome.MISSED})
AS_MEANT = frozenset({"", SegmentCause.AGREED, SegmentCause.CHOSEN, SegmentCause.DIALLED})
Words = str | Promise


@dataclass(frozen=True)
class Rate:
    """Of how many visits with something in common how many went wrong."""

    name: Words
    count: int
    wrong: int

    @property
    def percent(self) -> int | None:
        """The share that went wrong; None where there was nothing to count."""
        return round(100 * self.wrong / self.count) if self.count else None


@dataclass(frozen=True)
class Tally:
    """What became of the visits for which something was done, by outcome."""

    name: Words
    count: int
    outcomes: list[int]


@dataclass(frozen=True)
class Measured:
    """A span of time: what happened, how the ranking did, each sign, and what was done."""

    visits: int
    outcomes: list[Tally]
    ranking: list[Rate] = field(default_factory=list)
    windows: list[tuple[Words, Rate, Rate]] = field(default_factory=list)
    signs: list[Rate] = field(default_factory=list)
    helps: list[Tally] = field(default_factory=list)


def outcome_of(state: VisitState, stretches: Iterable[tuple[Modality, str]]) -> Outcome | None:
    """Return what became of a visit from its end and the patient's stretches (modality, its cause).

    None: it is open, or was called off. A telephone that was agreed beforehand, and a way that somebody chose, is no
    fall; voice or telephone because of the line or a device is. A visit that ended without a stretch was missed.
    """
    if state == VisitState.ABANDONED:
        return Outcome.MISSED
    if state != VisitState.ENDED:
        return None
    known = list(stretches)
    fell = {modality for modality, cause in known if modality != Modality.VIDEO and cause not in AS_MEANT}
    if not known:
        return Outcome.MISSED
    if Modality.PHONE in fell:
        return Outcome.TELEPHONE
    return Outcome.VOICE if fell else Outcome.HELD


def measured_since(since: datetime) -> Measured:
    """Return what happened to the visits that were to begin after a moment and are over, and what was foretold."""
    rows = Visit.objects.filter(starts_at__gte=since, state__in=[VisitState.ENDED, VisitState.ABANDONED])
    states = dict(rows.order_by("-starts_at").values_list("pk", "state")[:VISITS_MOST])
    outcomes = _outcomes(states)
    rankings = list(RankedVisit.objects.filter(visit__in=states).order_by("ranked_at"))
    helped: dict[UUID, set[str]] = {}
    for visit_id, one in Rescue.objects.filter(visit__in=states).values_list("visit_id", "help"):
        helped.setdefault(visit_id, set()).add(one)
    ranked = {row.visit_id for row in rankings}
    high = {row.visit_id for row in rankings if row.is_high}
    names = (
        (_("At risk, nobody helped"), high - set(helped)),
        (_("At risk, somebody helped"), high & set(helped)),
    )
    return Measured(
        visits=len(states),
        outcomes=[
            _tally(one.label, {v for v, was in outcomes.items() if was == one}, outcomes) for one in Outcome
        ],
        ranking=[
            *(_rate(name, group, outcomes) for name, group in names),
            _rate(_("Not at risk"), ranked - high, outcomes),
        ],
        windows=_windows(rankings, outcomes),
        signs=_signs(rankings, outcomes),
        helps=_helps(helped, outcomes),
    )


def _outcomes(states: dict[UUID, str]) -> dict[UUID, Outcome]:
    stretches: dict[UUID, list[tuple[Modality, str]]] = {}
    segments = Segment.objects.filter(visit__in=states, participant__role__in=PATIENT_SIDE)
    for visit_id, modality, cause in segments.values_list("visit_id", "modality", "modality_cause"):
        stretches.setdefault(visit_id, []).append((Modality(modality), cause))
    found = {}
    for visit_id, state in states.items():
        outcome = outcome_of(VisitState(state), stretches.get(visit_id, []))
        if outcome is not None:
            found[visit_id] = outcome
    return found


def _rate(name: Words, group: Collection[UUID], outcomes: dict[UUID, Outcome]) -> Rate:
    return Rate(name, len(group), sum(outcomes.get(visit) in WENT_WRONG for visit in group))


def _tally(name: Words, group: Collection[UUID], outcomes: dict[UUID, Outcome]) -> Tally:
    found = [outcomes.get(visit) for visit in group]
    return Tally(name, len(group), [found.count(one) for one in Outcome])


def _windows(rankings: list[RankedVisit], outcomes: dict[UUID, Outcome]) -> list[tuple[Words, Rate, Rate]]:
    lines: list[tuple[Words, Rate, Rate]] = []
    for window in reversed(Window):
        of_window = [row for row in rankings if row.window == window]
        high = {row.visit_id for row in of_window if row.is_high}
        low = {row.visit_id for row in of_window} - high
        if of_window:
            lines.append((window.label, _rate("", high, outcomes), _rate("", low, outcomes)))
    return lines


def _signs(rankings: list[RankedVisit], outcomes: dict[UUID, Outcome]) -> list[Rate]:
    by_sign: dict[str, set[UUID]] = {}
    for row in rankings:
        for sign in row.signs:
            by_sign.setdefault(sign, set()).add(row.visit_id)
    return [_rate(WORDS[sign], by_sign[sign], outcomes) for sign in Sign if sign in by_sign]


def _helps(helped: dict[UUID, set[str]], outcomes: dict[UUID, Outcome]) -> list[Tally]:
    tallies = [
        _tally(one.label, {visit for visit, helps in helped.items() if one in helps}, outcomes)
        for one in Help
    ]
    return [tally for tally in tallies if tally.count]
