"""Likeness of records: symmetric, explained, kind to twins and to slips of the pen."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.directory.duplicates import (
    PROBABLE_POINTS,
    Fingerprint,
    Reason,
    is_near,
    is_near_birth_date,
    likeness,
)

words = st.frozensets(st.text(alphabet="abcdefgh", min_size=1, max_size=8), max_size=4)
indexes = st.frozensets(st.sampled_from([b"a", b"b", b"c"]), max_size=2)
dates = st.dates(date(1900, 1, 1), date(2026, 1, 1))
fingerprints = st.builds(
    Fingerprint,
    given=words,
    family=words,
    birth_date=dates,
    identifiers=indexes,
    telephones=indexes,
    emails=indexes,
)


def person(given: str, family: str, born: str, **contacts: frozenset[bytes]) -> Fingerprint:
    return Fingerprint(
        given=frozenset(given.split()),
        family=frozenset(family.split()),
        birth_date=date.fromisoformat(born),
        **contacts,
    )


@given(fingerprints, fingerprints)
def test_likeness_is_symmetric_and_bounded(first: Fingerprint, second: Fingerprint) -> None:
    result = likeness(first, second)
    assert result.points == likeness(second, first).points
    assert set(result.reasons) == set(likeness(second, first).reasons)
    assert 0 <= result.points <= 100
    assert bool(result.points) == bool(result.reasons)


@given(fingerprints)
def test_a_named_record_is_probably_itself(one: Fingerprint) -> None:
    assert likeness(one, one).is_probable is (bool(one.words) or bool(one.identifiers))


PHONE = frozenset({b"t"})
ROSA = person("rosa", "delgado", "1984-03-12", telephones=PHONE)


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        (person("rosa", "delgado", "1984-12-03"), {Reason.NAME, Reason.BIRTH_DATE_NEAR}),
        (person("delgado", "rosa", "1984-03-12"), {Reason.NAME, Reason.BIRTH_DATE}),
        (person("rosa maria", "delgado ruiz", "1984-03-12"), {Reason.NAME, Reason.BIRTH_DATE}),
        (person("rosa", "delgdao", "1984-03-12"), {Reason.NAME_NEAR, Reason.BIRTH_DATE}),
        (person("rosa", "smith", "1984-03-12", telephones=PHONE), {Reason.BIRTH_DATE, Reason.TELEPHONE}),
        (person("bruno", "delgado", "1971-11-30"), {Reason.FAMILY_NAME}),
    ],
)
def test_what_agrees_is_named(other: Fingerprint, reasons: set[Reason]) -> None:
    assert set(likeness(ROSA, other).reasons) == reasons


def test_slips_are_probable_and_other_people_are_not() -> None:
    assert likeness(ROSA, person("rosa", "delgado", "1984-12-03")).is_probable
    assert likeness(ROSA, person("rosa", "delgdao", "1984-03-12")).is_probable
    assert not likeness(ROSA, person("rosa", "delgado", "1999-07-30")).is_probable
    assert not likeness(ROSA, person("bruno", "ferrara", "1984-03-12")).is_probable


def test_twins_are_not_reported_but_one_number_of_one_issuer_is() -> None:
    twin = person("carmen", "delgado", "1984-03-12", telephones=PHONE)
    assert likeness(ROSA, twin).points < PROBABLE_POINTS
    same = frozenset({b"id"})
    first = person("rosa", "delgado", "1984-03-12", identifiers=same)
    second = person("linh", "tran", "2001-01-01", identifiers=same)
    assert likeness(first, second).is_probable


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("delgado", "delgado", True),
        ("delgado", "delgdao", True),
        ("delgado", "delgad", True),
        ("delgado", "delgadoo", True),
        ("delgado", "selgado", True),
        ("delgado", "selgadi", False),
        ("ana", "ada", False),
    ],
)
def test_near_words(one: str, other: str, expected: bool) -> None:
    assert is_near(one, other) is expected
    assert is_near(other, one) is expected


@given(st.text(alphabet="abc", min_size=4, max_size=9), st.text(alphabet="abc", min_size=4, max_size=9))
def test_near_is_symmetric(one: str, other: str) -> None:
    assert is_near(one, other) == is_near(other, one)


@given(dates, dates)
def test_near_birth_dates_are_symmetric(one: date, other: date) -> None:
    assert is_near_birth_date(one, other) == is_near_birth_date(other, one)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("1984-03-12", "1984-12-03", True),
        ("1984-03-12", "1948-03-12", True),
        ("1984-03-12", "1983-03-12", True),
        ("1984-03-12", "1984-03-21", True),
        ("1984-03-12", "1975-03-12", False),
        ("1984-03-12", "1984-05-27", False),
    ],
)
def test_slips_in_birth_dates(one: str, other: str, expected: bool) -> None:
    assert is_near_birth_date(date.fromisoformat(one), date.fromisoformat(other)) is expected
