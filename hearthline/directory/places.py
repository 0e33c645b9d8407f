"""Jurisdictions, zones and languages as lists to choose from."""

import csv
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
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
ZONE_TABLE = files("tzdata") / "zoneinfo" / "zone.tab"
# The short list of patients' pages, which are light: what most people choose; staff choose from all.
MAJOR_ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Mexico_City",
    "America/Bogota", "America/Sao_Paulo", "Europe/London", "Europe/Madrid", "Europe/Berlin", "Africa/Cairo",
    "Africa/Lagos", "Africa/Nairobi", "Asia/Amman", "Asia/Riyadh", "Asia/Dubai", "Asia/Karachi", "Asia/Kolkata",
    "Asia/Dhaka", "Asia/Manila", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip
COMMON_LANGUAGES = (
    "en", "es", "ar", "zh", "fr", "de", "hi", "ht", "ko", "pt", "ru", "so", "tl", "uk", "vi",
)  # fmt: skip
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
    return tuple((zone, zone_name(zone)) for zone in (*zones, "UTC"))


def zone_name(zone: str) -> str:
    """Return a zone's name as people can read it: "America / New York"."""
    return zone.replace("_", " ").replace("/", " / ")


@lru_cache
def zones_of_country(country: str) -> tuple[str, ...]:
    """Return the time zones of a country (``US``)."""
    rows = (line.split("\t") for line in ZONE_TABLE.read_text(encoding="utf-8").splitlines())
    return tuple(sorted(row[2] for row in rows if row[0] == country))


def short_zone_choices(country: str, current: str = "") -> Choices:
    """Return the zones of a country first, then the large ones of the world, and the current one."""
    others = [zone for zone in (*MAJOR_ZONES, current) if zone]
    return [(zone, zone_name(zone)) for zone in dict.fromkeys((*zones_of_country(country), *others))]


def short_jurisdiction_choices(country: str, current: str = "") -> Choices:
    """Return the parts of one country, the countries, and the current one."""
    codes = (code for code in jurisdiction_names() if code.startswith(f"{country}-") or "-" not in code)
    named = [(code, jurisdiction_name(code)) for code in dict.fromkeys((*codes, *filter(None, [current])))]
    return sorted(named, key=lambda choice: (not choice[0].startswith(country), choice[1]))


def short_language_choices(current: Iterable[str] = ()) -> Choices:
    """Return the languages that most people choose, and the current ones."""
    codes = dict.fromkeys((*COMMON_LANGUAGES, *current))
    return [(code, language_name(code)) for code in codes]
