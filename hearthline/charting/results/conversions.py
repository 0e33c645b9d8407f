"""A value in another unit, shown as an extra beside the value as sent. A short list with its source; nothing else.

Conversions between mass and amount need the molar mass of the substance, so each holds for the LOINC codes named
and no other. The value that was sent is never replaced, compared or judged by these.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Conversion:
    """``value * factor`` (+ ``offset``) in ``to``, with so many decimals."""

    to: str
    factor: Decimal
    decimals: int
    offset: Decimal = Decimal(0)


# Molar masses from the AMA Manual of Style, 11th edition (2020), section 17.5, table of conversion factors;
# HbA1c: IFCC-NGSP master equation, NGSP% = 0.09148 * IFCC + 2.152 (Hoelzel and others, Clin Chem 2004;50:166).
GLUCOSE = Conversion("mmol/L", Decimal("0.0555"), 1)
CHOLESTEROL = Conversion("mmol/L", Decimal("0.0259"), 2)
TRIGLYCERIDE = Conversion("mmol/L", Decimal("0.0113"), 2)
CREATININE = Conversion("µmol/L", Decimal("88.4"), 0)
HBA1C = Conversion("mmol/mol", Decimal(1) / Decimal("0.09148"), 0, Decimal("-2.152") / Decimal("0.09148"))
CONVERSIONS: Mapping[tuple[str, str], Conversion] = {
    ("2345-7", "mg/dL"): GLUCOSE,
    ("1558-6", "mg/dL"): GLUCOSE,
    ("2093-3", "mg/dL"): CHOLESTEROL,
    ("2085-9", "mg/dL"): CHOLESTEROL,
    ("13457-7", "mg/dL"): CHOLESTEROL,
    ("2571-8", "mg/dL"): TRIGLYCERIDE,
    ("2160-0", "mg/dL"): CREATININE,
    ("4548-4", "%"): HBA1C,
}


def converted(
    *, code: str, code_system: str, unit: str, number: Decimal | None
) -> tuple[Decimal, str] | None:
    """Return the value in the other usual unit, or None where the list has no line for exactly this code and unit."""
    conversion = CONVERSIONS.get((code, unit))
    if conversion is None or number is None or code_system not in {"LN", "http://loinc.org"}:
        return None
    exact = number * conversion.factor + conversion.offset
    return exact.quantize(Decimal(1).scaleb(-conversion.decimals)), conversion.to
