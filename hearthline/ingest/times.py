"""Times as machines write them, in microseconds since 1970 UTC."""

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# RFC 3339 with an offset, or milliseconds since 1970. A local time without an offset is refused: it has no one meaning.
Moment = Annotated[datetime, Meta(tz=True)] | int | float
FURTHEST_MS = 253_402_300_799_000  # the end of year 9999
IMPOSSIBLE_US = -1  # before every time that is believed


def microseconds(moment: datetime | float) -> int:
    """Return a moment in microseconds, or ``IMPOSSIBLE_US`` for a number that is no time."""
    if isinstance(moment, datetime):
        return (moment - EPOCH) // MICROSECOND
    if not math.isfinite(moment) or not 0 <= moment <= FURTHEST_MS:
        return IMPOSSIBLE_US
    return round(moment * 1000)


def as_text(at_us: int) -> str:
    """Return a moment as RFC 3339 in UTC."""
    return (EPOCH + timedelta(microseconds=at_us)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
