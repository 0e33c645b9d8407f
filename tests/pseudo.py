"""A language nobody speaks: every text bracketed and stretched, so that what stays plain was never translated.

``pseudo_language`` switches it on; ``untranslated`` reads a page and returns the words that stayed plain.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import allauth
import django
import pytest
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.utils import translation

from hearthline.config.state import PROJECT_DIRECTORY

PSEUDO_LANGUAGE = "en-xa"
PSEUDO_LOCALE = "en_XA"
OPENING, CLOSING = "⟦", "⟧"
# German and Spanish run about a third longer than English; short words more.
STRETCH = 0.4
KEPT = re.compile(r"(%\([a-z_]+\)[sd]|%[sd]|\{[a-z_]*\}|<[^>]+>|&[a-z]+;)")
BRACKETED = re.compile(rf"{OPENING}[^{OPENING}{CLOSING}]*{CLOSING}")
PLAIN_WORD = re.compile(r"[A-Za-z]{2,}")
# Dates are put together by Babel in the nearest language it knows, which is English here.
ENGLISH_DATE = re.compile(
    r"(?:\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day )?\b\d{1,2} [A-Z][a-z]{2,8} \d{4}"
)
# What a person typed, code, values with units, other languages: no text of ours.
LEFT_OUT_TAGS = {"bdi", "code", "script", "style", "time", "option"}
LEFT_OUT_CLASSES = {"avatar", "unit"}
SPOKEN_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title"}
VOID_TAGS = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


def stretched(text: str) -> str:
    """Return a text bracketed and about as long as its longest translation; placeholders and tags stay."""
    padding = "·" * max(2, round(len(KEPT.sub("", text)) * STRETCH))
    edges = re.fullmatch(r"(\n?)(.*?)(\n?)", text, re.DOTALL)
    before, middle, after = edges.groups() if edges else ("", text, "")
    return f"{before}{OPENING}{middle}{padding}{CLOSING}{after}"


def _sources() -> list[Path]:
    outside = [Path(module.__path__[0]) for module in (django, allauth)]
    return [
        *sorted((PROJECT_DIRECTORY / "hearthline").glob("*/locale/es/LC_MESSAGES/django.po")),
        *(path for root in outside for path in sorted(root.rglob("locale/es/LC_MESSAGES/django.po"))),
    ]


def write_pseudo_catalogue(directory: Path) -> None:
    """Write the compiled catalogue of the pseudo-language, made from every package's source texts."""
    pseudo = Catalog(locale="en")
    for path in _sources():
        with path.open("rb") as file:
            known = pofile.read_po(file, locale="es")
        for message in known:
            if message.id:
                pseudo[message.id] = _stretched_message(message)
    target = directory / PSEUDO_LOCALE / "LC_MESSAGES"
    target.mkdir(parents=True)
    with (target / "django.mo").open("wb") as file:
        mofile.write_mo(file, pseudo)


def _stretched_message(message: Message) -> Message:
    if isinstance(message.id, str):
        return Message(message.id, stretched(message.id), context=message.context)
    plural = tuple(stretched(text) for text in message.id)
    return Message(message.id, plural, context=message.context)


@pytest.fixture(scope="session")
def pseudo_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the pseudo-language's catalogue."""
    directory = tmp_path_factory.mktemp("pseudo")
    write_pseudo_catalogue(directory)
    return directory


@pytest.fixture
def pseudo_language(pseudo_catalogue: Path, settings: Any) -> Iterator[str]:
    """Offer the pseudo-language, and return what a browser that asks for it sends."""
    settings.LOCALE_PATHS = [pseudo_catalogue]
    settings.LANGUAGES = [*settings.LANGUAGES, (PSEUDO_LANGUAGE, "Pseudo")]
    yield PSEUDO_LANGUAGE
    translation.activate(settings.LANGUAGE_CODE)


def _is_value(attributes: dict[str, str | None]) -> bool:
    return bool(LEFT_OUT_CLASSES & set((attributes.get("class") or "").split()))


class _Reader(HTMLParser):
    """Collects the texts of a page that are ours."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.open: list[tuple[str, bool]] = []

    @property
    def _is_left_out(self) -> bool:
        return any(left_out for _, left_out in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        left_out = tag in LEFT_OUT_TAGS or ("lang" in named and tag != "html") or _is_value(named)
        if not (left_out or self._is_left_out):
            self.texts += [value for key, value in attrs if key in SPOKEN_ATTRIBUTES and value]
        if tag not in VOID_TAGS:
            self.open.append((tag, left_out))

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            opened, _ = self.open.pop()
            if opened == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._is_left_out:
            in_title = bool(self.open) and self.open[-1][0] == "title"
            self.texts.append(data.split(" · ", maxsplit=1)[0] if in_title else data)


def untranslated(html: str) -> list[str]:
    """Return the texts of a page in the pseudo-language that stayed as they were."""
    reader = _Reader()
    # A sentence may hold tags and values between its brackets: read it as one, without what is left out.
    without_values = re.sub(r"<(bdi|time|code)\b[^>]*>.*?</\1>", "", html, flags=re.DOTALL)
    reader.feed(_without_brackets(without_values))
    plain = (ENGLISH_DATE.sub("", text).strip() for text in reader.texts)
    return sorted({text for text in plain if PLAIN_WORD.search(text)})


def _without_brackets(html: str) -> str:
    """Remove bracketed texts, the inner ones first: a sentence may hold a translated word."""
    while BRACKETED.search(html):
        html = BRACKETED.sub("", html)
    return html


def pseudo_headers() -> dict[str, str]:
    """Return the headers of a browser that asks for the pseudo-language."""
    assert PSEUDO_LANGUAGE in dict(settings.LANGUAGES), "use the fixture pseudo_language"
    return {"Accept-Language": PSEUDO_LANGUAGE}
