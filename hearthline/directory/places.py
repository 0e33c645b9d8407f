"""Jurisdictions, zones and languages as lists to choose from."""

import csv
from functools import lru_cache
from pathlib import Path
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language

JURISDICTION_FILE = Path(__file__).parent / "data" / "jurisdictions.csv"
LANGUAGE_CODES = (
    "en", "es", "ar", "am", "bn", "zh", "yue", "cs", "nl", "fa", "fr", "de", "el", "gu", "ht", "ha", "he", "hi",
    "hmn", "hu", "ig", "it", "ja", "km", "ko", "ku", "lo", "mr", "ne", "om", "ps", "pl", "pt", "pa", "ro", "ru",
    "sm", "sr", "so", "sw", "tl", "ta", "te", "th", "ti", "tr", "uk", "ur", "vi", "yo",
)  # fmt: skip
PAGE_LANGUAGE_CODES = LANGUAGE_CODES[:3]
SIGN_LANGUAGE_CODES = ("ase", "mfs", "ssp", "bfi", "fsl", "gsg", "jsl")
FALLBACK_NAMES = {
    "ase": "American Sign Language", "mfs": "Mexican Sign Language", "ssp": "Spanish Sign Language",
    "bfi": "British Sign Language", "fsl": "French Sign Language", "gsg": "German Sign Language",
    "jsl": "Japanese Sign Language", "hmn": "Hmong",
}  # fmt: skip
ZONE_AREAS = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)
Choices = list[tuple[str, str]]


def _locale() -> Locale:
    try:
        return Locale.parse((get_language() or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@lru_cache
def jurisdiction_names() -> dict[str, str]:
    """Return the names written in the list, by code; a country without one is named by its locale data."""
    with JURISDICTION_FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def is_jurisdiction(code: str) -> bool:
    """Return whether the code is in the list."""
    return code in jurisdiction_names()


def jurisdiction_name(code: str) -> str:
    """Return the name of a jurisdiction in the reader's language, with its country: "Texas, United States"."""
    country, _, part = code.partition("-")
    country_name = str(_locale().territories.get(country, country))
    if not part:
        return country_name
    return f"{jurisdiction_names().get(code, code)}, {country_name}"


def jurisdiction_choices() -> Choices:
    """Return jurisdictions to choose from, each country's parts together."""
    named = [(code, jurisdiction_name(code)) for code in jurisdiction_names()]
    return sorted(named, key=lambda choice: choice[1])


def language_name(code: str) -> str:
    """Return the name of a language in the reader's language."""
    return str(_locale().languages.get(code) or FALLBACK_NAMES.get(code, code))


def language_choices() -> Choices:
    """Return the spoken languages to choose from: those of the pages first, then by name."""
    pages, others = PAGE_LANGUAGE_CODES, LANGUAGE_CODES[len(PAGE_LANGUAGE_CODES) :]
    return [(code, language_name(code)) for code in pages] + sorted(
        ((code, language_name(code)) for code in others), key=lambda choice: choice[1]
    )


def interpreter_language_choices() -> Choices:
    """Return the languages an interpreter may be asked for: spoken, then signed."""
    return [*language_choices(), *((code, language_name(code)) for code in SIGN_LANGUAGE_CODES)]


@lru_cache
def zone_choices() -> tuple[tuple[str, str], ...]:
    """Return the time zones of places, by name."""
    zones = sorted(zone for zone in available_timezones() if zone.startswith(ZONE_AREAS))
    return tuple((zone, zone.replace("_", " ").replace("/", " / ")) for zone in (*zones, "UTC"))
