"""Templates of notifications: which words may stand in them, and how they are filled. Pure.

A template holds placeholders in braces: ``{when}``. Only those of ``PLACEHOLDERS`` exist: none of them can carry
anything clinical, and each is checked for its kind when it is filled, so that a caller cannot smuggle a note
through ``{name}`` either.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, get_timezone_location

MAX_SUBJECT_LENGTH = 120
MAX_TEXT_LENGTH = 2_000
MAX_VALUE_LENGTH = 80
MAX_LINK_LENGTH = 300
MAX_MINUTES = 24 * 60
MAX_PARTS_OF_CODE = 12


class Kind(StrEnum):
    """What a placeholder may hold."""

    NAME = "name"
    PHONE = "phone"
    MOMENT = "moment"
    LINK = "link"
    CODE = "code"
    NUMBER = "number"


PLACEHOLDERS: Mapping[str, Kind] = {
    "organization": Kind.NAME,
    "phone": Kind.PHONE,
    "dial_in": Kind.PHONE,
    "name": Kind.NAME,
    "practitioner": Kind.NAME,
    "sender": Kind.NAME,
    "place": Kind.NAME,
    "when": Kind.MOMENT,
    "old_when": Kind.MOMENT,
    "link": Kind.LINK,
    "code": Kind.CODE,
    "minutes": Kind.NUMBER,
    "count": Kind.NUMBER,
}
# Words people try; named, so that the answer can say why and not only "unknown".
CLINICAL = frozenset(
    {"reason", "diagnosis", "condition", "problem", "symptom", "symptoms", "medication", "medicine", "drug"}
    | {
        "prescription",
        "dose",
        "result",
        "results",
        "reading",
        "readings",
        "vital",
        "vitals",
        "blood_pressure",
    }
    | {"glucose", "weight", "allergy", "allergies", "note", "notes", "summary", "text", "message", "subject"}
    | {"specialty", "service", "program", "treatment", "test", "study", "image", "question", "answer"}
    | {"questionnaire", "birth_date", "age", "identifier", "mrn"}
)
# What may identify the person or the care to whoever else holds the telephone.
NOT_ON_SHARED_PHONES = frozenset(
    {"name", "practitioner", "sender", "place", "organization", "phone", "dial_in"}
)

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PHONE = re.compile(r"^\+?[0-9 ()/.-]{3,24}$")
_CODE = re.compile(rf"^[A-Za-z0-9-]{{1,{MAX_PARTS_OF_CODE}}}$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NAME_WITH_TEXT = re.compile(r"[<>{}\[\]|\\=:;?!/@#%^*_~\n]|\d{3}")


@dataclass(frozen=True)
class Wording:
    """The words of one template in one language; an e-mail has a subject."""

    text: str
    subject: str = ""


class RefusedWordingError(ValueError):
    """A template or a value in it may not be used; the message says why, for the person who wrote it."""

    def __init__(self, code: str, word: str) -> None:
        super().__init__(f"{code}: {word}")
        self.code = code
        self.word = word


def placeholders_in(text: str) -> frozenset[str]:
    """Return the names in braces."""
    return frozenset(_PLACEHOLDER.findall(text))


def check_wording(
    wording: Wording, *, allowed: frozenset[str], required: frozenset[str] = frozenset()
) -> None:
    """Refuse a template that is too long, unbalanced, clinical, or that asks for what it will not be given.

    Raises:
        RefusedWordingError: with code ``empty``, ``too_long``, ``braces``, ``clinical``, ``unknown``, ``missing``
            or ``line_break``.
    """
    if not wording.text.strip():
        raise RefusedWordingError("empty", "")
    if len(wording.text) > MAX_TEXT_LENGTH or len(wording.subject) > MAX_SUBJECT_LENGTH:
        raise RefusedWordingError("too_long", "")
    if _CONTROL.search(wording.subject) or _CONTROL.search(wording.text.replace("\n", "")):
        raise RefusedWordingError("line_break", "")
    for part in (wording.subject, wording.text):
        if {"{", "}"} & set(_PLACEHOLDER.sub("", part)):
            raise RefusedWordingError("braces", "")
        for name in sorted(placeholders_in(part)):
            if name.lower() in CLINICAL:
                raise RefusedWordingError("clinical", name)
            if name not in allowed:
                raise RefusedWordingError("unknown", name)
    if missing := required - placeholders_in(wording.text):
        raise RefusedWordingError("missing", min(missing))


def fill(wording: Wording, values: Mapping[str, str]) -> Wording:
    """Return the wording with its placeholders replaced; a replaced value is never read as a template again."""

    def replaced(part: str) -> str:
        return _PLACEHOLDER.sub(lambda match: values[match.group(1)], part)

    return Wording(text=replaced(wording.text), subject=replaced(wording.subject))


# --- values -----------------------------------------------------------------------------------------------------------


def check_context(context: Mapping[str, object], *, allowed: frozenset[str], base_url: str) -> None:
    """Refuse values that a template of this kind may not be given.

    Raises:
        RefusedWordingError: with code ``clinical``, ``unknown`` or ``value``.
    """
    for name, value in context.items():
        if name in CLINICAL:
            raise RefusedWordingError("clinical", name)
        if name not in allowed:
            raise RefusedWordingError("unknown", name)
        if not _is_valid(PLACEHOLDERS[name], value, base_url):
            raise RefusedWordingError("value", name)


def _is_valid(kind: Kind, value: object, base_url: str) -> bool:
    if kind is Kind.MOMENT:
        return isinstance(value, datetime) and value.tzinfo is not None
    if kind is Kind.NUMBER:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_MINUTES
    if not isinstance(value, str):
        return False
    if kind is Kind.LINK:
        return _is_own_link(value, base_url)
    if kind is Kind.PHONE:
        return not value or _PHONE.match(value) is not None
    if kind is Kind.CODE:
        return _CODE.match(value) is not None
    return (
        0 < len(value) <= MAX_VALUE_LENGTH
        and not _NAME_WITH_TEXT.search(value)
        and not _CONTROL.search(value)
    )


def _is_own_link(value: str, base_url: str) -> bool:
    own, given = urlsplit(base_url), urlsplit(value)
    is_here = (given.scheme, given.netloc) == (own.scheme, own.netloc)
    return is_here and len(value) <= MAX_LINK_LENGTH and not given.query and re.search(r"\s", value) is None


# --- how a moment is said ---------------------------------------------------------------------------------------------

ZONE_WORDS = {"en": "{city} time", "es": "hora de {city}", "ar": "بتوقيت {city}"}
TIME_PATTERN = "HH:mm"
MOMENT_PATTERNS = {"en": "EEEE d MMMM, HH:mm", "es": "EEEE d 'de' MMMM, HH:mm", "ar": "EEEE d MMMM، HH:mm"}


def say_moment(moment: datetime, *, zone: ZoneInfo, language: str) -> str:
    """Return a moment in the zone and language given, as in "Tuesday 24 November, 14:00 (Madrid time)".

    A moment that was given in another zone (the clinician's) is said in both: "…, 14:00 (Madrid time), 07:00 (Chicago
    time)", with its day where the days differ.
    """
    known = language if language in MOMENT_PATTERNS else "en"
    local = moment.astimezone(zone)
    said = (
        f"{format_datetime(local, MOMENT_PATTERNS[known], locale=known)} ({say_zone(zone, language=known)})"
    )
    theirs = moment.tzinfo
    if not isinstance(theirs, ZoneInfo) or moment.utcoffset() == local.utcoffset():
        return said
    pattern = TIME_PATTERN if moment.date() == local.date() else MOMENT_PATTERNS[known]
    return f"{said}, {format_datetime(moment, pattern, locale=known)} ({say_zone(theirs, language=known)})"


def say_zone(zone: ZoneInfo, *, language: str) -> str:
    """Return a zone in words: "Madrid time"."""
    if zone.key in {"UTC", "Etc/UTC"}:
        return "UTC"
    city = get_timezone_location(zone, locale=Locale.parse(language), return_city=True)
    return ZONE_WORDS[language].format(city=city)


def say_values(context: Mapping[str, object], *, zone: ZoneInfo, language: str) -> dict[str, str]:
    """Return each value of a context as text for a person."""
    return {
        name: say_moment(value, zone=zone, language=language) if isinstance(value, datetime) else str(value)
        for name, value in context.items()
    }
