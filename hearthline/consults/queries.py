"""Reads that a page shows as one thing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from hearthline.charting.models import Encounter
from hearthline.consults.access import consults_for, is_ours, opinions_for
from hearthline.consults.clock_words import ClockWords, clock_of
from hearthline.consults.models import Consult, CriticalFinding, Move, Opinion, SharedRecord
from hearthline.consults.rules.billing import CaseFacts, find_facts
from hearthline.consults.rules.states import ANSWERED, OVER, RUNNING, Action, Status
from hearthline.consults.services.answering import is_unaltered
from hearthline.consults.specialties import SPECIALTIES
from hearthline.identity.actor import Actor
from hearthline.scheduling.rules.times import get_zone

LIST_LIMIT = 200
PRIORS_LIMIT = 10
SECTION_NAMES = ("problems", "allergies", "medications", "vitals")


@dataclass(frozen=True)
class Row:
    """A case in a list."""

    consult: Consult
    specialty: str | Promise
    clock: ClockWords
    is_outside: bool


@dataclass(frozen=True)
class Event:
    """A step in the story of a case (``design/timeline.html``)."""

    at: datetime
    text: str
    by: str
    is_now: bool = False


@dataclass(frozen=True)
class Answer:
    """A signed answer as it is shown."""

    opinion: Opinion
    is_unaltered: bool
    seen: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class CaseView:
    """Everything of a case that its page shows."""

    consult: Consult
    specialty: str | Promise
    clock: ClockWords
    facts: Sequence[tuple[str | Promise, str]]
    shared: Sequence[tuple[str, Sequence[str]]]
    shared_at: datetime | None
    events: Sequence[Event]
    answers: Sequence[Answer]
    criticals: Sequence[CriticalFinding]
    priors: Sequence[Row]
    minutes: int


def worklist(actor: Actor, box: str) -> QuerySet[Consult]:
    """Return the cases of a box, the most urgent clock first; those that stand still come last."""
    consults = consults_for(actor)
    chosen = {
        "mine": consults.filter(assignee=actor.user_id, status__in=RUNNING),
        "free": consults.filter(status=Status.ASKED),
        "asked": consults.filter(asked_by=actor.user_id, is_by_patient=False).exclude(status__in=OVER),
        "open": consults.exclude(status__in=[*OVER, Status.DRAFT]),
        "done": consults.filter(status__in=[*OVER, *ANSWERED]),
    }[box]
    stands_last = Case(
        When(paused_at__isnull=True, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    return chosen.annotate(stands=stands_last).order_by("stands", "due_at", "id")


def rows_of(actor: Actor, consults: Sequence[Consult], zone: str) -> list[Row]:
    """Return cases as lists show them."""
    return [
        Row(one, SPECIALTIES[one.specialty].name, clock_of(one, zone), not is_ours(actor, one))
        for one in consults
    ]


def view_of(actor: Actor, consult: Consult, zone: str) -> CaseView:
    """Return everything that the page of a case shows. The caller has checked access and audits the read."""
    specialty = SPECIALTIES[consult.specialty]
    given = {one.code: one.value for one in consult.facts.all()}
    shared = SharedRecord.objects.filter(consult=consult).first()
    sections = json.loads(shared.sections) if shared is not None else {}
    names = section_names()
    minutes = sum(consult.work.values_list("active_seconds", flat=True)) // 60
    return CaseView(
        consult=consult,
        specialty=specialty.name,
        clock=clock_of(consult, zone),
        facts=[
            (fact.label, str(fact.choices.get(given[fact.code], given[fact.code])))
            for fact in specialty.facts
            if fact.code in given
        ],
        shared=[(names[key], sections[key]) for key in SECTION_NAMES if sections.get(key)],
        shared_at=shared.taken_at if shared is not None else None,
        events=story_of(consult),
        answers=[
            Answer(one, is_unaltered(one), json.loads(one.manifest)["objects"])
            for one in opinions_for(actor, consult)[:LIST_LIMIT]
        ],
        criticals=list(consult.critical_findings.all()[:LIST_LIMIT]),
        priors=_priors(actor, consult, zone),
        minutes=minutes,
    )


def section_names() -> dict[str, str]:
    """Return the names of the sections of a shared record."""
    return {
        "problems": _("Problems"),
        "allergies": _("Allergies"),
        "medications": _("Medicines"),
        "vitals": _("Last measurements"),
    }


def _priors(actor: Actor, consult: Consult, zone: str) -> list[Row]:
    """Earlier cases of the same person that the actor may see too."""
    earlier = consults_for(actor).filter(
        organization_id=consult.organization_id, patient_id=consult.patient_id, status__in=ANSWERED
    )
    return rows_of(actor, list(earlier.exclude(pk=consult.pk).order_by("-answered_at")[:PRIORS_LIMIT]), zone)


def action_words() -> dict[str, str]:
    """Return what each step is called in the story of a case."""
    return {
        Action.ASK: _("Asked"),
        Action.ASSIGN: _("Given to a reader"),
        Action.BEGIN: _("Reading began"),
        Action.HAND_BACK: _("Given back"),
        Action.ASK_MORE: _("More was asked for; the clock stands still"),
        Action.GIVE_MORE: _("More was given; the clock runs on"),
        Action.REPORT: _("Preliminary answer"),
        Action.FINISH: _("Final answer"),
        Action.TELL: _("The patient was told"),
        Action.CLOSE: _("Closed"),
        Action.DECLINE: _("Declined"),
        Action.WITHDRAW: _("Withdrawn"),
        Action.REOPEN: _("Opened again: something came after the answer"),
    }


def story_of(consult: Consult) -> list[Event]:
    """Return the steps of a case in their order, with who and why."""
    labels = action_words()
    events = []
    for move in Move.objects.filter(consult=consult)[:LIST_LIMIT]:
        text = labels[move.action]
        if move.to_name:
            text = f"{text}: {move.to_name}"
        if move.reason and move.action != Action.REOPEN:
            text = f"{text}. {move.reason}"
        events.append(Event(move.created_at, text, move.by_name))
    return events


@dataclass(frozen=True)
class BillingView:
    """What an answered case could earn, or why not, in words."""

    reader_code: str
    requester_code: str
    missing: Sequence[str]
    source: str


def billing_of(consult: Consult) -> BillingView | None:
    """Return the facts for billing of an answered case of the actor's own organization; None before the answer.

    Seen face to face: visits of the patient with the reader, as far as this organization knows of them.
    """
    if consult.answered_at is None:
        return None
    day = consult.answered_at.astimezone(get_zone(consult.calendar.zone)).date()
    visits = Encounter.objects.filter(
        patient_id=consult.patient_id,
        kind=Encounter.Kind.VISIT,
        practitioner__membership__user=consult.assignee_id,
    ).exclude(status=Encounter.Status.ENTERED_IN_ERROR)
    before = visits.filter(started_at__lte=consult.answered_at).order_by("-started_at").first()
    after = visits.filter(started_at__gt=consult.answered_at).order_by("started_at").first()
    seconds = {True: 0, False: 0}
    for is_reader, active in consult.work.values_list("is_reader", "active_seconds"):
        seconds[is_reader] += active
    found = find_facts(
        CaseFacts(
            answered_on=day,
            reader_minutes=seconds[True] // 60,
            requester_minutes=seconds[False] // 60,
            has_spoken=consult.opinions.filter(kind=Opinion.Kind.FINAL, has_spoken=True).exists(),
            has_consent=consult.patient_told_at is not None,
            is_by_patient=consult.is_by_patient,
            last_seen_on=before.started_at.date() if before else None,
            next_seen_on=after.started_at.date() if after else None,
        )
    )
    words = {
        "no_rules": _("No rules are known for this day."),
        "by_patient": _("The patient asked, not a clinician."),
        "no_consent": _("The patient was not told."),
        "seen_before": _("The reader saw the patient in the 14 days before."),
        "seen_after": _("The reader saw the patient in the 14 days after."),
        "too_short": _("Too few minutes of the reader."),
    }
    missing = [words[code] for code in found.missing]
    return BillingView(found.reader_code, found.requester_code, missing, found.source)


@dataclass(frozen=True)
class Measure:
    """How fast the cases of a specialty and urgency were answered, in hours."""

    specialty: str | Promise
    urgency: str | Promise
    count: int
    median_working: float
    p90_working: float
    median_elapsed: float
    p90_elapsed: float
    in_time_percent: int
    referral_avoided: int
    closed: int


MEASURES = """
SELECT c.specialty, c.urgency, count(*),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY c.working_seconds) / 3600.0,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY c.working_seconds) / 3600.0,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.answered_at - c.asked_at)) / 3600.0,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM c.answered_at - c.asked_at)) / 3600.0,
  round(100.0 * avg((c.working_seconds <= c.target_minutes * 60)::int)),
  count(*) FILTER (WHERE x.referral = 'avoided'), count(*) FILTER (WHERE x.referral <> '')
FROM consults_consult c LEFT JOIN consults_closing x ON x.consult_id = c.id AND x.organization_id = c.organization_id
WHERE c.organization_id = %s AND c.answered_at >= %s AND c.working_seconds IS NOT NULL
GROUP BY c.specialty, c.urgency ORDER BY c.specialty, c.urgency
"""


def measures(actor: Actor, since: datetime) -> list[Measure]:
    """Return medians and 90th percentiles of the actor's organization's own cases answered since a moment."""
    with connection.cursor() as cursor:
        cursor.execute(MEASURES, [actor.organization_id, since])
        rows = cursor.fetchall()
    return [
        Measure(
            SPECIALTIES[row[0]].name,
            Consult.Urgency(row[1]).label,
            row[2],
            float(row[3]),
            float(row[4]),
            float(row[5]),
            float(row[6]),
            int(row[7]),
            row[8],
            row[9],
        )
        for row in rows
    ]
