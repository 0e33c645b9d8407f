"""Home blood pressure: averages by named, versioned protocols and the category of an average, as dated data."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hearthline.monitoring.plots.local_time import local_days
from hearthline.monitoring.plots.targets import Floats, Integers

NOON = 12 * 60  # minutes; before it is morning
GUIDELINE_2025 = "2025 AHA/ACC guideline, Hypertension 2025;82:e212, DOI 10.1161/HYP.0000000000000249"


@dataclass(frozen=True)
class Pressures:
    """Cuff measurements in order of time (µs UTC, mmHg). Cuffless devices are not averaged (2025 AHA/ACC)."""

    times: Integers
    systolic: Floats
    diastolic: Floats
    is_cuffless: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Protocol:
    """How an average is made. ``days`` are the newest days with measurements, of which the first are dropped."""

    code: str
    version: str
    label: str | Promise
    source: str
    days: int
    days_dropped: int
    is_first_of_session_dropped: bool
    readings_needed: int
    days_needed: int


PROTOCOLS: tuple[Protocol, ...] = (
    Protocol(
        "aha-7-day",
        "2025-08",
        _("AHA: all readings of 7 days"),
        GUIDELINE_2025,
        days=7,
        days_dropped=0,
        is_first_of_session_dropped=False,
        readings_needed=12,
        days_needed=3,
    ),
    Protocol(
        "canada-7-day",
        "2020-05",
        _("Hypertension Canada: 7 days without the first"),
        "Hypertension Canada guidelines 2020, Can J Cardiol 2020;36:596",
        days=7,
        days_dropped=1,
        is_first_of_session_dropped=False,
        readings_needed=24,
        days_needed=6,
    ),
    Protocol(
        "triplet-5-day",
        "2012-06",
        _("5 days without the first two, and without the first reading of each session"),
        "Journal of the American Board of Family Medicine, averaging of home blood pressure",
        days=5,
        days_dropped=2,
        is_first_of_session_dropped=True,
        readings_needed=12,
        days_needed=3,
    ),
)
BY_CODE = {protocol.code: protocol for protocol in PROTOCOLS}


@dataclass(frozen=True)
class Average:
    """An average, from how many readings on how many days, by which protocol; all three None without readings."""

    protocol: Protocol
    systolic: float | None
    diastolic: float | None
    count: int
    days: int
    cuffless_count: int

    @property
    def is_enough(self) -> bool:
        """Whether the protocol calls this an average to decide on."""
        return self.count >= self.protocol.readings_needed and self.days >= self.protocol.days_needed


@dataclass(frozen=True)
class Category:
    """A class of blood pressure: from this systolic, or from this diastolic."""

    code: str
    label: str | Promise
    systolic_from: float
    diastolic_from: float


@dataclass(frozen=True)
class Categories:
    """One guideline's classes, highest first."""

    source: str
    valid_from: date
    classes: tuple[Category, ...]


# "Severe" is above 180 or above 120, so it starts just after them; averages are compared as they are, not rounded.
CATEGORIES: tuple[Categories, ...] = (
    Categories(
        GUIDELINE_2025,
        date(2025, 8, 14),
        (
            Category(
                "severe", _("Severe: ask about symptoms"), np.nextafter(180, 181), np.nextafter(120, 121)
            ),
            Category("stage-2", _("Stage 2 hypertension"), 140, 90),
            Category("stage-1", _("Stage 1 hypertension"), 130, 80),
            Category("elevated", _("Elevated"), 120, np.inf),
            Category("normal", _("Normal"), -np.inf, np.inf),
        ),
    ),
)
GOAL_SYSTOLIC, GOAL_DIASTOLIC = 130.0, 80.0  # below, adults (2025 AHA/ACC)


def category_of(systolic: float, diastolic: float) -> Category:
    """Return the class of an average under the newest guideline."""
    return next(
        one
        for one in CATEGORIES[-1].classes
        if systolic >= one.systolic_from or diastolic >= one.diastolic_from
    )


def is_morning(times: Integers, zone: ZoneInfo) -> npt.NDArray[np.bool_]:
    """Return which measurements were taken before noon on the person's clock."""
    return local_days(times, zone)[1] < NOON


def average_of(pressures: Pressures, protocol: Protocol, zone: ZoneInfo) -> Average:
    """Return the average of the newest days by a protocol. Sessions are the morning and the evening of a day."""
    usable = np.isfinite(pressures.systolic) & np.isfinite(pressures.diastolic)
    cuffs = usable & ~pressures.is_cuffless
    cuffless = int((usable & pressures.is_cuffless).sum())
    order = np.argsort(pressures.times[cuffs], kind="stable")
    times = pressures.times[cuffs][order]
    systolic, diastolic = pressures.systolic[cuffs][order], pressures.diastolic[cuffs][order]
    days, minutes = local_days(times, zone)
    newest = (
        days.max(initial=0) - protocol.days + 1
    )  # calendar days: a missed day is not replaced by an older one
    first = days[days >= newest].min(initial=newest + protocol.days)
    keep = (days >= newest) & (days >= first + protocol.days_dropped)
    if protocol.is_first_of_session_dropped:
        sessions = days * 2 + (minutes >= NOON)
        keep &= np.diff(sessions, prepend=-1) == 0
    count = int(keep.sum())
    if not count:
        return Average(protocol, None, None, 0, 0, cuffless)
    return Average(
        protocol,
        float(systolic[keep].mean()),
        float(diastolic[keep].mean()),
        count,
        int(np.unique(days[keep]).size),
        cuffless,
    )
