"""How QIDO-RS compares (PS3.4 C.2.2.2): single values, lists of UIDs, ranges, wildcards. No fuzzy matching."""

import re
from datetime import date, datetime

from django.db.models import Q

from hearthline.imaging.dicom.dicomweb.answers import Refusal
from hearthline.imaging.dicom.dicomweb.attributes import Attribute

MOST_UIDS = 1000
VALUE_LENGTH = 324
MOST_WILDCARDS = 8


def condition(attribute: Attribute, value: str, prefix: str) -> Q:
    """Return what rows have to satisfy; ``prefix`` leads from the searched table to the attribute's.

    Raises:
        Refusal: the value is none of this attribute's.
    """
    if not value or value == "*":  # universal matching
        return Q()
    column = prefix + attribute.column
    match attribute.matching:
        case "uid":
            return Q(**{f"{column}__in": re.split(r"[,\\]", value)[:MOST_UIDS]})
        case "date":
            return _days(column, value)
        case "time":
            return _times(column, value)
        case "number":
            return Q(**{column: _number(value)})
        case "list":
            return Q(**{f"{column}__overlap": [part.strip() for part in re.split(r"[,\\]", value)]})
    return text(column, value, is_name=attribute.matching == "name")


def text(column: str, value: str, *, is_name: bool) -> Q:
    """Return a comparison of text: as it is, or with ``*`` and ``?``; names in any case and in any of their forms."""
    if "*" not in value and "?" not in value and not is_name:
        return Q(**{column: value})
    how = "iregex" if is_name else "regex"
    return Q(**{f"{column}__{how}": pattern(value, is_name=is_name)})


def pattern(value: str, *, is_name: bool) -> str:
    """Return the regular expression of a value with wildcards.

    Raises:
        Refusal: it has too many of them.
    """
    if len(value) > VALUE_LENGTH or len(re.findall(r"[*?]+", value)) > MOST_WILDCARDS:
        raise Refusal(400, f"Search for at most {VALUE_LENGTH} characters with {MOST_WILDCARDS} wildcards.")
    letters = {"*": ".*", "?": "."}
    body = "".join(letters.get(letter) or re.escape(letter) for letter in re.sub(r"\*+", "*", value))
    if not is_name:
        return f"^{body}$"
    return f"^(.*=)?{body}\\^*(=.*)?$"  # trailing empty parts of a name do not matter


def _ends(value: str) -> tuple[str, str]:
    first, dash, last = value.partition("-")
    return (first, last) if dash else (first, first)


def _days(column: str, value: str) -> Q:
    first, last = _ends(value)
    found = Q()
    if first:
        found &= Q(**{f"{column}__gte": _day(first)})
    if last:
        found &= Q(**{f"{column}__lte": _day(last)})
    return found


def _day(value: str) -> date:
    try:
        return datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007 - a date
    except ValueError:
        raise Refusal(400, "Write dates as YYYYMMDD, ranges as YYYYMMDD-YYYYMMDD.") from None


def _times(column: str, value: str) -> Q:
    first, last = _ends(value)
    if not all(re.fullmatch(r"[0-9.]*", part) for part in (first, last)):
        raise Refusal(400, "Write times as HHMMSS, ranges as HHMMSS-HHMMSS.")
    found = Q()
    if first:
        found &= Q(**{f"{column}__gte": first})
    if last:
        found &= Q(**{f"{column}__lte": last.ljust(6, "9") + "~"})  # all fractions of the last second
    return found


def _number(value: str) -> int:
    try:
        number = int(value)
    except ValueError:
        number = 2**31
    if abs(number) >= 2**31:
        raise Refusal(400, "Search this attribute by a whole number.")
    return number
