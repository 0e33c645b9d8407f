"""Local days and minutes of many times at once, right across changes of the clock (days of 23 and 25 hours)."""

from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import version
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

import numpy as np

from hearthline.monitoring.plots.targets import Integers

MINUTE = 60_000_000  # µs
DAY = 1440 * MINUTE
QUARTER = 15 * MINUTE  # every zone changes its clock on a quarter of an hour of UTC
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Return µs since 1970 of an aware time."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment_of(time_us: int) -> datetime:
    """Return the aware time of µs since 1970."""
    return EPOCH + timedelta(microseconds=int(time_us))


def day_bounds(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return first and next day's first µs of a local day: 23, 24 or 25 hours apart."""
    return (
        microseconds(datetime.combine(day, time(), zone)),
        microseconds(datetime.combine(day + timedelta(days=1), time(), zone)),
    )


def _offsets(buckets: Integers, width: int, zone: ZoneInfo) -> Integers:
    found = [moment_of(int(bucket) * width).astimezone(zone).utcoffset() for bucket in buckets]
    return np.array([(one or timedelta()) // timedelta(microseconds=1) for one in found], dtype=np.int64)


def local_times(times: Integers, zone: ZoneInfo) -> Integers:
    """Return wall-clock µs (as if UTC) of each time. A UTC day without a change of the clock is looked up once."""
    if not times.size:
        return times
    days, position = np.unique(times // DAY, return_inverse=True)
    first, following = _offsets(days, DAY, zone), _offsets(days + 1, DAY, zone)
    offsets = first[position]
    changing = (first != following)[position]
    if changing.any():
        quarters, place = np.unique(times[changing] // QUARTER, return_inverse=True)
        offsets[changing] = _offsets(quarters, QUARTER, zone)[place]
    return times + offsets


def local_days(times: Integers, zone: ZoneInfo) -> tuple[Integers, Integers]:
    """Return for each time the local day (days since 1970) and the minute of that day on the wall's clock."""
    local = local_times(times, zone)
    return local // DAY, local % DAY // MINUTE


def date_of(day_number: int) -> date:
    """Return the date of a day number."""
    return EPOCH.date() + timedelta(days=int(day_number))


def zone_database_version() -> str:
    """Return which edition of the time-zone database local days rest on: the system's, else the package's."""
    for directory in TZPATH:
        for name in ("tzdata.zi", "+VERSION"):
            file = Path(directory) / name
            if file.is_file():
                with file.open(encoding="utf-8") as lines:
                    return lines.readline().removeprefix("# version").strip()
    return f"tzdata {version('tzdata')}"
