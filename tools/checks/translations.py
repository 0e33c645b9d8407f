"""Every text of the sources stands in its package's catalogues, and is translated where it has to be."""

import re
import shutil
import tempfile
from pathlib import Path

from babel.messages import pofile
from babel.messages.catalog import Catalog, Message

from tools.translations import LANGUAGES, SOURCES, extract_texts

LEFT_OUT = shutil.ignore_patterns("tests", "migrations", "vendor", "*.mo", "__pycache__", "*.png", "*.woff2")
SHOWN_TEXTS = 5
EVERY_TEXT = "es"
# Patients read these packages' pages, so their Arabic is complete, apart from texts that stand in files of staff only.
PATIENT_PACKAGES = {"design", "identity", "live", "messaging", "scheduling", "visits", "web"}
STAFF_WORDS = {"administration", "people", "practitioners", "schedule", "staff", "today", "worklist"}


def failures() -> list[str]:
    """Extract in a copy and compare; return what is missing, unsure (fuzzy) or outdated."""
    with tempfile.TemporaryDirectory(prefix="hearthline-texts-") as directory:
        copy = Path(directory) / SOURCES.name
        shutil.copytree(SOURCES, copy, ignore=LEFT_OUT)
        extract_texts(copy, with_places=True)
        return [
            problem
            for package in sorted(path.parent.name for path in copy.glob("*/__init__.py"))
            for language in LANGUAGES
            for problem in _compare(package, language, copy)
        ]


def _compare(package: str, language: str, copy: Path) -> list[str]:
    place = Path(package, "locale", language, "LC_MESSAGES", "django.po")
    wanted, present = _catalogue(copy / place), _catalogue(SOURCES / place)
    present_ids = {_key(message) for message in present if message.id}
    wanted_ids = {_key(message) for message in wanted if message.id}
    unsure = [_key(message) for message in present if message.id and message.fuzzy]
    missing = [
        _key(message)
        for message in wanted
        if message.id and not _is_translated(message) and _has_to_be_translated(message, package, language)
    ]
    return [
        *_told(place, "not translated", missing),
        *_told(place, "marked fuzzy", unsure),
        *_told(place, "not in the sources any more (./run messages)", sorted(present_ids - wanted_ids)),
    ]


def _has_to_be_translated(message: Message, package: str, language: str) -> bool:
    """Whether the text is read in this language: all in Spanish, those that a patient may meet in Arabic."""
    if language == EVERY_TEXT:
        return True
    return package in PATIENT_PACKAGES and any(
        not STAFF_WORDS & set(re.split(r"[/_.]", place)) for place, _line in message.locations
    )


def _catalogue(path: Path) -> Catalog:
    if not path.exists():
        return Catalog()
    with path.open("rb") as file:
        return pofile.read_po(file, locale=path.parts[-3])


def _key(message: Message) -> str:
    identifier = message.id
    return " / ".join(identifier) if isinstance(identifier, list | tuple) else str(identifier)


def _is_translated(message: Message) -> bool:
    translation = message.string
    complete = all(translation) if isinstance(translation, list | tuple) else bool(translation)
    return complete and not message.fuzzy


def _told(place: Path, problem: str, texts: list[str]) -> list[str]:
    if not texts:
        return []
    shown = "; ".join(repr(text[:60]) for text in texts[:SHOWN_TEXTS])
    return [
        f"{SOURCES.name}/{place}: {len(texts)} {problem}: {shown}{' …' if len(texts) > SHOWN_TEXTS else ''}"
    ]
