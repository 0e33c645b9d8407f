from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.messaging import wording
from hearthline.messaging.wording import RefusedWordingError, Wording

BASE = "https://clinic.example"
ALLOWED = frozenset(wording.PLACEHOLDERS)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your {diagnosis} visit", "clinical"),
        ("Take {medication}", "clinical"),
        ("About {reason} {link}", "clinical"),
        ("Visit for {service}", "clinical"),
        ("{Diagnosis}", "clinical"),
        ("{nothing}", "unknown"),
        ("{when.tzinfo}", "unknown"),
        ("{0}", "unknown"),
        ("{}", "unknown"),
        ("a { b", "braces"),
        ("{{when}}", "braces"),
        ("   ", "empty"),
        ("a" * 2_001, "too_long"),
        ("tab\x00", "line_break"),
        ("\u202eesrever", "line_break"),
    ],
)
def test_words_that_may_not_be_sent(text: str, code: str) -> None:
    with pytest.raises(RefusedWordingError) as refusal:
        wording.check_wording(Wording(text), allowed=ALLOWED)
    assert refusal.value.code == code


def test_a_subject_holds_one_line() -> None:
    with pytest.raises(RefusedWordingError):
        wording.check_wording(Wording("text", "Hello\nBcc: all@example.org"), allowed=ALLOWED)


def test_what_the_reader_needs_may_not_be_left_out() -> None:
    with pytest.raises(RefusedWordingError) as refusal:
        wording.check_wording(Wording("Come by"), allowed=ALLOWED, required=frozenset({"link"}))
    assert (refusal.value.code, refusal.value.word) == ("missing", "link")


def test_good_words_pass() -> None:
    wording.check_wording(Wording("Visit on {when}: {link}", "Visit {when}"), allowed=ALLOWED)


@pytest.mark.parametrize(
    "context",
    [
        {"name": "Rosa: chest pain since 3 days"},
        {"name": "<b>Rosa</b>"},
        {"name": "x" * 81},
        {"name": 7},
        {"name": "HbA1c 112 mg"},
        {"link": "https://elsewhere.example/x"},
        {"link": "https://clinic.example/x?reason=pain"},
        {"link": "https://clinic.example@elsewhere.example/"},
        {"link": "javascript:alert(1)"},
        {"when": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"when": "tomorrow"},
        {"minutes": True},
        {"minutes": -1},
        {"code": "drop table"},
        {"diagnosis": "any"},
        {"whatever": "any"},
    ],
)
def test_values_that_may_not_be_sent(context: dict[str, object]) -> None:
    with pytest.raises(RefusedWordingError):
        wording.check_context(context, allowed=ALLOWED, base_url=BASE)


def test_good_values_pass() -> None:
    context = {
        "name": "Nuria O'Brien-Sanz",
        "practitioner": "Dr. Amara Lindqvist",
        "link": "https://clinic.example/care/visits/0198#token",
        "when": datetime(2026, 1, 1, tzinfo=UTC),
        "minutes": 10,
        "code": "482913",
    }
    wording.check_context(context, allowed=ALLOWED, base_url=BASE)


@given(st.text(max_size=80))
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    filled = wording.fill(Wording("Hello {name}, {link}"), {"name": value, "link": "L"})
    assert filled.text == f"Hello {value}, L"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Tuesday 24 November, 14:00 (Madrid time)"),
        ("es", "martes 24 de noviembre, 14:00 (hora de Madrid)"),
        ("ar", "الثلاثاء 24 نوفمبر، 14:00 (بتوقيت مدريد)"),
    ],
)
def test_a_moment_names_its_zone(language: str, expected: str) -> None:
    moment = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
    assert wording.say_moment(moment, zone=ZoneInfo("Europe/Madrid"), language=language) == expected
