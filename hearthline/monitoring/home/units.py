"""Values in the unit a person knows: chosen by where they live, converted exactly, always shown with the unit."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from hearthline.monitoring.readings.metrics import Metric, Unit

LABELS = {
    "mg/dL": "mg/dL",
    "mmol/L": "mmol/L",
    "mm[Hg]": "mmHg",
    "kPa": "kPa",
    "kg": "kg",
    "[lb_av]": "lb",
    "Cel": "°C",
    "[degF]": "°F",
    "%": "%",
    "/min": "/min",
}
# Where meters are sold in mmol/L; elsewhere they show mg/dL. A person can choose the other one on each form.
MOLAR_COUNTRIES = "AU CA CH CN CZ DK EE FI GB HK IE IS LV MT NL NO NZ RU SE SG SI SK UA ZA"
MOLAR_GLUCOSE = frozenset(MOLAR_COUNTRIES.split())
FAHRENHEIT_AND_POUNDS = frozenset({"US", "LR"})
DECIMALS = {"mmol/L": 1, "[lb_av]": 1, "[degF]": 1, "kPa": 1}


@dataclass(frozen=True)
class Shown:
    """A value as a person reads it."""

    text: str
    unit: str


def unit_for(metric: Metric, jurisdiction: str) -> Unit:
    """Return the unit that people use where they live (``jurisdiction`` as in ISO 3166, ``US-TX``)."""
    country = jurisdiction[:2]
    wanted = ""
    if metric.code == "glucose" and country in MOLAR_GLUCOSE:
        wanted = "mmol/L"
    elif country in FAHRENHEIT_AND_POUNDS:
        wanted = {"weight": "[lb_av]", "temperature": "[degF]"}.get(metric.code, "")
    return metric.factor_of(wanted) or metric.unit


def decimals_of(metric: Metric, unit: Unit) -> int:
    """Return with how many decimals values are shown in a unit."""
    return DECIMALS.get(unit.ucum, metric.decimals)


def canonical(value: Decimal, unit: Unit) -> Decimal:
    """Return a value in the metric's own unit."""
    return value * unit.factor + unit.offset


def in_unit(value: float, metric: Metric, unit: Unit) -> Decimal:
    """Return a stored value in a unit, rounded as it is shown."""
    # A stored value is a 32-bit number: its seven digits are what was measured, the rest is noise.
    exactly = (Decimal(f"{value:.7g}") - unit.offset) / unit.factor
    return exactly.quantize(Decimal(1).scaleb(-decimals_of(metric, unit)), ROUND_HALF_EVEN)


def shown(value: float, metric: Metric, jurisdiction: str) -> Shown:
    """Return a stored value as a person there reads it."""
    unit = unit_for(metric, jurisdiction)
    return Shown(f"{in_unit(value, metric, unit)}", LABELS[unit.ucum])
