"""Glucose limits and targets as dated data with their source, and the five bands they cut.

Limits are in mg/dL, the canonical unit; a value is classified as stored, never as shown.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hearthline.monitoring.readings.metrics import GLUCOSE_MG_DL_PER_MMOL_L

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
MMOL = float(GLUCOSE_MG_DL_PER_MMOL_L)
VERY_LOW, LOW, IN_RANGE, HIGH, VERY_HIGH = range(5)
BAND_COUNT = 5
STORED_PRECISION = 1e-3  # values are stored as 32-bit numbers: 2e-5 mg/dL at 250
TIGHT_LOW, TIGHT_HIGH = 70.0, 140.0  # time in tight range, PMC10877396
CONSENSUS_2019 = "Battelino et al., Diabetes Care 2019;42:1593 (International Consensus on Time in Range)"


def is_above(values: Floats, limit: float) -> npt.NDArray[np.bool_]:
    """Return which values are above an upper limit.

    A sensor that speaks mmol/L says the limit itself as 10.0, which is 180.182 mg/dL: that is not above it.
    """
    molar = round(limit / MMOL, 1) * MMOL
    return (values > limit) & (np.abs(values - molar) > STORED_PRECISION)


@dataclass(frozen=True)
class Limits:
    """Where the bands meet. ``low`` and ``high`` are in range; ``very_low`` is level 1; ``very_high`` is level 1."""

    very_low: float
    low: float
    high: float
    very_high: float | None

    def bands_of(self, values: Floats) -> Integers:
        """Return for each value the number of its band, 0 (very low) to 4 (very high)."""
        bands = np.full(values.shape, IN_RANGE, dtype=np.int64)
        bands[values < self.low] = LOW
        bands[values < self.very_low] = VERY_LOW
        bands[is_above(values, self.high)] = HIGH
        if self.very_high is not None:
            bands[is_above(values, self.very_high)] = VERY_HIGH
        return bands

    def band_of(self, value: float) -> int:
        """Return the band of one value."""
        return int(self.bands_of(np.array([value]))[0])


@dataclass(frozen=True)
class Goal:
    """How much of the time the bands may hold together: more than or less than ``percent``."""

    bands: tuple[int, ...]
    is_minimum: bool
    percent: float

    def is_met_by(self, percentages: tuple[float, ...]) -> bool:
        """Whether the bands' percentages keep the goal; the limit itself does not."""
        total = round(sum(percentages[band] for band in self.bands), 9)
        return total > self.percent if self.is_minimum else total < self.percent


@dataclass(frozen=True)
class Targets:
    """Limits and goals for one group of people, since when, and who says so."""

    code: str
    label: str | Promise
    limits: Limits
    goals: tuple[Goal, ...]
    cv_percent_max: float
    valid_from: date
    source: str


STANDARD_LIMITS = Limits(very_low=54, low=70, high=180, very_high=250)
PREGNANCY_LIMITS = Limits(very_low=54, low=63, high=140, very_high=None)
PUBLISHED = date(2019, 8, 1)
TARGETS: tuple[Targets, ...] = (
    Targets(
        "diabetes",
        _("Type 1 or type 2 diabetes"),
        STANDARD_LIMITS,
        (
            Goal((IN_RANGE,), is_minimum=True, percent=70),
            Goal((LOW, VERY_LOW), is_minimum=False, percent=4),
            Goal((VERY_LOW,), is_minimum=False, percent=1),
            Goal((HIGH, VERY_HIGH), is_minimum=False, percent=25),
            Goal((VERY_HIGH,), is_minimum=False, percent=5),
        ),
        36,
        PUBLISHED,
        CONSENSUS_2019,
    ),
    Targets(
        "older",
        _("Older or at high risk"),
        STANDARD_LIMITS,
        (
            Goal((IN_RANGE,), is_minimum=True, percent=50),
            Goal((LOW, VERY_LOW), is_minimum=False, percent=1),
            Goal((HIGH, VERY_HIGH), is_minimum=False, percent=50),
            Goal((VERY_HIGH,), is_minimum=False, percent=10),
        ),
        36,
        PUBLISHED,
        CONSENSUS_2019,
    ),
    Targets(
        "pregnancy",
        _("Pregnancy with type 1 diabetes"),
        PREGNANCY_LIMITS,
        (
            Goal((IN_RANGE,), is_minimum=True, percent=70),
            Goal((LOW, VERY_LOW), is_minimum=False, percent=4),
            Goal((VERY_LOW,), is_minimum=False, percent=1),
            Goal((HIGH,), is_minimum=False, percent=25),
        ),
        36,
        PUBLISHED,
        CONSENSUS_2019,
    ),
)
BY_CODE = {targets.code: targets for targets in TARGETS}
