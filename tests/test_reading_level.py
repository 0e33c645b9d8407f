"""What patients read asks for no more than six years of school, in English and in Spanish."""

import shutil
import tomllib
from collections import defaultdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from babel.messages import pofile

from tests.readability import (
    Counts,
    count,
    english_syllables,
    fernandez_huerta,
    is_label,
    kincaid_grade,
    plain,
    spanish_syllables,
)
from tools.checks.translations import LEFT_OUT
from tools.translations import SOURCES, extract_texts

HIGHEST_GRADE = 6.0
LOWEST_EASE = 70.0
# A formula over a few words is noise: a page with fewer is judged with all pages of its package.
FEWEST_WORDS = 40

PATIENT_FILES = (
    "charting/templates/charting/_summary_text.html",
    "charting/templates/charting/own_note.html",
    "charting/templates/charting/record.html",
    "charting/templates/charting/summar[iy]*s.html",
    "charting/templates/charting/summary.html",
    "charting/templates/charting/summary_letter.html",
    "compliance/templates/compliance/access_report.html",
    "compliance/words.py",
    "design/templates/design/*.html",
    "directory/templates/directory/c*.html",
    "directory/templates/directory/profile.html",
    "directory/views/own.py",
    "identity/templates/429.html",
    "identity/templates/account/*",
    "identity/templates/identity/*",
    "messaging/templates/messaging/care/*",
    "messaging/templates/messaging/not_for_emergencies.html",
    "monitoring/home/device_words.py",
    "monitoring/home/forms.py",
    "monitoring/home/services/importing.py",
    "monitoring/home/kinds.py",
    "monitoring/home/templates/home/*.html",
    "monitoring/home/views/files.py",
    "monitoring/home/words.py",
    "monitoring/plots/marks.py",
    "monitoring/plots/templates/plots/_not_watched.html",
    "monitoring/plots/templates/plots/own*.html",
    "monitoring/vendors/services/linking.py",
    "monitoring/vendors/templates/vendors/*.html",
    "monitoring/vendors/views.py",
    "scheduling/booking_forms.py",
    "scheduling/line_forms.py",
    "scheduling/red_flags.py",
    "scheduling/templates/scheduling/book/*",
    "scheduling/templates/scheduling/care/*",
    "scheduling/templates/scheduling/line/*",
    "scheduling/templates/scheduling/parts/*",
    "visits/choices.py",
    "visits/forms.py",
    "visits/words.py",
    "visits/templates/visits/*.html",
    "web/care.py",
    "web/templates/web/care.html",
    "web/templates/web/clinic.html",
    "web/templates/web/start.html",
    "web/templates/web/errors/*",
)
# Of these, only staff are led here.
STAFF_FILES = (
    "*/living/*",
    "identity/templates/identity/staff*",
    "identity/templates/identity/email/no_code_for_staff*",
    "visits/templates/visits/note.html",
    "visits/templates/visits/room_clinician.html",
    "visits/templates/visits/wrap_up.html",
)
Texts = dict[str, list[str]]


def is_for_patients(place: str) -> bool:
    return _matches(place, PATIENT_FILES) and not _matches(place, STAFF_FILES)


def _matches(place: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(place, pattern) for pattern in patterns)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Texts]:
    """The sentences of patient pages by language and file."""
    copy = tmp_path_factory.mktemp("reading") / SOURCES.name
    shutil.copytree(SOURCES, copy, ignore=LEFT_OUT)
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("DJANGO_SETTINGS_MODULE")  # the extraction runs without the application
        extract_texts(copy, with_places=True)
    found: dict[str, Texts] = {"en": defaultdict(list), "es": defaultdict(list)}
    for path in sorted(copy.glob("*/locale/es/LC_MESSAGES/django.po")):
        _read(path, found)
    for language, known in found.items():
        for text in _messages(language):
            _add(known, "messaging/wordings", text, language)
    return found


def _messages(language: str) -> list[str]:
    """Return the lines of what is sent by e-mail and text message."""
    wordings = tomllib.loads((SOURCES / f"messaging/wordings/{language}.toml").read_text())
    parts = [text for name, parts in wordings.items() if name != "meta" for text in parts.values()]
    return [line for text in parts for line in text.splitlines() if line]


def _read(path: Path, found: dict[str, Texts]) -> None:
    with path.open("rb") as file:
        known = pofile.read_po(file, locale="es")
    for message in known:
        for place, _line in message.locations if message.id else ():
            if is_for_patients(place):
                _add(found["en"], place, message.id, "en")
                _add(found["es"], place, message.string, "es")


def _add(texts: Texts, place: str, text: Any, language: str) -> None:
    sentence = plain(text if isinstance(text, str) else text[-1], language)
    if not is_label(sentence):
        texts[place].append(sentence)


def judged(texts: Texts, language: str) -> dict[str, Counts]:
    """Count each file that has enough words, and the rest of each package together."""
    pages: dict[str, Counts] = {}
    rest: Texts = defaultdict(list)
    for place, sentences in texts.items():
        counts = count(sentences, language)
        if counts.words >= FEWEST_WORDS:
            pages[place] = counts
        else:
            rest[place.split("/")[0]] += sentences
    return pages | {f"{package}: short pages": count(lines, language) for package, lines in rest.items()}


def test_english_pages_read_at_grade_six(texts: dict[str, Texts]) -> None:
    grades = {place: kincaid_grade(counts) for place, counts in judged(texts["en"], "en").items()}
    assert len(grades) > 20
    assert {place: round(grade, 1) for place, grade in grades.items() if grade > HIGHEST_GRADE} == {}


def test_spanish_pages_are_fairly_easy(texts: dict[str, Texts]) -> None:
    ease = {place: fernandez_huerta(counts) for place, counts in judged(texts["es"], "es").items()}
    assert len(ease) > 20
    assert {place: round(value, 1) for place, value in ease.items() if value < LOWEST_EASE} == {}


def test_every_pattern_names_a_file() -> None:
    files = [str(path.relative_to(SOURCES)) for path in SOURCES.rglob("*") if path.is_file()]
    for pattern in (*PATIENT_FILES, *STAFF_FILES):
        assert any(fnmatch(file, pattern) for file in files), pattern


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("care", 1), ("visit", 2), ("telephone", 3), ("emergency", 4), ("table", 2), ("asked", 1), ("needed", 2),
        ("boxes", 2), ("times", 1), ("the", 1), ("people", 2), ("medicines", 3), ("video", 3), ("idea", 3),
        ("going", 2), ("question", 2), ("codes", 1), ("pages", 2), ("you", 1), ("don't", 1),
    ],
)  # fmt: skip
def test_english_syllables(word: str, syllables: int) -> None:
    assert english_syllables(word) == syllables


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("visita", 3), ("cita", 2), ("día", 2), ("ciudad", 2), ("guía", 2), ("teléfono", 4), ("quiere", 2),
        ("aéreo", 4), ("lingüista", 3), ("muy", 1), ("ayer", 2), ("oír", 2),
        ("cuidado", 3), ("leer", 2), ("y", 1), ("médico", 3),
    ],
)  # fmt: skip
def test_spanish_syllables(word: str, syllables: int) -> None:
    assert spanish_syllables(word) == syllables


def test_the_english_formula_on_a_known_text() -> None:
    counts = count(["The cat sat on the mat."], "en")
    assert counts == Counts(sentences=1, words=6, syllables=6)
    assert kincaid_grade(counts) == pytest.approx(-1.45)
    hard = count(["The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."], "en")
    assert hard == Counts(sentences=1, words=13, syllables=24)
    assert kincaid_grade(hard) == pytest.approx(11.3, abs=0.1)


def test_the_spanish_formula_on_a_known_text() -> None:
    counts = count(["El gato come pescado. Después duerme."], "es")
    assert counts == Counts(sentences=2, words=6, syllables=12)
    assert fernandez_huerta(counts) == pytest.approx(206.84 - 120 - 3.06)


def test_labels_and_values() -> None:
    assert is_label("Book a visit")
    assert not is_label("Book a visit.")
    assert not is_label("Who looked at your record")
    assert plain("Call <b>%(number)s</b> now", "en") == "Call one now"
