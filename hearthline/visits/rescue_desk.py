"""Today's visits for the rescue desk: the signs of each, and the visits that need somebody first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.scheduling.models import Appointment
from hearthline.scheduling.rules.states import Status
from hearthline.tenancy.models import Organization
from hearthline.visits import rules
from hearthline.visits.access import visits_for
from hearthline.visits.choices import DeviceState, Modality, SegmentCause, VisitState
from hearthline.visits.models import DeviceCheck, Join, QualitySample, Segment, Visit, VisitFault
from hearthline.visits.needs import Unmet, unmet_requirements
from hearthline.visits.rescue import Risk, Sign, risk_of, weights_on
from hearthline.visits.services.record import PATIENT_SIDE

ROWS_MOST = 100
SOON = timedelta(minutes=10)
LATE_AFTER = timedelta(minutes=5)
LATELY = timedelta(minutes=1)
REMEMBERED = timedelta(days=180)
POOR_SCORE = 3.1
BROKEN = frozenset({DeviceState.DENIED, DeviceState.MISSING, DeviceState.BUSY, DeviceState.FAILED})
WEAK = frozenset({DeviceState.WEAK, DeviceState.FAILED})


@dataclass(frozen=True)
class DeskRow:
    """One visit of today, and what speaks against it."""

    visit: Visit
    risk: Risk
    number: str


@dataclass(frozen=True)
class _Histories:
    """What is known of the patients of a day from before it, and of the calls that run."""

    troubled: set[UUID]
    missed: set[UUID]
    sunk: set[UUID]
    scores: dict[UUID, list[float]]
    unmet: Unmet


def desk_for(actor: Actor) -> list[DeskRow]:
    """Return the visits of today (in the clinic's zone) that are open, those most at risk first."""
    now = clock.now()
    zone = ZoneInfo(Organization.objects.values_list("zone", flat=True).get(pk=actor.organization_id))
    start = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    joins = Join.objects.filter(closed_at__isnull=True, participant__role__in=PATIENT_SIDE)
    visits = list(
        visits_for(actor)
        .filter(starts_at__gte=start, starts_at__lt=start + timedelta(days=1), state__in=rules.OPEN_STATES)
        .select_related("patient", "practitioner", "appointment")
        .prefetch_related(
            "answers",
            Prefetch("device_checks", DeviceCheck.objects.order_by("-checked_at")),
            Prefetch("joins", joins, to_attr="patient_joins"),
        )
        .order_by("starts_at")[:ROWS_MOST]
    )
    histories = _histories(visits, now)
    weights = weights_on(now.astimezone(zone).date())
    rows = [
        DeskRow(
            visit=visit,
            risk=risk_of(_signs(visit, histories, now), weights),
            number=visit.call_back_number or visit.patient.telephone,
        )
        for visit in visits
    ]
    return sorted(rows, key=lambda row: (-row.risk.points, row.visit.starts_at))


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
        unmet=unmet_requirements(one.appointment_id for one in visits),
    )


def _signs(visit: Visit, histories: _Histories, now: datetime) -> frozenset[Sign]:
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
        facts |= _signs_before(visit, histories, now, is_here=bool(joins))
    return frozenset(sign for sign, is_so in facts.items() if is_so)


def _signs_before(visit: Visit, histories: _Histories, now: datetime, *, is_here: bool) -> dict[Sign, bool]:
    answered = frozenset(answer.question for answer in visit.answers.all())
    check = next(iter(visit.device_checks.all()), None)
    is_by_browser = visit.planned_modality != Modality.PHONE
    is_late = now > visit.starts_at + LATE_AFTER
    is_awaited = is_by_browser and not is_here
    return {
        Sign.LATE: is_awaited and is_late,
        Sign.NOT_HERE: is_awaited and not is_late and now > visit.starts_at - SOON,
        Sign.DEVICE_FAULT: check is not None and bool({check.camera, check.microphone} & BROKEN),
        Sign.WEAK_NETWORK: check is not None and check.network in WEAK,
        Sign.UNPREPARED: is_by_browser and bool(rules.missing_at_the_door(answered)),
        **{Sign(row.kind): True for row in histories.unmet.get(visit.appointment_id, [])},
        Sign.FAILED_BEFORE: visit.patient_id in histories.troubled,
        Sign.MISSED_BEFORE: visit.patient_id in histories.missed,
        Sign.UNCHECKED: is_by_browser and check is None,
    }
