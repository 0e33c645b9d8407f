"""When a vendor is asked again, which windows are asked for, and when its silence is an outage. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

Window = tuple[datetime, datetime]

RECONCILE_EVERY = timedelta(
    hours=1
)  # notifications get lost (research/rpm.md 6.3): ask even when nobody called
OVERLAP = timedelta(days=1)  # read again behind the last pull: what the vendor stored late or out of order
LEASE = timedelta(minutes=10)  # a pull that dies is done again by another worker after this
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
OUTAGE_FAILURES = 3  # in a row, so about two minutes
QUIET_FOR = timedelta(minutes=15)  # if another account was read so lately, the vendor is there
# What is gone from a window is asked for once more before it is withdrawn: an answer may be short by accident.
MISSING_FOR = timedelta(minutes=10)
EDGE = timedelta(seconds=1)  # whether a window's ends belong to it is not documented
CLOCK_AHEAD = timedelta(days=1)


def next_try(failures: int, now: datetime) -> datetime:
    """Return when to ask again after so many failures in a row: 30 s, doubled, at most an hour."""
    doubled = FIRST_RETRY * (1 << min(failures - 1, 10))
    return now + min(doubled, LONGEST_RETRY)


def merged(windows: Iterable[Window], *, since: datetime, until: datetime) -> list[Window]:
    """Return windows cut to ``since`` and ``until``, those that touch or nearly touch as one."""
    found: list[Window] = []
    cut = sorted((max(first, since), min(last, until)) for first, last in windows)
    for first, last in (window for window in cut if window[0] <= window[1]):
        if found and first <= found[-1][1] + OVERLAP:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
