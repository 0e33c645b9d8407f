"""Red-flag questions are asked in production only as a qualified person signed them off."""

from collections.abc import Callable, Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.translation import override

from hearthline.foundation import clock
from hearthline.scheduling.red_flags import list_general_flags
from hearthline.scheduling.sign_offs import SignOff, read_sign_offs, signed_languages, write_sign_off
from hearthline.scheduling.tests.stage import NOW, make_stage
from hearthline.scheduling.tests.test_booking_pages import CLEAR, begin
from tests.people import People

Sign = Callable[..., str]


@pytest.fixture
def path(settings: Any, tmp_path: Path) -> Path:
    settings.RED_FLAG_SIGN_OFFS = tmp_path / "reviews" / "red-flags.toml"
    return Path(settings.RED_FLAG_SIGN_OFFS)


@pytest.fixture
def sign(path: Path) -> Sign:
    def run(language: str, reviewer: str = 'Dr. Ana "Nan" Ruiz', source: str = "Guía 4 \\ 2026") -> str:
        out = StringIO()
        call_command("sign_off_red_flags", language=language, reviewer=reviewer, source=source, stdout=out)
        return out.getvalue()

    return run


@pytest.fixture
def urgent(people: People) -> Iterator[Callable[[str], str]]:
    """Read the page of the red-flag questions in a language."""

    def read(language: str) -> str:
        client: Client = people.patient.client
        client.cookies["django_language"] = language
        page = client.get(f"{begin(client)}/urgent/")
        assert page.status_code == 200
        return page.content.decode()

    with clock.frozen(NOW):
        make_stage(people)
        yield read


def test_a_sign_off_says_who_when_and_against_what(path: Path, sign: Sign) -> None:
    with clock.frozen(NOW):
        shown = sign("es")
    assert "Dolor o presión en el pecho (emergency)" in shown
    kept = read_sign_offs(path)["es"]
    assert (kept.reviewer, kept.on, kept.source) == ('Dr. Ana "Nan" Ruiz', date(2026, 6, 1), "Guía 4 \\ 2026")
    sign("en")
    assert signed_languages(path) == ["en", "es"]


def test_without_names_the_questions_are_only_shown(path: Path, sign: Sign) -> None:
    assert "Pain or pressure in the chest" in sign("en", "", "")
    for reviewer, source in (("Dr. Ana Ruiz", ""), ("", "A guideline"), ("?", "A guideline")):
        with pytest.raises(CommandError, match="in words"):
            sign("en", reviewer, source)
    assert not path.exists()


def test_questions_that_changed_since_count_as_unread(path: Path, sign: Sign) -> None:
    sign("en")
    kept = read_sign_offs(path)["en"]
    write_sign_off(path, SignOff("en", kept.reviewer, kept.on, kept.source, kept.digest[::-1]))
    assert signed_languages(path) == []


def test_production_asks_nothing_that_nobody_read(settings: Any, path: Path, sign: Sign) -> None:
    settings.IS_PRODUCTION = True
    with override("es"):
        with pytest.raises(ImproperlyConfigured, match="sign_off_red_flags"):
            list_general_flags()
        sign("en")
        assert list_general_flags()[0].text == "Pain or pressure in the chest"
        sign("es")
        assert list_general_flags()[0].text == "Dolor o presión en el pecho"


def test_production_never_shows_an_unread_translation(
    settings: Any, people: People, sign: Sign, urgent: Callable[[str], str]
) -> None:
    sign("en")
    settings.IS_PRODUCTION = True
    page = urgent("es")
    assert "Pain or pressure in the chest" in page
    assert "Dolor o presión" not in page
    assert "tel:" in page
    answered = people.patient.client.post(f"{begin(people.patient.client)}/urgent/", CLEAR)
    assert answered.status_code == 303
    sign("es")
    assert "Dolor o presión" in urgent("es")


def test_the_demo_marks_what_is_unread(sign: Sign, urgent: Callable[[str], str]) -> None:
    mark = "no clinician has checked these questions yet"
    assert mark in urgent("en")
    assert "máquina" in urgent("es")
    sign("en")
    sign("es")
    assert mark not in urgent("en")
    assert "máquina" not in urgent("es")
