"""What can be measured at home: codes, canonical units, exact conversions, and which values are believable.

Codes are LOINC and IEEE 11073 (MDC), units UCUM. A value is stored in its metric's canonical unit. ``possible`` is
the widest range that is taken: outside it is a fault of device, unit or hand, never a person's state. It says
nothing about health; limits that alert are rules (``monitoring.alerts``).
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Molar mass of glucose 180.156 g/mol (IUPAC), so 1 mmol/L = 18.0156 mg/dL; the field's reports fix the factor at
# 18.0182 (International Consensus on CGM; research/rpm.md 4.1), and one factor everywhere matters more than which.
GLUCOSE_MG_DL_PER_MMOL_L = Decimal("18.0182")
POUND_IN_KILOGRAMS = Decimal("0.45359237")  # international pound, 1959
MMHG_PER_KILOPASCAL = Decimal("7.50061682704")  # conventional millimetre of mercury = 133.322387415 Pa
FAHRENHEIT_ZERO = Decimal(-160) / Decimal(9)


@dataclass(frozen=True)
class Unit:
    """A unit a device may use: canonical value = value times ``factor`` + ``offset``."""

    ucum: str
    factor: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)


@dataclass(frozen=True)
class Metric:
    """One kind of value. ``number`` is what readings carry and never changes its meaning.

    ``late_after``: a reading that arrives later than this after it was measured changes summaries and reports, and
    neither pages anyone nor resolves an alert (research/rpm.md 6.4). ``is_stream``: measured by itself every few
    minutes, compacted into patient-days.
    """

    number: int
    code: str
    label: str | Promise
    loinc: str
    mdc: int
    units: tuple[Unit, ...]
    possible_low: float
    possible_high: float
    decimals: int
    late_after: timedelta = timedelta(hours=12)
    is_stream: bool = False
    low_sentinel: float | None = None
    high_sentinel: float | None = None

    @property
    def unit(self) -> Unit:
        """The canonical unit."""
        return self.units[0]

    def factor_of(self, ucum: str) -> Unit | None:
        """Return the accepted unit with this code, or None: units are never guessed."""
        return next((unit for unit in self.units if unit.ucum == ucum), None)


METRICS: tuple[Metric, ...] = (
    Metric(
        1,
        "glucose",
        _("Glucose"),
        "99504-3",
        160184,
        (Unit("mg/dL"), Unit("mmol/L", GLUCOSE_MG_DL_PER_MMOL_L)),
        20,
        700,
        0,
        late_after=timedelta(minutes=15),
        is_stream=True,
        low_sentinel=39,
        high_sentinel=401,
    ),
    Metric(
        2,
        "systolic",
        _("Upper blood pressure"),
        "8480-6",
        150021,
        (Unit("mm[Hg]"), Unit("kPa", MMHG_PER_KILOPASCAL)),
        40,
        300,
        0,
    ),
    Metric(
        3,
        "diastolic",
        _("Lower blood pressure"),
        "8462-4",
        150022,
        (Unit("mm[Hg]"), Unit("kPa", MMHG_PER_KILOPASCAL)),
        20,
        200,
        0,
    ),
    Metric(
        4,
        "mean-arterial-pressure",
        _("Mean blood pressure"),
        "8478-0",
        150023,
        (Unit("mm[Hg]"), Unit("kPa", MMHG_PER_KILOPASCAL)),
        25,
        240,
        0,
    ),
    Metric(5, "pulse", _("Pulse"), "8867-4", 149546, (Unit("/min"),), 20, 300, 0),
    Metric(
        6,
        "weight",
        _("Weight"),
        "29463-7",
        188736,
        (Unit("kg"), Unit("[lb_av]", POUND_IN_KILOGRAMS), Unit("g", Decimal("0.001"))),
        0.3,
        400,
        1,
    ),
    Metric(7, "oxygen-saturation", _("Oxygen (SpO₂)"), "59408-5", 150456, (Unit("%"),), 40, 100, 0),
    Metric(
        8,
        "temperature",
        _("Temperature"),
        "8310-5",
        150364,
        (Unit("Cel"), Unit("[degF]", Decimal(5) / Decimal(9), FAHRENHEIT_ZERO)),
        25,
        45,
        1,
    ),
    Metric(9, "respiratory-rate", _("Breaths"), "9279-1", 151562, (Unit("/min"),), 4, 80, 0),
)
BY_CODE = {metric.code: metric for metric in METRICS}
BY_NUMBER = {metric.number: metric for metric in METRICS}
# The same quantity under other LOINC codes that devices and systems send (HL7 CGM guide; research/rpm.md 4.1).
OTHER_LOINC = {
    "105272-9": "glucose",  # sensor glucose, molar
    "2339-0": "glucose",  # blood, mass
    "15074-8": "glucose",  # blood, molar
    "41653-7": "glucose",  # capillary blood by meter
    "2708-6": "oxygen-saturation",
    "8889-8": "pulse",  # by oximeter
}
BY_LOINC = {metric.loinc: metric for metric in METRICS} | {
    loinc: BY_CODE[code] for loinc, code in OTHER_LOINC.items()
}
# Other IEEE 11073-10101 codes of the same quantities.
OTHER_MDC = {
    149530: "pulse",  # by oximeter
    160188: "glucose",  # capillary plasma
    160212: "glucose",  # interstitial fluid
}
BY_MDC = {str(metric.mdc): metric for metric in METRICS} | {
    str(mdc): BY_CODE[code] for mdc, code in OTHER_MDC.items()
}
