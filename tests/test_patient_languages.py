"""What a patient reads is whole in each language: nothing untranslated, right to left in Arabic, zones in its words."""

import re

import pytest
from babel import Locale
from django.utils.translation import gettext, override

from hearthline.charting.models import VisitSummary
from tests.patient_pages import OPEN_PAGES, PatientStage, make_patient_stage, read_page
from tests.people import People
from tests.pseudo import OPENING, untranslated

# Names of things that have no other name in Arabic.
NAMES = re.compile(r"\b(?:Hearthline|JPEG|PNG|WebP|PDF|PIN|JavaScript)\b")
# Babel names languages in the nearest language it knows, which is English here.
ENGLISH_NAMES_OF_LANGUAGES = set(Locale("en").languages.values())


@pytest.fixture
def stage(people: People) -> PatientStage:
    return make_patient_stage(people)


def plain_texts(html: str) -> list[str]:
    return [text for text in untranslated(html) if re.search("[A-Za-z]{2}", NAMES.sub("", text))]


def test_every_page_is_translated(stage: PatientStage, pseudo_language: str) -> None:
    problems: list[tuple[str, object]] = []
    for address in (*stage.addresses, *OPEN_PAGES):
        status, html = read_page(stage, address, pseudo_language)
        if status not in {200, 404} or OPENING not in html:
            problems.append((address, status))
        problems += [(address, text) for text in plain_texts(html) if text not in ENGLISH_NAMES_OF_LANGUAGES]
    assert problems == []


def test_arabic_pages_are_arabic_and_run_from_right_to_left(stage: PatientStage) -> None:
    problems = []
    for address in (*stage.addresses, *OPEN_PAGES):
        _status, html = read_page(stage, address, "ar")
        if '<html lang="ar" dir="rtl"' not in html:
            problems.append((address, "is not from right to left"))
        problems += [(address, text) for text in plain_texts(html)]
    assert problems == []


@pytest.mark.parametrize(
    ("language", "zone", "days"),
    [
        ("en", "Chicago time", "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"),
        ("es", "hora de Chicago", "lunes|martes|miércoles|jueves|viernes|sábado|domingo"),
        ("ar", "شيكاغو", "الاثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت|الأحد"),
    ],
)
def test_times_name_day_and_zone_in_the_language(
    stage: PatientStage, language: str, zone: str, days: str
) -> None:
    for name in ("/care/", "prepare/", "booked/"):
        address = next(one for one in stage.addresses if one.endswith(name))
        _status, html = read_page(stage, address, language)
        assert zone in html, address
        assert re.search(days, html), address


def test_a_summary_keeps_its_own_language_on_a_page_in_another(stage: PatientStage) -> None:
    address = next(one for one in stage.addresses if "/care/summaries/0" in one)
    VisitSummary.objects.update(language="ar")
    _status, html = read_page(stage, address, "es")
    article = html[html.index("<article") : html.index("</article>")]
    assert 'lang="ar" dir="rtl"' in article
    with override("ar"):
        assert f"<h2>{gettext('What to do now')}</h2>" in article
    with override("es"):
        assert f"<h1>{gettext('Your visit summary')}</h1>" in html


def test_a_patients_record_does_not_lead_to_pages_of_staff(stage: PatientStage) -> None:
    address = next(one for one in stage.addresses if one.startswith("/care/record/0"))
    _status, html = read_page(stage, address, "en")
    assert "Pulse" in html
    assert 'href="/patients/' not in html
