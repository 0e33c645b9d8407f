"""Patient pages in Spanish and Arabic; the mark on what nobody qualified has read."""

from collections.abc import Iterator

import pytest
from django.test import Client

from hearthline.foundation import clock
from hearthline.scheduling.tests.stage import NOW, Stage, make_row, make_stage
from hearthline.scheduling.tests.test_booking_pages import answer_all, begin, slot
from tests.people import People


@pytest.fixture
def stage(people: People) -> Iterator[Stage]:
    with clock.frozen(NOW):
        yield make_stage(people)


def in_language(client: Client, language: str) -> Client:
    client.cookies["django_language"] = language
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    return client


@pytest.mark.parametrize(
    ("language", "words"), [("es", "¿Tiene algo de esto ahora?"), ("ar", "هل لديك أي من هذه الآن؟")]
)
def test_the_questions_speak_the_persons_language(
    stage: Stage, people: People, language: str, words: str
) -> None:
    client = in_language(people.patient.client, language)
    page = client.get(f"{begin(client)}/urgent/").content.decode()
    assert words in page
    assert ("máquina" if language == "es" else "آلية") in page
    assert "Pain or pressure" not in page


@pytest.mark.parametrize("language", ["es", "ar"])
def test_a_whole_booking_in_another_language(stage: Stage, people: People, language: str) -> None:
    client = in_language(people.patient.client, language)
    base = begin(client)
    answer_all(client, base, stage)
    assert client.post(f"{base}/times/", slot(stage)).status_code == 303
    check = client.get(f"{base}/check/").content.decode()
    assert "Kept for you" not in check
    assert "Book this visit" not in check
    booked = client.post(f"{base}/check/")
    done = client.get(booked["Location"]).content.decode()
    assert "Your visit is booked" not in done
    assert 'dir="rtl"' in done if language == "ar" else "Su visita está reservada" in done


def test_the_schedule_speaks_spanish(stage: Stage, people: People) -> None:
    make_row(stage)
    client = in_language(people.navigator.client, "es")
    page = client.get("/schedule/?date=2026-06-02&practitioner=").content.decode()
    assert "Las horas están en" in page
    assert "Nothing booked" not in page
