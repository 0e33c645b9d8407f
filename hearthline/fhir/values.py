"""value[x] and reference ranges as text, exactly as they were sent."""

from hearthline.charting.results.drafts import UnreadableError
from hearthline.fhir.resources import Component, Concept, Quantity, Range, ReferenceRange


def value_of(part: Component, path: str) -> tuple[str, str, str]:
    """Return the kind, the text as sent, and the unit of a value[x]."""
    if part.valueSampledData is not None or part.valuePeriod is not None:
        raise UnreadableError(path, "A value of this kind is not read here.", code="207")
    if part.valueQuantity is not None:
        quantity = part.valueQuantity
        shown = "" if quantity.value is None else f"{quantity.comparator}{quantity.value:f}"
        return "Quantity", shown, quantity.unit or quantity.code
    if part.valueCodeableConcept is not None:
        return "coded", words_of(part.valueCodeableConcept), ""
    if part.valueRange is not None:
        return "Range", _between(part.valueRange), _unit_of(part.valueRange.low or part.valueRange.high)
    if part.valueRatio is not None:
        top, bottom = _number(part.valueRatio.numerator), _number(part.valueRatio.denominator)
        return "Ratio", f"{top}:{bottom}", ""
    if part.valueInteger is not None:
        return "integer", str(part.valueInteger), ""
    if part.valueBoolean is not None:
        return "boolean", "yes" if part.valueBoolean else "no", ""
    return "string", part.valueString or part.valueDateTime or part.valueTime or "", ""


def _between(found: Range | ReferenceRange) -> str:
    low, high = _number(found.low), _number(found.high)
    if low and high:
        return f"{low}-{high}"
    return f">={low}" if low else f"<={high}" if high else ""


def range_of(found: ReferenceRange) -> str:
    """Return what is usual: its words, else its two ends."""
    return found.text or _between(found)


def _number(quantity: Quantity | None) -> str:
    return f"{quantity.value:f}" if quantity is not None and quantity.value is not None else ""


def _unit_of(quantity: Quantity | None) -> str:
    return quantity.unit or quantity.code if quantity is not None else ""


def words_of(concept: Concept) -> str:
    """Return the words of a code."""
    return concept.text or next((one.display or one.code for one in concept.coding), "")
