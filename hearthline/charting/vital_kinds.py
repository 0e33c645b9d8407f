"""The vital signs the chart knows: code, unit, other units people use, and which values are believable.

Codes are LOINC, units UCUM. ``possible`` is the widest range the chart stores: a value outside is a typing or unit
mistake. ``usual`` is where nobody is asked twice: outside it the person confirms. Both were set for adults by the
founders on 2026-11-23, wide on purpose; they guard against slips of the hand and say nothing about health.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

POUND_IN_KILOGRAMS = Decimal("0.45359237")  # international pound, 1959
INCH_IN_CENTIMETRES = Decimal("2.54")  # international inch, 1959


@dataclass(frozen=True)
class Range:
    """An inclusive range in the unit of its kind."""

    low: Decimal
    high: Decimal

    def holds(self, value: Decimal) -> bool:
        """Whether the value lies in the range."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Unit:
    """A unit that a person may enter: kept value = entered times ``factor`` + ``offset``."""

    code: str
    label: str
    factor: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)


@dataclass(frozen=True)
class VitalKind:
    """One kind of vital sign."""

    key: str
    label: str | Promise
    loinc: str
    units: tuple[Unit, ...]
    possible: Range
    usual: Range
    decimals: int = 0
    second_possible: Range | None = None
    second_usual: Range | None = field(default=None)

    @property
    def unit(self) -> Unit:
        """The unit that values are kept and shown in."""
        return self.units[0]


def _range(low: str, high: str) -> Range:
    return Range(Decimal(low), Decimal(high))


KINDS: dict[str, VitalKind] = {
    kind.key: kind
    for kind in (
        VitalKind(
            "blood_pressure",
            _("Blood pressure"),
            "85354-9",
            (Unit("mm[Hg]", "mmHg"),),
            _range("40", "300"),
            _range("80", "200"),
            second_possible=_range("20", "200"),
            second_usual=_range("40", "120"),
        ),
        VitalKind(
            "pulse", _("Pulse"), "8867-4", (Unit("/min", "/min"),), _range("20", "300"), _range("40", "140")
        ),
        VitalKind(
            "oxygen_saturation",
            _("Oxygen saturation (SpO₂)"),
            "59408-5",
            (Unit("%", "%"),),
            _range("40", "100"),
            _range("88", "100"),
        ),
        VitalKind(
            "temperature",
            _("Temperature"),
            "8310-5",
            (Unit("Cel", "°C"), Unit("[degF]", "°F", Decimal(5) / Decimal(9), Decimal(-160) / Decimal(9))),
            _range("25", "45"),
            _range("35", "40"),
            decimals=1,
        ),
        VitalKind(
            "respiratory_rate",
            _("Breaths"),
            "9279-1",
            (Unit("/min", "/min"),),
            _range("4", "80"),
            _range("8", "30"),
        ),
        VitalKind(
            "weight",
            _("Weight"),
            "29463-7",
            (Unit("kg", "kg"), Unit("[lb_av]", "lb", POUND_IN_KILOGRAMS)),
            _range("0.3", "400"),
            _range("35", "200"),
            decimals=1,
        ),
        VitalKind(
            "height",
            _("Height"),
            "8302-2",
            (Unit("cm", "cm"), Unit("[in_i]", "in", INCH_IN_CENTIMETRES)),
            _range("20", "260"),
            _range("130", "210"),
        ),
    )
}
