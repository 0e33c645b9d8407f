from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from hearthline.charting import rules
from hearthline.charting.vital_kinds import KINDS

AT = datetime(2026, 11, 23, 20, 5, tzinfo=UTC)


def test_statements_come_only_from_facts() -> None:
    facts = [
        rules.Fact("identity_checked", AT, detail="name and date of birth"),
        rules.Fact("modality_used", AT, code="video", seconds=840),
        rules.Fact("modality_used", AT, code="video", seconds=61),
    ]
    lines = rules.statements(facts, "America/Chicago")
    assert lines[0] == "14:05: identity confirmed by name and date of birth."
    assert lines[1] == "Video: 15 minutes."
    assert lines[-1] == "Times are in Chicago time."
    with override("es"):
        in_spanish = rules.statements(facts, "America/Chicago")
        assert in_spanish[0] == "14:05: identidad confirmada con nombre y fecha de nacimiento."
        assert in_spanish[-1] == "Las horas están en hora de Chicago."
    assert not any("consent" in line for line in lines)
    assert rules.statements([], "UTC") == []


@given(st.lists(st.integers(0, 10_000), max_size=20))
def test_minutes_are_never_more_than_was_measured(seconds: list[int]) -> None:
    facts = [rules.Fact("modality_used", AT, code="video", seconds=one) for one in seconds]
    lines = rules.statements(facts, "UTC")
    minutes = sum(seconds) // 60
    if seconds:
        assert lines[0] == f"Video: {rules._minutes(sum(seconds))}."
        assert str(minutes) in lines[0] or minutes == 0
    else:
        assert lines == []


@pytest.mark.parametrize(
    ("kind", "value", "second", "field", "can_confirm"),
    [
        ("blood_pressure", "120", None, "second_value", False),
        ("blood_pressure", "80", "120", "second_value", False),
        ("blood_pressure", "230", "110", "value", True),
        ("temperature", "98.6", None, "value", False),
        ("oxygen_saturation", "101", None, "value", False),
        ("oxygen_saturation", "80", None, "value", True),
    ],
)
def test_doubtful_values_are_said(
    kind: str, value: str, second: str | None, field: str, *, can_confirm: bool
) -> None:
    problems = rules.check_vital(kind, Decimal(value), Decimal(second) if second else None)
    assert (problems[0].field, problems[0].can_confirm) == (field, can_confirm)


def test_usual_values_pass() -> None:
    assert rules.check_vital("blood_pressure", Decimal(128), Decimal(82)) == []
    assert rules.check_vital("temperature", Decimal("36.6"), None) == []


@given(st.decimals(min_value=95, max_value=106, places=1))
def test_fahrenheit_becomes_celsius(fahrenheit: Decimal) -> None:
    celsius = rules.to_kept_unit(KINDS["temperature"], fahrenheit, "[degF]")
    assert abs(float(celsius) - (float(fahrenheit) - 32) / 1.8) < 0.0051


def test_a_foreign_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="not measured in"):
        rules.to_kept_unit(KINDS["pulse"], Decimal(70), "kg")


@given(
    st.dictionaries(st.sampled_from(rules.NOTE_SECTIONS), st.text(max_size=30)),
    st.sampled_from(rules.NOTE_SECTIONS),
)
def test_a_digest_notices_any_change(texts: dict[str, str], changed: str) -> None:
    sections = {name: texts.get(name, "") for name in rules.NOTE_SECTIONS}
    before = rules.note_digest(author_id="a", signed_at=AT, sections=sections, statements="")
    sections[changed] += "."
    assert rules.note_digest(author_id="a", signed_at=AT, sections=sections, statements="") != before


def test_moving_text_between_sections_changes_the_digest() -> None:
    one = {"subjective": "ab", "objective": "c", "assessment": "", "plan": ""}
    other = {"subjective": "a", "objective": "bc", "assessment": "", "plan": ""}
    digests = {
        rules.note_digest(author_id="a", signed_at=AT, sections=sections, statements="")
        for sections in (one, other)
    }
    assert len(digests) == 2
