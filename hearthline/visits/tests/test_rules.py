from datetime import UTC, datetime, timedelta

import pytest

from hearthline.visits import rules
from hearthline.visits.choices import Modality, ParticipantRole, ParticipantState, Question, VisitState

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def stretch(
    start: float, end: float | None, modality: Modality = Modality.VIDEO, cause: str = ""
) -> rules.Stretch:
    return rules.Stretch(modality, minutes(start), None if end is None else minutes(end), cause)


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


def shared(clinician: list[rules.Stretch], patient: list[rules.Stretch]) -> dict[tuple[str, str], float]:
    totals = rules.shares_together(clinician, patient, until=minutes(20))
    return {
        (share.modality, share.without_video): length / timedelta(minutes=1)
        for share, length in totals.items()
    }


def test_minutes_count_only_the_time_together_and_the_poorer_way_of_the_two() -> None:
    clinician = [stretch(0, 10), stretch(12, None)]
    patient = [stretch(2, 11), stretch(11, None, Modality.AUDIO, "link")]
    assert shared(clinician, patient) == {("video", ""): 8, ("audio", "link"): 8}
    assert shared([], patient) == {}
    without_picture = [stretch(0, None, Modality.AUDIO, "chosen")]
    assert shared(without_picture, [stretch(0, 10)]) == {("audio", "clinician"): 10}
    on_the_phone = [stretch(0, 10, Modality.PHONE, "lost")]
    assert shared(without_picture, on_the_phone) == {("phone", "link"): 10}


def test_a_stretch_that_is_closed_a_moment_after_the_end_counts_until_the_end() -> None:
    closed_late = [stretch(0, 20.01)]
    assert shared(closed_late, [stretch(5, 20.02)]) == {("video", ""): 15}
    assert shared(closed_late, [stretch(21, 22)]) == {}


def test_two_people_on_a_side_do_not_double_the_minutes() -> None:
    both = [stretch(0, 10), stretch(5, 15, Modality.AUDIO, "chosen")]
    assert shared([stretch(0, None)], both) == {("video", ""): 10, ("audio", "patient"): 5}
    assert shared([stretch(0, 10), stretch(0, 10)], [stretch(0, 10)]) == {("video", ""): 10}


@pytest.mark.parametrize(
    ("cause", "patients", "clinicians"),
    [
        ("link", "link", "link"),
        ("lost", "link", "link"),
        ("chosen", "patient", "clinician"),
        ("no_camera", "no_camera", "clinician"),
        ("agreed", "agreed", "agreed"),
        ("dialled", "patient", ""),
        ("called", "clinician", "clinician"),
        ("", "", ""),
    ],
)
def test_the_reason_without_video_follows_from_what_happened(
    cause: str, patients: str, clinicians: str
) -> None:
    assert rules.why_without_video(cause, is_patient_side=True) == patients
    assert rules.why_without_video(cause, is_patient_side=False) == clinicians


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
