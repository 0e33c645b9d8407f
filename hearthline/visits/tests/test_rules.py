from datetime import UTC, datetime, timedelta

import pytest

from hearthline.visits import rules
from hearthline.visits.choices import Modality, ParticipantRole, ParticipantState, Question, VisitState

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def stretch(start: float, end: float | None, modality: Modality = Modality.VIDEO) -> rules.Stretch:
    return rules.Stretch(modality, minutes(start), None if end is None else minutes(end))


def test_an_ended_visit_stays_ended() -> None:
    for state in (VisitState.ENDED, VisitState.ABANDONED, VisitState.CANCELLED):
        assert not any(rules.may_follow(state, after) for after in VisitState)
    assert rules.may_follow(VisitState.WAITING, VisitState.IN_PROGRESS)
    assert not rules.may_follow(VisitState.IN_PROGRESS, VisitState.CANCELLED)


@pytest.mark.parametrize("role", [role for role in ParticipantRole if role != ParticipantRole.CLINICIAN])
def test_everybody_but_the_clinician_waits_once(role: ParticipantRole) -> None:
    assert rules.state_on_joining(role, ParticipantState.OUTSIDE) == ParticipantState.WAITING
    assert rules.state_on_joining(role, ParticipantState.ADMITTED) == ParticipantState.ADMITTED
    assert rules.state_on_joining(role, ParticipantState.REMOVED) == ParticipantState.REMOVED
    clinician = rules.state_on_joining(ParticipantRole.CLINICIAN, ParticipantState.OUTSIDE)
    assert clinician == ParticipantState.ADMITTED


def test_the_door_opens_half_an_hour_before_and_closes_hours_after() -> None:
    end = minutes(30)
    assert not rules.is_door_open(NOON, end, minutes(-31))
    assert rules.is_door_open(NOON, end, minutes(-30))
    assert rules.is_door_open(NOON, end, end + rules.DOOR_CLOSES_AFTER)
    assert not rules.is_door_open(NOON, end, end + rules.DOOR_CLOSES_AFTER + timedelta(seconds=1))


def test_the_estimate_is_never_shorter_than_the_appointment() -> None:
    early = rules.estimate_wait(at=minutes(-20), starts_at=NOON, ahead=0)
    assert (early.place, early.minutes, early.is_late) == (1, 20, False)
    behind = rules.estimate_wait(at=minutes(6), starts_at=NOON, ahead=2, current_started_at=minutes(-4))
    assert (behind.place, behind.minutes, behind.is_late) == (3, 35, True)
    overrun = rules.estimate_wait(at=NOON, starts_at=NOON, ahead=0, current_started_at=minutes(-60))
    assert overrun.minutes == 2, "somebody who runs over is not expected to end this second"
    assert rules.estimate_wait(at=NOON, starts_at=NOON, ahead=40).minutes is None, "said in words instead"


def test_minutes_count_only_the_time_together_by_the_patients_modality() -> None:
    clinician = [stretch(0, 10), stretch(12, None)]
    patient = [stretch(2, 11), stretch(11, None, Modality.AUDIO)]
    totals = rules.seconds_together(clinician, patient, until=minutes(20))
    assert totals == {Modality.VIDEO: 8 * 60, Modality.AUDIO: 8 * 60}
    assert rules.minutes_of(totals) == 16
    assert rules.seconds_together([], patient, until=minutes(20)) == {}


def test_the_next_question_is_the_first_that_is_missing() -> None:
    everything = frozenset(question.value for question in Question)
    assert rules.next_question(frozenset()) == Question.REASON
    assert rules.next_question(frozenset({"reason"}), Question.REASON) == Question.SYMPTOMS
    assert rules.next_question(everything - {"reason"}, Question.COMPANY) == Question.REASON
    assert rules.next_question(everything, Question.COMPANY) is None
    assert rules.previous_question(Question.REASON) is None
    assert rules.previous_question(Question.SYMPTOMS) == Question.REASON


def test_consent_and_place_are_needed_at_the_door_whatever_was_skipped() -> None:
    assert rules.missing_at_the_door(frozenset({"reason"})) == [Question.CONSENT, Question.LOCATION]
    assert rules.missing_at_the_door(frozenset({"consent", "location"})) == []
