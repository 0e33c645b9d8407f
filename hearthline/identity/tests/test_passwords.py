import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from hearthline.identity import passwords

WORDS = passwords.context_words("Rosa Delgado", "rosa.delgado@juniper.example", "Juniper Valley Clinic")


def found(password: str, *, min_length: int = 15) -> list[str]:
    return passwords.problems(password, min_length=min_length, words=WORDS, is_breached=False)


@pytest.mark.parametrize(
    "password",
    [
        "123456789012345", "passwordpassword", "aaaaaaaaaaaaaaaaaa", "iloveyouiloveyou", "Telehealth2026!!",
        "drsmithclinic2026", "juniperjuniper2026", "RosaDelgado-RosaDelgado", "Hearthline2026!!!",
        "qwertyuiopasdfghjkl", "short",
    ],
)  # fmt: skip
def test_guessable_passwords_are_refused_with_words(password: str) -> None:
    (sentence,) = found(password)
    assert len(sentence) > 20


@pytest.mark.parametrize(
    "password", ["copper lantern drifts upstream", "مظلة زرقاء فوق جسر قديم جدا", "k7#Lw-pq2!Zx9vTd"]
)
def test_long_unrelated_passwords_are_accepted_whatever_their_composition(password: str) -> None:
    assert found(password) == []


def test_length_depends_on_the_second_factor() -> None:
    twelve = "vK3p-tuba-ox"
    assert found(twelve, min_length=12) == []
    assert found(twelve, min_length=15)
    assert passwords.min_length_for(SimpleNamespace(is_second_factor_forced=True)) == 12
    assert passwords.min_length_for(SimpleNamespace(is_second_factor_forced=False)) == 15
    assert passwords.min_length_for(None) == 15


def test_128_characters_are_accepted_and_129_refused() -> None:
    phrase = "copper lantern drifts upstream past nine quiet herons while the miller hums "
    long = (phrase * 2)[:128]
    assert found(long) == []
    assert found((phrase * 2)[:129])


@pytest.mark.parametrize("ending", ["\n", ":42\n", "\r\n"])
def test_the_breached_list_is_searched_in_place(tmp_path: Path, ending: str) -> None:
    known = [f"known secret {number}" for number in range(500)]
    lines = sorted(hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest().upper() for word in known)
    path = tmp_path / "breached.txt"
    path.write_bytes("".join(line + ending for line in lines).encode())
    assert all(passwords.is_breached(word, path) for word in known)
    assert not any(passwords.is_breached(f"unknown {number}", path) for number in range(500))


def test_without_a_list_nothing_is_breached(tmp_path: Path) -> None:
    assert not passwords.is_breached("anything", None)
    assert not passwords.is_breached("anything", tmp_path / "absent")
    (tmp_path / "empty").touch()
    assert not passwords.is_breached("anything", tmp_path / "empty")


def test_the_validator_speaks_to_django() -> None:
    person = SimpleNamespace(
        email="rosa@juniper.example", name="Rosa Delgado", password_context=["Juniper Valley"]
    )
    validator = passwords.HearthlinePasswordValidator()
    with pytest.raises(ValidationError):
        validator.validate("Juniper-Valley-Rosa-2026", person)
    validator.validate("copper lantern drifts upstream", person)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_the_rules(password: str) -> None:
    assert isinstance(found(password), list)
