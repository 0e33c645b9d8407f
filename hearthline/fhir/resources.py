"""What is read of FHIR R4 (4.0.1) resources that carry a result. Unknown elements are left; modifiers are refused."""

from decimal import Decimal
from typing import Any

import msgspec

BUNDLE, REPORT, OBSERVATION, PATIENT = "Bundle", "DiagnosticReport", "Observation", "Patient"
LOINC = "http://loinc.org"


class Coding(msgspec.Struct):
    """A code of a system."""

    system: str = ""
    code: str = ""
    display: str = ""


class Concept(msgspec.Struct):
    """CodeableConcept."""

    coding: list[Coding] = []
    text: str = ""


class Identifier(msgspec.Struct):
    """A number and who gives it out."""

    system: str = ""
    value: str = ""


class Reference(msgspec.Struct):
    """What is referred to."""

    reference: str = ""
    identifier: Identifier | None = None
    display: str = ""


class Quantity(msgspec.Struct):
    """A number in a unit; its zeros are kept."""

    value: Decimal | None = None
    comparator: str = ""
    unit: str = ""
    code: str = ""


class Range(msgspec.Struct):
    """From a low to a high."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(msgspec.Struct):
    """One number to another: a titre."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class ReferenceRange(msgspec.Struct):
    """What is usual."""

    low: Quantity | None = None
    high: Quantity | None = None
    text: str = ""


class Annotation(msgspec.Struct):
    """A note."""

    text: str = ""


class Attachment(msgspec.Struct):
    """A file; its data are Base64."""

    contentType: str = ""  # noqa: N815 - FHIR's name
    data: str = ""
    title: str = ""


class Period(msgspec.Struct):
    """From when until when."""

    start: str = ""


class Component(msgspec.Struct):
    """One of several values under one code."""

    code: Concept
    valueQuantity: Quantity | None = None  # noqa: N815 - FHIR's name
    valueCodeableConcept: Concept | None = None  # noqa: N815 - FHIR's name
    valueString: str | None = None  # noqa: N815 - FHIR's name
    valueBoolean: bool | None = None  # noqa: N815 - FHIR's name
    valueInteger: int | None = None  # noqa: N815 - FHIR's name
    valueRange: Range | None = None  # noqa: N815 - FHIR's name
    valueRatio: Ratio | None = None  # noqa: N815 - FHIR's name
    valueTime: str | None = None  # noqa: N815 - FHIR's name
    valueDateTime: str | None = None  # noqa: N815 - FHIR's name
    valueSampledData: Any = None  # noqa: N815 - FHIR's name; refused
    valuePeriod: Any = None  # noqa: N815 - FHIR's name; refused
    dataAbsentReason: Concept | None = None  # noqa: N815 - FHIR's name
    interpretation: list[Concept] = []
    referenceRange: list[ReferenceRange] = []  # noqa: N815 - FHIR's name


class Observation(Component, kw_only=True):
    """One examination."""

    status: str
    id: str = ""
    effectiveDateTime: str = ""  # noqa: N815 - FHIR's name
    note: list[Annotation] = []
    component: list[Component] = []
    modifierExtension: list[Any] = []  # noqa: N815 - FHIR's name


class DiagnosticReport(msgspec.Struct, kw_only=True):
    """A panel."""

    status: str
    code: Concept
    id: str = ""
    identifier: list[Identifier] = []
    basedOn: list[Reference] = []  # noqa: N815 - FHIR's name
    subject: Reference | None = None
    effectiveDateTime: str = ""  # noqa: N815 - FHIR's name
    effectivePeriod: Period | None = None  # noqa: N815 - FHIR's name
    issued: str = ""
    result: list[Reference] = []
    conclusion: str = ""
    presentedForm: list[Attachment] = []  # noqa: N815 - FHIR's name
    contained: list[dict[str, Any]] = []
    modifierExtension: list[Any] = []  # noqa: N815 - FHIR's name
    implicitRules: str = ""  # noqa: N815 - FHIR's name


class HumanName(msgspec.Struct):
    """A name."""

    use: str = ""
    family: str = ""
    given: list[str] = []


class Patient(msgspec.Struct):
    """Whose the result is, as the sender says."""

    identifier: list[Identifier] = []
    name: list[HumanName] = []
    birthDate: str = ""  # noqa: N815 - FHIR's name


class ServiceRequest(msgspec.Struct):
    """The order."""

    identifier: list[Identifier] = []
    requester: Reference | None = None


class Practitioner(msgspec.Struct):
    """Who ordered."""

    identifier: list[Identifier] = []
    name: list[HumanName] = []


class Asked(msgspec.Struct):
    """What a Bundle's entry asks for."""

    method: str = ""
    url: str = ""


class Entry(msgspec.Struct):
    """One entry of a Bundle."""

    fullUrl: str = ""  # noqa: N815 - FHIR's name
    resource: dict[str, Any] = {}
    request: Asked | None = None


class Bundle(msgspec.Struct, kw_only=True):
    """Several resources sent together."""

    type: str
    identifier: Identifier | None = None
    entry: list[Entry] = []
