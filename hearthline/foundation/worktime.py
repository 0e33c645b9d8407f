"""One person's time, counted by several packages: what one of them has counted, no other counts again.

Each package that keeps stretches of work says until when the newest of a person lasts; the others begin after it. Both
sides look and write under one lock a person, so that two pages of two packages never count the same half minute.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import connection

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
NewestEnd = Callable[[UUID], datetime | None]
_counting: dict[str, NewestEnd] = {}


def counts_time(package: str, newest_end: NewestEnd) -> None:
    """Have others ask a package until when the newest stretch of a person lasts that it has counted."""
    _counting[package] = newest_end


def lock_time_of(user_id: UUID) -> None:
    """Let those who count a person's time go one after another, until the open transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [f"time:{user_id}"])


def counted_elsewhere_until(package: str, user_id: UUID) -> datetime | None:
    """Return until when packages other than the one that asks have counted a person's time; None: never."""
    ends = (newest_end(user_id) for name, newest_end in _counting.items() if name != package)
    return max((end for end in ends if end is not None), default=None)
