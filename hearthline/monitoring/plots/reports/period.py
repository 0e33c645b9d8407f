"""Which local days a report is about, and where its figures come from."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from django.utils.translation import get_language

from hearthline.design import formats
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.monitoring.plots.drawing.vitals import Days
from hearthline.monitoring.plots.local_time import date_of, day_bounds, local_days, zone_database_version
from hearthline.monitoring.plots.targets import Integers


@dataclass(frozen=True)
class Period:
    """Whole local days, from the first µs of the first to the first µs after the last."""

    days: tuple[date, ...]
    zone: ZoneInfo

    @property
    def starts(self) -> int:
        """First µs."""
        return day_bounds(self.days[0], self.zone)[0]

    @property
    def ends(self) -> int:
        """First µs after."""
        return day_bounds(self.days[-1], self.zone)[1]

    def drawn(self) -> Days:
        """Return the days as a plot draws them."""
        return Days([(day, day_bounds(day, self.zone)[0]) for day in self.days], self.ends)


def finished_days(zone: ZoneInfo, count: int, now: datetime) -> Period:
    """Return the newest ``count`` local days that are over."""
    today = now.astimezone(zone).date()
    return Period(tuple(today - timedelta(days=ago) for ago in range(count, 0, -1)), zone)


def days_with_today(zone: ZoneInfo, count: int, now: datetime) -> Period:
    """Return the newest ``count`` local days, today included."""
    today = now.astimezone(zone).date()
    return Period(tuple(today - timedelta(days=ago) for ago in range(count - 1, -1, -1)), zone)


def provenance(patient: Patient, period: Period) -> dict[str, Any]:
    """Return what every report says of itself: whose, which days, when made, by which calendar."""
    return {
        "patient": patient,
        "zone": patient.zone,
        "first_day": period.days[0],
        "last_day": period.days[-1],
        "days_count": len(period.days),
        "made_at": clock.now(),
        "zone_database": zone_database_version(),
    }


def by_day(times: Integers, words: list[str], zone: ZoneInfo) -> dict[date, list[str]]:
    """Return what is said of each local day, the newest day first and each day's words in order of time."""
    found: dict[date, list[str]] = {}
    for day, said in reversed(list(zip(local_days(times, zone)[0].tolist(), words, strict=True))):
        found.setdefault(date_of(day), []).insert(0, said)
    return found


def language() -> str:
    """Return the language that is being written."""
    return get_language() or "en"


def figure(value: float, decimals: int) -> str:
    """Return a number with fixed decimals and the language's separator."""
    locale = formats.locale_of(language())
    return format_decimal(round(value, decimals), format=f"0.{'0' * decimals}", locale=locale)
