"""From events to the chart: what was checked, said and done becomes facts of the encounter, never boilerplate."""

import json
from datetime import timedelta

from hearthline.charting import services as charting
from hearthline.charting.models import EncounterFact
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.visits import rules
from hearthline.visits.choices import Modality, ParticipantRole, Question
from hearthline.visits.models import InterpreterBooking, Participant, PreparationAnswer, Segment, Visit

Kind = EncounterFact.Kind
REASON_LENGTH = 200
PATIENT_SIDE = frozenset({ParticipantRole.PATIENT, ParticipantRole.CAREGIVER})


def begin_encounter(actor: Actor, visit: Visit) -> None:
    """Open the chart's record of a visit with what is known at its beginning."""
    if visit.encounter_id is not None:
        return
    reason = _answer(visit, Question.REASON).get("reason", "")
    visit.encounter = charting.open_encounter(
        actor=actor,
        patient=visit.patient,
        practitioner=visit.practitioner,
        reason=reason[:REASON_LENGTH],
        started_at=visit.started_at,
    )
    visit.save(update_fields=["encounter"])
    _record_door(actor, visit)
    _record_consent(actor, visit)


def _answer(visit: Visit, question: Question) -> dict[str, str]:
    row = PreparationAnswer.objects.filter(visit=visit, question=question).first()
    answer: dict[str, str] = json.loads(row.answer) if row else {}
    return answer


def _record_door(actor: Actor, visit: Visit) -> None:
    if visit.identity_checked_at:
        charting.record_fact(
            actor=actor,
            encounter=visit.encounter,
            kind=Kind.IDENTITY_CHECKED,
            occurred_at=visit.identity_checked_at,
            detail="name and date of birth",
        )
    if visit.located_at:
        facts = [
            (Kind.LOCATION_STATED, visit.jurisdiction, visit.place),
            (Kind.CALL_BACK_NUMBER_GIVEN, "", visit.call_back_number),
            (Kind.LICENCE_CHECKED, visit.jurisdiction, "licensed"),
        ]
        for kind, code, detail in facts:
            charting.record_fact(
                actor=actor,
                encounter=visit.encounter,
                kind=kind,
                occurred_at=visit.located_at,
                code=code,
                detail=detail,
            )
    if visit.is_alone is not None:
        charting.record_fact(
            actor=actor,
            encounter=visit.encounter,
            kind=Kind.COMPANY_STATED,
            code="alone" if visit.is_alone else "accompanied",
            detail=visit.company,
        )


def _record_consent(actor: Actor, visit: Visit) -> None:
    row = PreparationAnswer.objects.filter(visit=visit, question=Question.CONSENT).first()
    if row is None:
        return
    answer = json.loads(row.answer)
    charting.record_fact(
        actor=actor,
        encounter=visit.encounter,
        kind=Kind.CONSENT_GIVEN,
        occurred_at=row.answered_at,
        detail=answer.get("text", ""),
    )


def record_admission(actor: Actor, visit: Visit, participant: Participant) -> None:
    """Record that somebody came into the visit."""
    if visit.encounter_id is None:
        return
    is_interpreter = participant.role == ParticipantRole.INTERPRETER
    charting.record_fact(
        actor=actor,
        encounter=visit.encounter,
        kind=Kind.INTERPRETER_PRESENT if is_interpreter else Kind.PARTICIPANT_JOINED,
        occurred_at=participant.admitted_at,
        code=participant.role,
        detail=participant.name,
    )


def record_agreement(actor: Actor, visit: Visit, participant: Participant) -> None:
    """Record that the patient agreed to an observer."""
    charting.record_fact(
        actor=actor,
        encounter=visit.encounter,
        kind=Kind.CONSENT_GIVEN,
        occurred_at=participant.agreed_at,
        code=participant.role,
        detail=participant.name,
    )


def stretches(visit: Visit, roles: frozenset[ParticipantRole]) -> list[rules.Stretch]:
    """Return the segments of some parts as plain values."""
    rows = Segment.objects.filter(visit=visit, participant__role__in=roles)
    return [_stretch(row) for row in rows]


def _stretch(row: Segment) -> rules.Stretch:
    return rules.Stretch(Modality(row.modality), row.started_at, row.ended_at, row.modality_cause)


def _clinicians_stretches(visit: Visit) -> list[rules.Stretch]:
    """A colleague who was rung up has no account here: their minutes are their own segment, nobody's time of care."""
    rows = Segment.objects.filter(
        visit=visit, participant__role=ParticipantRole.CLINICIAN, participant__user__isnull=False
    )
    return [_stretch(row) for row in rows]


def time_by_share(visit: Visit) -> dict[rules.Share, timedelta]:
    """Return for how long patient and clinician were together, by what they shared and why it was not video."""
    return rules.shares_together(
        _clinicians_stretches(visit),
        stretches(visit, PATIENT_SIDE),
        until=visit.ended_at or clock.now(),
    )


def _record_interpreters(actor: Actor, visit: Visit) -> None:
    """Each interpreter's own minutes, apart from those of the others: who, in which language, for how long."""
    bookings = {one.participant_id: one for one in InterpreterBooking.objects.filter(visit=visit)}
    for participant in Participant.objects.filter(visit=visit, role=ParticipantRole.INTERPRETER):
        rows = Segment.objects.filter(participant=participant)
        length = rules.own_time([_stretch(row) for row in rows], until=visit.ended_at or clock.now())
        booking = bookings.get(participant.pk)  # whoever was invited in the room has none
        if length:
            charting.record_fact(
                actor=actor,
                encounter=visit.encounter,
                kind=Kind.INTERPRETER_PRESENT,
                occurred_at=visit.ended_at,
                code=booking.language if booking else "",
                detail=booking.called if booking else participant.name,
                seconds=int(length.total_seconds()),
            )


def finish_encounter(actor: Actor, visit: Visit) -> None:
    """Close the chart's record with the time spent in each modality, and why it was not video."""
    if visit.encounter_id is None:
        return
    for share, length in time_by_share(visit).items():
        charting.record_fact(
            actor=actor,
            encounter=visit.encounter,
            kind=Kind.MODALITY_USED,
            occurred_at=visit.ended_at,
            code=share.modality.value,
            detail=share.without_video.value,
            seconds=int(length.total_seconds()),
        )
    _record_interpreters(actor, visit)
    charting.finish_encounter(actor=actor, encounter=visit.encounter, ended_at=visit.ended_at)
