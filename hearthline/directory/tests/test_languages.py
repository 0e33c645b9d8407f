"""Patients read their pages in their language, Arabic from right to left."""

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from hearthline.directory import wording
from hearthline.directory.rules import Age
from hearthline.directory.tests.stage import link, make_patient
from tests.people import People


@pytest.mark.parametrize(
    ("language", "words", "direction"),
    [
        ("en", "How to reach you", "ltr"),
        ("es", "Cómo comunicarnos con usted", "ltr"),
        ("ar", "كيف نصل إليك", "rtl"),
    ],
)
def test_the_profile_speaks_the_readers_language(
    people: People, language: str, words: str, direction: str
) -> None:
    patient = make_patient(people, "محمد", "الأحمد")
    link(patient, people.patient)
    client = people.patient.client
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = client.get(reverse("directory:profile_of", args=[patient.id])).content.decode()
    assert words in page
    assert f'lang="{language}" dir="{direction}"' in page
    assert "<bdi>محمد الأحمد</bdi>" in page


@pytest.mark.parametrize(
    ("language", "age", "words"),
    [
        ("en", Age(1, "days"), "1 day"),
        ("en", Age(42, "years"), "42 years"),
        ("es", Age(3, "months"), "3 meses"),
        ("ar", Age(2, "years"), "سنتان"),
        ("ar", Age(42, "years"), "42 سنة"),
    ],
)
def test_ages_are_said_in_every_language(language: str, age: Age, words: str) -> None:
    with translation.override(language):
        assert wording.age_words(age) == words
