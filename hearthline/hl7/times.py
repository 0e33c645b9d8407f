"""Time stamps (HL7 v2.5.1, TS): with a zone they are exact, without one they are in the laboratory's own."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hearthline.charting.results.drafts import UnreadableError

STAMP = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d\d)(?:(?P<day>\d\d)(?:(?P<hour>\d\d)(?:(?P<minute>\d\d)"
    r"(?:(?P<second>\d\d)(?:\.\d{1,6})?)?)?)?)?)?(?P<zone>[+-]\d{4})?"
)
FIRST_YEAR, LAST_YEAR = 1900, 2200


def moment(text: str, zone: str, where: str) -> tuple[datetime | None, bool]:
    """Return the moment in UTC and whether its zone was assumed; nothing or ``""`` (HL7's null) is None.

    Raises:
        UnreadableError: it is no time stamp, or no such day.
    """
    shown = text.strip()
    if shown in {"", '""'}:
        return None, False
    found = STAMP.fullmatch(shown)
    if found is None or not FIRST_YEAR <= int(found["year"]) <= LAST_YEAR:
        raise UnreadableError(where, "This is not a time stamp: YYYYMMDDHHMMSS+ZZZZ.", code="102")
    numbers = [int(found[part] or least) for part, least in (("year", 1), ("month", 1), ("day", 1))]
    numbers += [int(found[part] or 0) for part in ("hour", "minute", "second")]
    try:
        local = datetime(*numbers, tzinfo=_offset(found["zone"]) or ZoneInfo(zone))  # type: ignore[arg-type,misc]
    except ValueError:
        raise UnreadableError(where, "There is no such day or time.", code="102") from None
    return local.astimezone(UTC), found["zone"] is None


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    size = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    return timezone(-size if text[0] == "-" else size)


def day(text: str) -> date | None:
    """Return a birth date, or None when it is not a whole one: then nothing matches it."""
    shown = text.strip()[:8]
    try:
        return date(int(shown[:4]), int(shown[4:6]), int(shown[6:8])) if len(shown) == 8 else None
    except ValueError:
        return None
