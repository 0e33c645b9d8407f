"""How ready the demo's patients are: most have prepared, and a few are at risk, each for a reason of their own."""

import random
from datetime import datetime, timedelta

from hearthline.demo.clinic import Clinic
from hearthline.demo.population import SEED
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.visits.choices import Modality, Question, SegmentCause, VisitState, Window
from hearthline.visits.models import RankedVisit, Segment, Visit
from hearthline.visits.rescue import Sign, risk_of, weights_on
from hearthline.visits.services.preparation import answer_question, keep_device_check
from hearthline.visits.services.ranking import rank_coming
from hearthline.visits.windows import FARTHEST

WORKS = {"camera": "ok", "microphone": "ok", "speaker": "ok", "network": "ok", "round_trip_ms": 40}
TROUBLES: tuple[dict[str, object], ...] = (
    {**WORKS, "camera": "denied"},
    {**WORKS, "network": "weak", "round_trip_ms": 620},
    {**WORKS, "microphone": "missing"},
)
SUNK_BY = (SegmentCause.LINK, SegmentCause.CALLED)
UNPREPARED_SHARE, TROUBLED_SHARE = 0.12, 0.12
# What spoke against visits of the past, and how often: of those that went wrong, and of those that were held.
SIGNS_OF_PAST = (
    (frozenset({Sign.UNPREPARED, Sign.UNOPENED, Sign.UNCHECKED}), 5, 1),
    (frozenset({Sign.MISSED_BEFORE, Sign.UNOPENED, Sign.UNPREPARED}), 3, 1),
    (frozenset({Sign.WEAK_NETWORK, Sign.FAILED_BEFORE}), 1, 2),
    (frozenset({Sign.UNCHECKED}), 3, 12),
    (frozenset[Sign](), 2, 24),
)


def prepare_patients(clinic: Clinic, now: datetime) -> None:
    """Let most patients of the next two days be ready; people with a story of their own are left to the visitor."""
    coming = Visit.objects.filter(
        state=VisitState.PLANNED,
        starts_at__gt=now,
        starts_at__lte=now + FARTHEST,
        opened_at__isnull=True,
        answers__isnull=True,
    ).exclude(appointment__idempotency_key__startswith="demo story")
    for visit in coming.select_related("patient", "appointment"):
        draw = random.Random(f"{SEED} ready {visit.appointment.idempotency_key}")
        if draw.random() > UNPREPARED_SHARE:
            _prepare(visit, draw)
    rank_coming(clinic.organization.id)


def _prepare(visit: Visit, draw: random.Random) -> None:
    actor = Actor.system(visit.organization_id, "demo")
    visit.opened_at = clock.now() - timedelta(hours=draw.randint(1, 30))
    visit.coverage_checked_at = visit.opened_at if draw.random() < 0.8 else None
    visit.save(update_fields=["opened_at", "coverage_checked_at"])
    place = {
        "jurisdiction": "US-TX",
        "place": visit.patient.address or "At home",
        "call_back_number": visit.patient.telephone,
        "may_call_when_lost": True,
    }
    answers: dict[Question, dict[str, object]] = {
        Question.REASON: {"reason": "To talk about how I am"},
        Question.SYMPTOMS: {"symptoms": ["none"], "since": ""},
        Question.CONSENT: {"text": "Care by video, telephone and messages, 1"},
        Question.LOCATION: place,
    }
    for question, answer in answers.items():
        answer_question(actor=actor, visit=visit, question=question, answer=answer)
    if visit.planned_modality == Modality.PHONE:
        return
    findings = draw.choice(TROUBLES) if draw.random() < TROUBLED_SHARE else WORKS
    keep_device_check(actor=actor, visit=visit, findings=findings)


def rank_past() -> None:
    """Say of visits of the past month how they stood two hours before, so that there is something to measure."""
    weights = weights_on(clock.now().date())
    over = Visit.objects.filter(state__in=[VisitState.ENDED, VisitState.ABANDONED], rankings__isnull=True)
    over = over.filter(appointment__isnull=False)
    sunk = set(Segment.objects.filter(modality_cause__in=SUNK_BY).values_list("visit_id", flat=True))
    made = []
    for visit in over.select_related("appointment"):
        draw = random.Random(f"{SEED} past {visit.appointment.idempotency_key}")
        went_wrong = visit.state == VisitState.ABANDONED or visit.pk in sunk
        shares = [of_wrong if went_wrong else of_held for _signs, of_wrong, of_held in SIGNS_OF_PAST]
        signs = draw.choices(SIGNS_OF_PAST, weights=shares)[0][0]
        risk = risk_of(signs, weights, Window.HOURS)
        made.append(
            RankedVisit(
                organization_id=visit.organization_id,
                visit=visit,
                window=Window.HOURS,
                ranked_at=visit.starts_at - timedelta(hours=2),
                points=risk.points,
                is_high=risk.is_high,
                signs=[sign.value for sign in risk.signs],
                weights_from=weights.valid_from,
            )
        )
    RankedVisit.objects.bulk_create(made)
