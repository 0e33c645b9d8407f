# ruff: noqa: RUF001 - letters of several scripts that look alike are the subject here
"""Names of every script survive cleaning, fold once and for all, and cannot rearrange a page."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.directory import names

anything = st.text(max_size=120)


@given(anything)
def test_cleaning_leaves_nothing_that_moves_or_hides_text(text: str) -> None:
    cleaned = names.clean_name(text)
    assert not set(cleaned) & names.DIRECTION_CONTROLS
    assert "\x00" not in cleaned
    assert all(unicodedata.category(character) != "Cc" for character in cleaned)
    assert names.clean_name(cleaned) == cleaned


@given(anything)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert names.fold(names.fold(text)) == names.fold(text)


@given(anything)
def test_folding_ignores_composition(text: str) -> None:
    assert names.fold(unicodedata.normalize("NFD", text)) == names.fold(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Núñez-O'Brien", "nunez obrien"),
        ("García Márquez", "GARCIA MARQUEZ"),
        ("Søren Łukasz", "soren lukasz"),
        ("İpek Yıldız", "ipek yildiz"),
        ("Straße", "strasse"),
        ("أحمد", "احمد"),
        ("فاطمة", "فاطمه"),
        ("مُحَمَّد", "محمد"),
        ("שָׁלוֹם כהן", "שלום כהנ"),
        ("José\u202e Pérez", "jose perez"),
    ],
)
def test_the_same_name_written_differently_folds_alike(written: str, typed: str) -> None:
    assert names.fold(written) == names.fold(typed)


@pytest.mark.parametrize(("one", "other"), [("Ana", "Ada"), ("Li", "Le"), ("علي", "عمر"), ("", "A")])
def test_different_names_do_not_fold_alike(one: str, other: str) -> None:
    assert names.fold(one) != names.fold(other)


def test_words_of_a_name_are_found_in_any_order() -> None:
    assert names.tokens("Gabriel José", "García Márquez") == {"gabriel", "jose", "garcia", "marquez"}


@given(st.lists(anything, max_size=4))
def test_words_are_bounded_in_number_and_length(parts: list[str]) -> None:
    found = names.tokens(*parts)
    assert len(found) <= names.MAX_TOKENS
    assert all(0 < len(word) <= names.TOKEN_LENGTH for word in found)


def test_a_single_name_is_shown_without_a_comma_or_gap() -> None:
    assert names.full_name(given="Suharto", family="") == "Suharto"
    assert names.listed_name(given="Suharto", family="") == "Suharto"
    assert names.listed_name(given="Rosa", family="Delgado Ruiz") == "Delgado Ruiz, Rosa"


def test_a_name_in_plain_text_is_isolated() -> None:
    assert names.isolate("محمد") == "\u2068محمد\u2069"


@pytest.mark.parametrize(
    ("text", "expected"), [("Ana", True), ("محمد", True), ("李", True), ("123", False), ("-", False)]
)
def test_a_name_has_a_letter(text: str, expected: bool) -> None:
    assert names.has_letter(text) is expected
