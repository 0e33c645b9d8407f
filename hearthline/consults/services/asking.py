"""Asking: the red-flag screen, the question with its facts, and the moment the clock starts."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import get_language

from hearthline.audit.services import record
from hearthline.charting.queries import allergies_of, medications_of, problems_of, vital_trends
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.models import Consult, Desk, FactAnswer, SharedRecord
from hearthline.consults.rules.clocks import add_working
from hearthline.consults.rules.states import OVER, Action, Status
from hearthline.consults.services.assigning import assign_by_itself
from hearthline.consults.services.moving import move, record_case
from hearthline.consults.specialties import SPECIALTIES, Fact
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.scheduling.rules.urgency import RedFlag, Urgency, get_crisis_number, screen
from hearthline.scheduling.services.drafts import emergency_number_at
from hearthline.tenancy.models import Organization

SHARED_LINES = 60


def open_desk(organization_id: UUID, specialty: str) -> Desk | None:
    """Return the desk that takes cases of a specialty in an organization, if it is open."""
    return Desk.objects.filter(organization_id=organization_id, specialty=specialty, is_open=True).first()


def open_cases_of(patient: Patient, specialty: str) -> list[Consult]:
    """Return the cases about a patient in a specialty that are still open."""
    rows = Consult.objects.filter(
        organization_id=patient.organization_id, patient=patient, specialty=specialty
    )
    return list(rows.exclude(status__in=[*OVER, Status.DRAFT]).order_by("-created_at")[:10])


def facts_asked(specialty: str, *, by_patient: bool) -> list[Fact]:
    """Return the questions of a specialty's template for whoever asks."""
    facts = SPECIALTIES[specialty].facts
    return [fact for fact in facts if fact.is_for_patients] if by_patient else list(facts)


@transaction.atomic
def begin_question(
    actor: Actor,
    *,
    patient: Patient,
    specialty: str,
    flags: Sequence[RedFlag],
    answers: Mapping[str, bool],
    other_matter: str = "",
) -> Consult:
    """Begin a question with its red-flag screen; what the screen concludes is kept with the number that is shown.

    Raises:
        CaseRefusedError: the desk is closed (to patients), or a case about this is open and nothing says it is another.
    """
    by_patient = not actor.is_care_team
    desk = open_desk(actor.organization_id, specialty)
    if desk is None or (by_patient and not desk.is_open_to_patients):
        raise CaseRefusedError("desk_closed")
    if open_cases_of(patient, specialty) and not other_matter.strip():
        raise CaseRefusedError("duplicate")
    urgency = screen(flags, answers)
    organization = Organization.objects.get(pk=actor.organization_id)
    place = patient.jurisdiction or organization.jurisdiction
    emergency = emergency_number_at(organization, place)
    numbers = {Urgency.EMERGENCY: emergency, Urgency.CRISIS: get_crisis_number(place) or emergency}
    consult = Consult.objects.create(
        organization_id=actor.organization_id,
        patient=patient,
        specialty=specialty,
        other_matter=other_matter.strip() or None,
        asked_by_id=actor.user_id,
        asked_by_name=actor.name,
        is_by_patient=by_patient,
        language=(get_language() or "en").split("-", maxsplit=1)[0],
        patient_name=patient.full_name,
        patient_birth_date=patient.birth_date,
        patient_sex=patient.sex_at_birth,
        jurisdiction=place,
        screen_answers=json.dumps(dict(answers)),
        screen_urgency=urgency.value,
        number_shown=numbers.get(urgency, ""),
    )
    record(actor, "consult.screened", consult, patient_id=patient.id)
    return consult


@transaction.atomic
def save_question(
    actor: Actor, *, consult: Consult, question: str, facts: Mapping[str, str], urgency: str
) -> Consult:
    """Keep what was written so far; nothing of it is asked yet."""
    consult.question, consult.urgency, consult.changed_at = question, urgency, clock.now()
    consult.save(update_fields=["question", "urgency", "changed_at"])
    FactAnswer.objects.filter(consult=consult).delete()
    for code, value in facts.items():
        if value.strip():
            FactAnswer.objects.create(
                organization_id=consult.organization_id, consult=consult, code=code, value=value.strip()
            )
    record(actor, "consult.saved", consult, patient_id=consult.patient_id, fields=["question", *facts])
    return consult


def missing_facts(consult: Consult) -> list[str]:
    """Return the codes of needed facts that were not answered."""
    known = set(consult.facts.values_list("code", flat=True))
    asked = facts_asked(consult.specialty, by_patient=consult.is_by_patient)
    return [fact.code for fact in asked if fact.is_required and fact.code not in known]


@transaction.atomic
def ask(
    actor: Actor,
    *,
    consult: Consult,
    told_by_name: str,
    patient_told_at: datetime | None,
    shares_record: bool,
) -> Consult:
    """Ask: from now on the clock runs. Whoever can take it by the desk's rules has it at once.

    Raises:
        CaseRefusedError: a red flag, no question, a needed fact missing, the patient not told, or the desk closed.
    """
    desk = open_desk(consult.organization_id, consult.specialty)
    if desk is None:
        raise CaseRefusedError("desk_closed")
    if consult.screen_urgency != Urgency.CLEAR:
        raise CaseRefusedError("not_clear")
    if not consult.question.strip():
        raise CaseRefusedError("no_question")
    if missing_facts(consult):
        raise CaseRefusedError("missing_facts")
    if patient_told_at is None or not told_by_name.strip():
        raise CaseRefusedError("not_told")
    if consult.other_matter is None and open_cases_of(consult.patient, consult.specialty):
        raise CaseRefusedError("duplicate")
    if shares_record:
        _share_record(actor, consult)
    now = clock.now()
    minutes = {
        Consult.Urgency.URGENT.value: desk.urgent_minutes,
        Consult.Urgency.SOON.value: desk.soon_minutes,
        Consult.Urgency.ROUTINE.value: desk.routine_minutes,
    }[consult.urgency]
    terms: dict[str, Any] = {
        "asked_at": now,
        "told_by_name": told_by_name.strip(),
        "patient_told_at": patient_told_at,
        "calendar_terms": desk.calendar.to_json(),
        "target_minutes": minutes,
        "due_at": add_working(desk.calendar, now, minutes * 60),
    }
    try:
        with transaction.atomic():
            asked = move(actor, consult, Action.ASK, **terms)
    except IntegrityError:  # another window was quicker with the same matter
        raise CaseRefusedError("duplicate") from None
    return assign_by_itself(asked)


def _share_record(actor: Actor, consult: Consult) -> None:
    """Copy what the chart says now: the reader sees what the asker shared, not the chart."""
    patient = consult.patient
    sections = {
        "problems": [f"{one.title} ({one.get_status_display()})" for one in problems_of(patient)],
        "allergies": [f"{one.substance}: {one.reaction}".rstrip(": ") for one in allergies_of(patient)],
        "medications": [f"{one.name} {one.directions}".strip() for one in medications_of(patient)],
        "vitals": [
            f"{one.kind.label} {one.shown} {one.kind.unit.label}, {one.latest.taken_at:%Y-%m-%d}"
            for one in vital_trends(patient)
        ],
    }
    cut = {name: lines[:SHARED_LINES] for name, lines in sections.items()}
    SharedRecord.objects.update_or_create(
        organization_id=consult.organization_id,
        consult=consult,
        defaults={"sections": json.dumps(cut, ensure_ascii=False), "taken_at": clock.now()},
    )
    record_case(actor, "consult.record_shared", consult, fields=sections)
