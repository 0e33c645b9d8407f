"""A message becomes a report: filed once, corrected without overwriting, never for the wrong person."""

import random
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.charting.results import intake, rules
from hearthline.charting.results.models import (
    CriticalResult,
    IncomingMessage,
    Observation,
    Report,
    ReportVersion,
)
from hearthline.charting.results.models.reports import Abnormality, Status
from hearthline.charting.results.rules import Doubt, doubts_of, precedence
from hearthline.charting.results.tests.stage import NUMBER, Stage, add_number, nm, oru
from hearthline.directory.tests.stage import make_patient
from hearthline.foundation import clock

AT = "20261101{:02}0000+0000"
PDF = "JVBERi0xLjQKdHJhaWxlcgo8PD4+CiUlRU9GCg=="


def current(report: Report) -> list[tuple[str, str, str]]:
    rows = Observation.objects.filter(report=report, is_current=True)
    return [(row.name, row.value, row.status) for row in rows]


def test_a_result_is_filed_with_its_orderer_and_waits_for_a_look(stage: Stage) -> None:
    taken = stage.take(oru(nm("4.1"), nm("140", code="2951-2^Sodium^LN")))
    assert (taken.problem, taken.is_repeat) == ("", False)
    report = stage.report()
    assert (report.title, report.status, report.needs_look) == ("Metabolic panel", "final", True)
    assert report.responsible == stage.practitioner
    assert current(report) == [("Potassium", "4.1", "final"), ("Sodium", "140", "final")]
    message = IncomingMessage.objects.get()
    assert intake.raw_of(message) == oru(nm("4.1"), nm("140", code="2951-2^Sodium^LN")).encode()


def test_the_same_bytes_are_answered_the_same_and_filed_once(stage: Stage) -> None:
    first, again = stage.take(oru(nm("4.1"))), stage.take(oru(nm("4.1")))
    assert (first.problem, again.problem, again.is_repeat) == ("", "", True)
    assert (IncomingMessage.objects.count(), ReportVersion.objects.count()) == (1, 1)


def test_other_bytes_with_the_same_number_are_kept_and_not_filed(stage: Stage) -> None:
    stage.take(oru(nm("4.1")))
    other = stage.take(oru(nm("9.9")))
    assert (other.problem, other.code) == ("conflict", "205")
    assert stage.take(oru(nm("9.9"))).problem == "conflict"
    assert current(stage.report()) == [("Potassium", "4.1", "final")]
    assert IncomingMessage.objects.filter(state="waiting").count() == 1


VERSIONS = [
    ("P", AT.format(8), nm("6.9", status="P")),
    ("F", AT.format(9), nm("4.1")),
    ("C", AT.format(10), nm("4.3", status="C")),
]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_preliminary_final_corrected_in_whatever_order_they_come(
    stage: Stage, order: tuple[int, ...]
) -> None:
    for number in order:
        status, issued, line = VERSIONS[number]
        stage.take(oru(line, status=status, issued=issued, control=f"M{number}"), f"M{number}")
    report = stage.report()
    assert current(report) == [("Potassium", "4.3", "corrected")]
    assert (report.status, report.versions.count()) == ("corrected", 3)
    assert {row.value for row in Observation.objects.all()} == {"6.9", "4.1", "4.3"}


def test_a_late_preliminary_value_never_leads_over_a_final_one(stage: Stage) -> None:
    stage.take(oru(nm("4.1"), issued=AT.format(9)), "M1")
    stage.take(oru(nm("7.7", status="P"), status="P", issued=AT.format(12), control="M2"), "M2")
    assert current(stage.report()) == [("Potassium", "4.1", "final")]
    assert stage.report().status == "final"


def test_a_withdrawn_line_says_so_and_the_first_value_stays_readable(stage: Stage) -> None:
    stage.take(oru(nm("9.9", flag="HH"), issued=AT.format(9)), "M1")
    stage.take(oru(nm("", status="X"), status="C", issued=AT.format(10), control="M2"), "M2")
    report = stage.report()
    assert current(report) == [("Potassium", "", "cancelled")]
    assert not report.is_critical
    assert [row.value for row in Observation.objects.filter(is_current=False)] == ["9.9"]


def test_partial_results_add_up(stage: Stage) -> None:
    stage.take(oru(nm("4.1"), issued=AT.format(9)), "M1")
    sodium = nm("140", code="2951-2^Sodium^LN")
    stage.take(oru(sodium, issued=AT.format(10), control="M2"), "M2")
    assert {name for name, _value, _status in current(stage.report())} == {"Potassium", "Sodium"}


def test_a_new_version_has_to_be_looked_at_again(stage: Stage) -> None:
    stage.take(oru(nm("4.1"), issued=AT.format(9)), "M1")
    Report.objects.update(needs_look=False)
    stage.take(oru(nm("4.0", status="P"), status="P", issued=AT.format(8), control="M0"), "M0")
    assert not stage.report().needs_look  # an older version that came late changes nothing that leads
    stage.take(oru(nm("4.4", status="C"), status="C", issued=AT.format(10), control="M2"), "M2")
    assert stage.report().needs_look


@pytest.mark.parametrize(
    ("values", "problem", "where"),
    [
        ({"number": "HL-99999"}, "unknown_patient", "PID-3"),
        ({"number": ""}, "unknown_patient", "PID-3"),
        ({"family": "Delgada"}, "mismatch", "PID-5"),
        ({"given": "Maria"}, "mismatch", "PID-5"),
        ({"birth": "19580403"}, "mismatch", "PID-7"),
        ({"birth": ""}, "mismatch", "PID-7"),
        ({"family": "", "given": ""}, "mismatch", "PID-5"),
    ],
)
def test_what_may_be_another_persons_files_for_nobody(
    stage: Stage, values: dict[str, str], problem: str, where: str
) -> None:
    taken = stage.take(oru(nm("4.1"), **values))
    assert (taken.problem, taken.where) == (problem, where)
    assert Report.objects.count() == 0
    assert IncomingMessage.objects.get().state == "waiting"
    assert "Delgado" not in taken.sentence


def test_a_number_of_two_people_files_for_neither(stage: Stage) -> None:
    twin = make_patient(stage.people, "Rosa", "Delgado", birth_date=stage.patient.birth_date)
    add_number(twin, stage.issuer, "HL-2")
    taken = stage.take(oru(nm("4.1"), number=f"{NUMBER}^^^HL~HL-2"))
    assert taken.problem == "unknown_patient"


def test_a_report_does_not_move_to_another_patient(stage: Stage) -> None:
    stage.take(oru(nm("4.1")))
    other = make_patient(stage.people, "Ana", "Roe", birth_date=stage.patient.birth_date)
    add_number(other, stage.issuer, "HL-2")
    values = {"number": "HL-2", "family": "Roe", "given": "Ana", "birth": "19580304"}
    taken = stage.take(oru(nm("8.8"), control="M2", **values), "M2")
    assert taken.problem == "other_patient"
    assert current(stage.report()) == [("Potassium", "4.1", "final")]


def test_one_unknown_patient_keeps_the_whole_message(stage: Stage) -> None:
    rest = (
        "PID|2||NOBODY||Roe^Jane||19700101\rOBR|2||F-9|X^X^L" + "|" * 18 + AT.format(9) + "|||F\r" + nm("1")
    )
    assert stage.take(oru(nm("4.1"), rest)).problem == "unknown_patient"
    assert Report.objects.count() == 0


def test_a_person_chooses_the_patient_and_a_repeat_is_told_so(stage: Stage) -> None:
    text = oru(nm("4.1"), family="Delgado-Ruiz", given="R")
    taken = stage.take(text)
    message = IncomingMessage.objects.get(pk=taken.message_id)
    nurse = stage.people.nurse.actor
    filed = intake.replay(actor=nurse, message=message, patient=stage.patient, reason="Married name")
    assert (filed.state, filed.settled_by_id, filed.settled_reason) == (
        "filed",
        nurse.user_id,
        "Married name",
    )
    assert stage.report().patient == stage.patient
    assert stage.take(text).problem == ""
    with pytest.raises(intake.MoveError):
        intake.replay(actor=nurse, message=message, patient=stage.patient, reason="Again")


def test_a_corrected_copy_takes_the_place_and_the_first_stays(stage: Stage) -> None:
    broken = oru(nm("4.1", status="Q"))
    message = IncomingMessage.objects.get(pk=stage.take(broken).message_id)
    assert (message.problem, message.where) == ("unreadable", "OBX(1)-11")
    fixed = oru(nm("4.1", status="F")).encode()
    copy = intake.correct(actor=stage.people.nurse.actor, message=message, raw=fixed, reason="F was meant")
    message.refresh_from_db()
    assert (copy.state, message.state) == ("filed", "replaced")
    assert intake.raw_of(message) == broken.encode()
    assert stage.take(broken).problem == ""


def test_set_aside_and_replayed_after_the_number_was_added(stage: Stage) -> None:
    first = IncomingMessage.objects.get(pk=stage.take(oru(nm("4.1"), number="HL-2")).message_id)
    add_number(stage.patient, stage.issuer, "HL-2")
    assert intake.replay(actor=stage.people.nurse.actor, message=first).state == "filed"
    taken = stage.take(oru(nm("1"), number="HL-3", control="M2"), "M2")
    second = IncomingMessage.objects.get(pk=taken.message_id)
    intake.set_aside(actor=stage.people.nurse.actor, message=second, reason="Not ours")
    second.refresh_from_db()
    assert (second.state, second.settled_reason) == ("set_aside", "Not ours")


def test_a_file_is_kept_when_it_is_sound_and_its_refusal_told_when_not(stage: Stage) -> None:
    sound = f"OBX|1|ED|PDF^Letter^L||LIS^application^pdf^Base64^{PDF}||||||F"
    script = "OBX|2|ED|PDF2^Picture^L||LIS^image^png^Base64^TVqQAAMAAAAE||||||F"
    assert stage.take(oru(sound, script, nm("4.1"))).problem == ""
    letter, picture, _number = Observation.objects.order_by("position")
    assert letter.document.content_type == "application/pdf"
    assert picture.document is None
    assert "could not be kept" in picture.note


def test_a_critical_value_starts_its_clock_and_a_correction_ends_it(stage: Stage) -> None:
    stage.take(oru(nm("7.1", flag="HH"), issued=AT.format(9)), "M1")
    critical = CriticalResult.objects.get()
    assert (critical.steps_reached, critical.closed_at, stage.report().is_critical) == (1, None, True)
    stage.take(oru(nm("4.1", status="C"), status="C", issued=AT.format(10), control="M2"), "M2")
    critical.refresh_from_db()
    assert critical.closed_because == "corrected"
    assert not stage.report().is_critical


def test_what_is_too_long_waits_for_a_person(stage: Stage) -> None:
    long = stage.take(oru(nm("1", unit="u" * 61), control="M2"), "M2")
    assert (long.problem, long.where) == ("unreadable", "OBX(1)-6")


def test_a_test_person_of_another_name_is_told_apart() -> None:
    facts = {"family": "Delgado Ruiz", "given": "Rosa María", "birth_date": datetime(1958, 3, 4).date()}  # noqa: DTZ001
    same = {"sent_birth_date": facts["birth_date"]}

    def doubts(family: str, given: str) -> list[Doubt]:
        return doubts_of(sent_family=family, sent_given=given, **same, **facts)  # type: ignore[arg-type]

    assert doubts("DELGADO", "ROSA") == []
    assert doubts("DELGADO RUIZ", "ROSA M MARIA") == []
    assert doubts("Ruiz", "Rosa Maria") == []
    assert doubts("Delgado", "Maria Rosa") == []
    assert doubts("Rosa", "Delgado") == [Doubt.NAME]
    assert doubts("Delgado", "") == [Doubt.NAME]
    assert doubts("Delgado", "Ana") == [Doubt.NAME]
    assert doubts("", "Rosa") == [Doubt.NAME]


STATUSES = st.sampled_from(list(Status))
TIMES = st.integers(0, 5).map(lambda hours: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hours))


@given(st.lists(st.tuples(STATUSES, TIMES), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_which_version_leads_does_not_depend_on_the_order(
    versions: list[tuple[Status, datetime]], shuffle: random.Random
) -> None:
    keyed = [precedence(status, at, str(number)) for number, (status, at) in enumerate(versions)]
    shuffled = list(keyed)
    shuffle.shuffle(shuffled)
    leading = max(shuffled)
    assert leading == max(keyed)
    if any(status is not Status.PRELIMINARY for status, _at in versions):
        settled = [at for status, at in versions if status is not Status.PRELIMINARY]
        assert leading.is_settled
        assert leading.issued_at == max(settled)


@given(st.lists(st.sampled_from([*rules.FLAGS, "?", "panic"]), max_size=4))
def test_the_gravest_flag_is_shown(flags: list[str]) -> None:
    shown = rules.abnormality_of(flags)
    each = [rules.abnormality_of([flag]) for flag in flags]
    assert shown == max(each, key=rules.GRAVITY.index, default=Abnormality.NONE)


@given(st.integers(0, 200))
def test_the_ladder_is_climbed_once_each(minutes: int) -> None:
    start = clock.now()
    reached = rules.steps_due(start, start + timedelta(minutes=minutes))
    following = rules.next_step_at(start, reached)
    assert 1 <= reached <= len(rules.LADDER)
    assert following is None or following > start + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("said", "is_right"), [("7.1", True), (" 7,1 ", True), ("7.10", False), ("1.7", False), ("", False)]
)
def test_reading_back(said: str, is_right: bool) -> None:
    assert rules.is_read_back(said, "7.1") is is_right
