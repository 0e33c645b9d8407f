"""Dates, numbers, telephones and names as a person reads them: their language, their zone, the zone named."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, format_timedelta, get_timezone_location
from babel.numbers import format_decimal
from django.forms import BoundField, CheckboxInput, ClearableFileInput, MultiWidget
from django.forms.widgets import ChoiceWidget, Select
from django.utils.translation import gettext as _

# Day-first in English too: "24 November" cannot be misread across countries as 11/24 can.
_DAY_PATTERNS = {"en": "EEEE d MMMM y", "es": "EEEE d 'de' MMMM 'de' y", "ar": "EEEE d MMMM y"}
_SHORT_DAY_PATTERN = "d MMM y"
_CLOCK_PATTERN = "HH:mm"
DEFAULT_LANGUAGE = "en"
COMMAS = {"ar": "، "}


def locale_of(language: str) -> Locale:
    """Return the formatting locale of a language; pseudo and unknown languages use English."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT_LANGUAGE)


def in_zone(value: date | datetime, zone: str) -> date | datetime:
    """Return an instant as the wall clock of ``zone`` shows it; a plain date stays."""
    return value.astimezone(ZoneInfo(zone)) if isinstance(value, datetime) else value


def day(value: date | datetime, zone: str, language: str) -> str:
    """Return a day in words: Tuesday 24 November 2026."""
    locale = locale_of(language)
    pattern = _DAY_PATTERNS.get(locale.language, _DAY_PATTERNS[DEFAULT_LANGUAGE])
    return format_date(in_zone(value, zone), pattern, locale=locale)


def short_day(value: date | datetime, zone: str, language: str) -> str:
    """Return a day for a table: 24 Nov 2026."""
    return format_date(in_zone(value, zone), _SHORT_DAY_PATTERN, locale=locale_of(language))


def clock_time(value: datetime, zone: str, language: str) -> str:
    """Return the time of day in ``zone``: 14:30."""
    return format_time(value.astimezone(ZoneInfo(zone)), _CLOCK_PATTERN, locale=locale_of(language))


def span(value: timedelta, language: str) -> str:
    """Return a length of time in its largest unit, as people say it: 12 minutes, 7 hours, 2 days."""
    whole = max(abs(value), timedelta(minutes=1))
    return str(format_timedelta(whole, granularity="minute", threshold=1.5, locale=locale_of(language)))


def zone_name(zone: str, language: str) -> str:
    """Return a zone by its city: Chicago time."""
    if zone == "UTC":
        return _("universal time")
    city = get_timezone_location(zone, locale=locale_of(language), return_city=True)
    return _("%(city)s time") % {"city": city}


def when(value: datetime, zone: str, language: str) -> str:
    """Return day, time and the zone's name: Tuesday 24 November 2026, 14:30 (Chicago time)."""
    return _("%(day)s, %(time)s (%(zone)s)") % {
        "day": day(value, zone, language),
        "time": clock_time(value, zone, language),
        "zone": zone_name(zone, language),
    }


def listed(parts: Iterable[str], language: str) -> str:
    """Return the parts of a list with the language's comma between them."""
    return COMMAS.get(language, ", ").join(parts)


def number(value: object, language: str) -> str:
    """Return a number with the language's separators, or the text itself when it is not a number."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return format_decimal(value, locale=locale_of(language))
    return "" if value is None else str(value)


def telephone(value: str) -> str:
    """Return an E.164 number as it is written internationally; anything else unchanged."""
    try:
        parsed = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def telephone_link(value: str) -> str:
    """Return the ``tel:`` address of a number."""
    return "tel:" + "".join(sign for sign in value if sign.isdigit() or sign == "+")


def initials(name: str) -> str:
    """Return the first letters of the first and last word of a name, leaving out titles and degrees."""
    words = [word for word in name.partition(",")[0].split() if word[0].isalpha() and not word.endswith(".")]
    if not words:
        return ""
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def widget_kind(bound_field: BoundField) -> str:
    """Return which shape ``design/field.html`` draws for a field."""
    widget = bound_field.field.widget
    if isinstance(widget, CheckboxInput):
        return "checkbox"
    if isinstance(widget, ChoiceWidget) and not isinstance(widget, Select):
        return "choices"
    if isinstance(widget, MultiWidget):
        return "parts"
    return "file" if isinstance(widget, ClearableFileInput) else "box"
