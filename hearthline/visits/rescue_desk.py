"""The rescue desk: the visits of one window, the signs of each, and those that need somebody first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet, prefetch_related_objects

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.messaging.recipients import reaches_of
from hearthline.messaging.rules import Channel, Reach, choose_channels
from hearthline.scheduling.models import Appointment
from hearthline.scheduling.rules.states import Status
from hearthline.visits import rules
from hearthline.visits.access import visits_for
from hearthline.visits.choices import Help, Modality, SegmentCause, VisitState, Window
from hearthline.visits.models import Join, QualitySample, Rescue, Segment, Visit, VisitFault
from hearthline.visits.readiness import (
    BROKEN,
    WEAK,
    Fact,
    Readiness,
    latest_check,
    readiness_of,
    with_facts,
)
from hearthline.visits.rescue import Risk, Sign, risk_of, weights_on
from hearthline.visits.services.record import PATIENT_SIDE
from hearthline.visits.windows import span_of, window_of

ROWS_MOST = 500  # of one window; ranked in memory, shown by pages
LATE_AFTER = timedelta(minutes=5)
LATELY = timedelta(minutes=1)
REMEMBERED = timedelta(days=180)
POOR_SCORE = 3.1
CHANNELS = {
    Help.CALL: (Channel.VOICE,),
    Help.SEND: (Channel.SMS, Channel.EMAIL),
    Help.PRACTICE: (Channel.SMS, Channel.EMAIL),
}


@dataclass(frozen=True)
class DeskRow:
    """One visit: what speaks against it, how ready it is, and what was done for it already."""

    visit: Visit
    risk: Risk
    readiness: Readiness
    number: str
    rescues: list[Rescue]
    now: datetime
    ways: frozenset[Help] = frozenset()  # by which a message can reach the patient, as they agreed

    @property
    def until(self) -> timedelta:
        """How long until the visit begins, or since when it should have."""
        return abs(self.visit.starts_at - self.now)

    @property
    def is_due(self) -> bool:
        """Whether it should have begun."""
        return self.visit.starts_at <= self.now

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.visit.state == VisitState.IN_PROGRESS


@dataclass(frozen=True)
class _Histories:
    """What is known of the patients of some visits from before them, and of the calls that run."""

    troubled: set[UUID]
    missed: set[UUID]
    sunk: set[UUID]
    scores: dict[UUID, list[float]]


def counts_for(actor: Actor) -> dict[Window, int]:
    """Return how many open visits stand in each window."""
    now = clock.now()
    each = {window.name: Count("pk", filter=_in_window(window, now)) for window in Window}
    found = _open_visits(actor).aggregate(**each)
    return {window: found[window.name] for window in Window}


def desk_for(actor: Actor, window: Window) -> list[DeskRow]:
    """Return the open visits of a window, those most at risk first."""
    now = clock.now()
    visits = _open_visits(actor).filter(_in_window(window, now)).order_by("starts_at")
    return rows_of(list(with_facts(visits)[:ROWS_MOST]), now, now.date())


def row_for(visit: Visit) -> DeskRow:
    """Return one visit as the desk sees it now."""
    now = clock.now()
    return rows_of([visit], now, now.date())[0]


def rows_of(visits: list[Visit], now: datetime, day: date) -> list[DeskRow]:
    """Return visits ranked by the weights of a day, the most points first, then the earliest."""
    joins = Join.objects.filter(closed_at__isnull=True, participant__role__in=PATIENT_SIDE)
    ready = readiness_of(visits)
    prefetch_related_objects(visits, Prefetch("joins", joins, to_attr="patient_joins"), "rescues")
    histories, weights = _histories(visits, now), weights_on(day)
    reaches = reaches_of(visits[0].organization_id, {visit.patient_id for visit in visits}) if visits else {}
    rows = []
    for visit in visits:
        window = window_of(visit.starts_at, now) or Window.TWO_DAYS
        signs = _signs(visit, ready[visit.pk], histories, now)
        rows.append(
            DeskRow(
                visit=visit,
                risk=risk_of(signs, weights, window),
                readiness=ready[visit.pk],
                number=visit.call_back_number or visit.patient.telephone,
                rescues=list(visit.rescues.all()),
                now=now,
                ways=ways_of(visit, reaches[visit.patient_id]),
            )
        )
    return sorted(rows, key=lambda row: (-row.risk.points, row.visit.starts_at))


def ways_of(visit: Visit, reach: Reach) -> frozenset[Help]:
    """Return which messages of the desk can be sent: there is an appointment, and a channel the person agreed to."""
    if visit.appointment_id is None:
        return frozenset()
    may_ring = bool(settings.SIP_TRUNK)
    return frozenset(
        help_
        for help_, channels in CHANNELS.items()
        if not choose_channels(reach, offered=channels).reason and (may_ring or help_ != Help.CALL)
    )


def _open_visits(actor: Actor) -> QuerySet[Visit]:
    return visits_for(actor).filter(state__in=rules.OPEN_STATES)


def _in_window(window: Window, now: datetime) -> Q:
    after, until = span_of(window, now)
    within = Q(starts_at__gt=after, starts_at__lte=until)
    running = Q(state=VisitState.IN_PROGRESS)
    return within | running if window == Window.NOW else within & ~running


def _histories(visits: Sequence[Visit], now: datetime) -> _Histories:
    patients, since = [visit.patient_id for visit in visits], now - REMEMBERED
    faults = VisitFault.objects.filter(visit__patient__in=patients, at__gte=since).exclude(visit__in=visits)
    missed = Appointment.objects.filter(
        patient__in=patients, status=Status.NOSHOW, starts_at__gte=since, starts_at__lt=now
    )
    sunk = Segment.objects.filter(
        visit__in=visits, ended_at__isnull=True, modality_cause=SegmentCause.LINK
    ).exclude(modality=Modality.VIDEO)
    scores: dict[UUID, list[float]] = {}
    for sample in QualitySample.objects.filter(visit__in=visits, at__gte=now - LATELY):
        scores.setdefault(sample.visit_id, []).append(sample.mean_opinion_score)
    return _Histories(
        troubled=set(faults.values_list("visit__patient_id", flat=True)),
        missed=set(missed.values_list("patient_id", flat=True)),
        sunk=set(sunk.values_list("visit_id", flat=True)),
        scores=scores,
    )


def _signs(visit: Visit, ready: Readiness, histories: _Histories, now: datetime) -> frozenset[Sign]:
    joins: list[Join] = getattr(visit, "patient_joins", [])
    has_begun = visit.state == VisitState.IN_PROGRESS
    scores = histories.scores.get(visit.pk, [])
    facts = {
        Sign.LOST: has_begun and not any(join.lost_at is None for join in joins),
        Sign.WANTS_CALL: visit.call_wanted_at is not None and visit.called_at is None,
        Sign.POOR: bool(scores) and median(scores) < POOR_SCORE,
        Sign.SUNK: visit.pk in histories.sunk,
    }
    if not has_begun:
        facts |= _signs_before(visit, ready, histories, now, is_here=bool(joins))
    return frozenset(sign for sign, is_so in facts.items() if is_so)


def _signs_before(
    visit: Visit, ready: Readiness, histories: _Histories, now: datetime, *, is_here: bool
) -> dict[Sign, bool]:
    check = latest_check(visit)
    is_by_browser = visit.planned_modality != Modality.PHONE
    is_late = now > visit.starts_at + LATE_AFTER
    is_awaited = is_by_browser and not is_here and visit.call_wanted_at is None
    is_soon = window_of(visit.starts_at, now) in {Window.NOW, Window.MINUTES}
    is_unplaced = ready.lacks(Fact.CONSENT) or not visit.jurisdiction
    return {
        Sign.LATE: is_awaited and is_late,
        Sign.NOT_HERE: is_awaited and not is_late and is_soon,
        Sign.DEVICE_FAULT: check is not None and bool({check.camera, check.microphone} & BROKEN),
        Sign.WEAK_NETWORK: check is not None and check.network in WEAK,
        Sign.NO_LICENCE: bool(visit.jurisdiction) and ready.lacks(Fact.LICENCE),
        Sign.UNPREPARED: is_by_browser and is_unplaced,
        Sign.UNOPENED: is_by_browser and visit.opened_at is None and not is_here,
        **{Sign(row.kind): True for row in ready.unmet},
        Sign.FAILED_BEFORE: visit.patient_id in histories.troubled,
        Sign.MISSED_BEFORE: visit.patient_id in histories.missed,
        Sign.UNCHECKED: is_by_browser and check is None,
    }
