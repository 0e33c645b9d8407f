"""FHIR R4: ``POST /ingest/fhir/`` (Bundle, batch or transaction) and ``POST /ingest/fhir/Observation``.

Only what a reading needs is decoded (HL7 Personal Health Device guide): the code (LOINC, or IEEE 11073), value or
components, effective time, status, the device's identifier and a reason why a value is absent. The person is never
taken from ``subject``: a reading belongs to whom the device is assigned to. Units are UCUM codes.
"""

import math
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hearthline.ingest.answers import FHIR, STORED, WORDS, Answer, Refused, encode, operation_outcome
from hearthline.ingest.doors import DeviceOf, check_number, read_items, read_json
from hearthline.ingest.limits import IDENTIFIER_CHARACTERS
from hearthline.ingest.times import IMPOSSIBLE_US, microseconds
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_LOINC, BY_MDC, Metric
from hearthline.monitoring.readings.pipeline.normalise import (
    SECOND_US,
    UNKNOWN_METRIC,
    Draft,
    kind_of,
)
from hearthline.monitoring.readings.pipeline.types import Outcome, Submission

Moment = Annotated[datetime, Meta(tz=True)]
LOINC, MDC, UCUM = "http://loinc.org", "urn:iso:std:iso:11073:10101", "http://unitsofmeasure.org"
ABSOLUTE_TIME = (
    "67975"  # MDC_ATTR_TIME_ABS: what the device's clock said when the gateway's said ``effective``
)
TAKEN_STATUS = frozenset({"registered", "preliminary", "final", "amended", "corrected", "unknown"})
# A value beyond what the device measures: HL7's interpretation "off scale" (v3 ObservationInterpretation).
OFF_SCALE = {"<": Flag.LOW, ">": Flag.HIGH}


class Coding(msgspec.Struct, gc=False):
    """A code of a system."""

    system: str = ""
    code: str = ""


class Concept(msgspec.Struct, gc=False):
    """What something is, in several codes."""

    coding: list[Coding] = []


class Quantity(msgspec.Struct, gc=False):
    """A number in a unit."""

    value: float | None = None
    code: str = ""
    system: str = ""
    comparator: str = ""


class Identifier(msgspec.Struct, gc=False):
    """A name in a system; for devices the EUI-64 or serial number."""

    value: str = ""


class Reference(msgspec.Struct, gc=False):
    """What is referred to."""

    reference: str = ""
    identifier: Identifier | None = None


class Component(msgspec.Struct, gc=False):
    """One of several values that belong together."""

    code: Concept
    valueQuantity: Quantity | None = None  # noqa: N815 - FHIR's name
    interpretation: list[Concept] = []


class Observation(msgspec.Struct, gc=False, tag_field="resourceType", tag="Observation"):
    """What is read of an Observation. Its time has an offset and is exact to the second or better."""

    status: str
    code: Concept
    id: str = ""
    effectiveDateTime: Moment | None = None  # noqa: N815 - FHIR's name
    valueDateTime: Moment | None = None  # noqa: N815 - FHIR's name
    valueQuantity: Quantity | None = None  # noqa: N815 - FHIR's name
    component: list[Component] = []
    device: Reference | None = None
    derivedFrom: list[Reference] = []  # noqa: N815 - FHIR's name
    interpretation: list[Concept] = []

    def tells_clocks(self) -> bool:
        """Whether it holds the clocks of device and gateway at one moment (PHD Coincident Time Stamp)."""
        return any(one.code == ABSOLUTE_TIME and one.system == MDC for one in self.code.coding)


class Device(msgspec.Struct, gc=False, tag_field="resourceType", tag="Device"):
    """A device as a gateway describes it: read for its identifiers, which its Observations refer to."""

    id: str = ""
    identifier: list[Identifier] = []


class Patient(msgspec.Struct, gc=False, tag_field="resourceType", tag="Patient"):
    """Whom the gateway thinks it measures: not read; the device's assignment says whose a reading is."""


class DeviceMetric(msgspec.Struct, gc=False, tag_field="resourceType", tag="DeviceMetric"):
    """How a device measures: not read."""


Resource = Observation | Device | Patient | DeviceMetric


class Entry(msgspec.Struct, gc=False):
    """An entry of a Bundle."""

    resource: Resource
    fullUrl: str = ""  # noqa: N815 - FHIR's name


class Bundle(msgspec.Struct, gc=False, tag_field="resourceType", tag="Bundle"):
    """A Bundle whose entries have yet to be read one by one."""

    type: str
    entry: list[msgspec.Raw] = []


class FastBundle(msgspec.Struct, gc=False, tag_field="resourceType", tag="Bundle"):
    """A Bundle of entries that are all as described."""

    type: str
    entry: list[Entry] = []


_fast = msgspec.json.Decoder(FastBundle)
_bundle = msgspec.json.Decoder(Bundle)
_entry = msgspec.json.Decoder(Entry)
_observation = msgspec.json.Decoder(Observation)


class FhirBody:
    """A body that was read: a Bundle, or one Observation by itself."""

    def __init__(self, entries: list[Entry | None], kind: str) -> None:
        self._entries = entries
        self._kind = kind
        self._names: dict[str, str] = {}  # of devices that the Bundle describes: reference to identifier
        self._corrections: dict[str, int] = {}  # of clocks that it tells: reference to seconds
        self._noted: set[int] = set()
        for place, entry in enumerate(entries):
            if entry and (type(entry.resource) is not Observation or entry.resource.tells_clocks()):
                self._noted.add(place)
                self._note(entry)

    def _note(self, entry: Entry) -> None:
        resource = entry.resource
        if isinstance(resource, Device) and resource.identifier:
            for reference in _references(entry.fullUrl, "Device", resource.id):
                self._names[reference] = resource.identifier[0].value
        if isinstance(resource, Observation) and resource.valueDateTime and resource.effectiveDateTime:
            seconds = round((resource.effectiveDateTime - resource.valueDateTime).total_seconds())
            for reference in _references(entry.fullUrl, "Observation", resource.id):
                self._corrections[reference] = seconds

    def _device_name(self, observation: Observation) -> str:
        """Return the device's identifier (in the Bundle, by itself, or what the reference ends with)."""
        device = observation.device
        if device is None:
            return ""
        name = device.identifier.value if device.identifier else ""
        name = name or self._names.get(device.reference, "")
        name = name or device.reference.rsplit("/", 1)[-1].removeprefix("#")
        return name if len(name) <= IDENTIFIER_CHARACTERS else ""

    def _correction(self, observation: Observation) -> int:
        known = (self._corrections.get(one.reference) for one in observation.derivedFrom)
        return next((seconds for seconds in known if seconds is not None), 0)

    def _readings(self) -> list[tuple[int, Observation]]:
        return [
            (place, entry.resource)
            for place, entry in enumerate(self._entries)
            if entry and place not in self._noted and isinstance(entry.resource, Observation)
        ]

    def identifiers(self) -> set[str]:
        """Return the devices it names."""
        return {self._device_name(one) for _, one in self._readings()} - {""}

    def draft(self, device_of: DeviceOf) -> Draft:
        """Return its values."""
        draft = Draft(len(self._entries), is_whole=self._kind == "transaction")
        for place, entry in enumerate(self._entries):
            if entry is None:
                draft.outcomes[place] = Outcome.MALFORMED
        for place, one in self._readings():
            if one.status in TAKEN_STATUS:
                device = device_of(self._device_name(one))
                _add(draft, place, one, device, self._correction(one) if one.derivedFrom else 0)
            else:
                draft.outcomes[place] = Outcome.MALFORMED
        return draft

    def answer(self, submission: Submission) -> Answer:
        """Return a Bundle of answers, or for one Observation an OperationOutcome."""
        outcomes = submission.outcomes.tolist()
        if self._kind == "single":
            outcome = Outcome(outcomes[0])
            status = 201 if outcome is Outcome.ACCEPTED else 200 if outcome in STORED else 422
            return Answer(status, encode(_SAID[outcome]), FHIR)
        entries = [_ENTRIES[outcome] for outcome in outcomes]
        for place in self._noted:
            entries[place] = _NOTED
        head = f'{{"resourceType":"Bundle","type":"{self._kind}-response","entry":['.encode()
        return Answer(200, head + b",".join(entries) + b"]}", FHIR)


def _references(full_url: str, kind: str, identifier: str) -> set[str]:
    """Return how other entries may refer to this one."""
    return {full_url, f"{kind}/{identifier}" if identifier else ""} - {""}


def _said(outcome: Outcome) -> dict[str, Any]:
    word, sentence = WORDS[outcome]
    return operation_outcome(word, sentence, "information" if outcome in STORED else "error")


def _entry_answer(outcome: Outcome) -> bytes:
    status = "201 Created" if outcome is Outcome.ACCEPTED else "200 OK"
    if outcome not in STORED:
        status = "422 Unprocessable Entity"
    return encode({"response": {"status": status, "outcome": _SAID[outcome]}})


_SAID = {outcome: _said(outcome) for outcome in Outcome}
_ENTRIES = {int(outcome): _entry_answer(outcome) for outcome in Outcome}
_NOTED_SENTENCE = "Read for what the readings refer to; devices and persons are kept by the clinic."
_NOTED_SAID = operation_outcome("noted", _NOTED_SENTENCE, "information")
_NOTED = encode({"response": {"status": "200 OK", "outcome": _NOTED_SAID}})


def _add(draft: Draft, place: int, one: Observation, device: int, correction: int) -> None:
    at = IMPOSSIBLE_US
    if one.effectiveDateTime is not None:  # as the gateway corrected it; identity is the device's own clock
        at = microseconds(one.effectiveDateTime) - correction * SECOND_US
    # Status bits and the like are components without a metric.
    parts: list[Observation | Component] = [part for part in one.component if metric_of(part.code)]
    for part in parts or [one]:
        kind, value = _kind_and_value(part.code, part.valueQuantity)
        flags = _flags(part.interpretation, part.valueQuantity)
        draft.add(place, kind, value, at, device, correction=correction, flags=flags)


def metric_of(concept: Concept) -> Metric | None:
    """Return the metric of a concept, by LOINC or IEEE 11073."""
    for coding in concept.coding:
        known = BY_LOINC if coding.system == LOINC else BY_MDC if coding.system == MDC else {}
        if coding.code in known:
            return known[coding.code]
    return None


def _kind_and_value(concept: Concept, quantity: Quantity | None) -> tuple[int, float]:
    metric = metric_of(concept)
    if metric is None:
        return UNKNOWN_METRIC, math.nan
    if quantity is None or quantity.value is None:
        return kind_of(metric.code, metric.unit.ucum), math.nan  # dataAbsentReason, or nothing was said
    return kind_of(metric.code, quantity.code if quantity.system in {"", UCUM} else ""), quantity.value


def _flags(interpretation: list[Concept], quantity: Quantity | None) -> int:
    flags = OFF_SCALE.get(quantity.comparator[:1], 0) if quantity else 0
    for concept in interpretation:
        for coding in concept.coding:
            flags |= OFF_SCALE.get(coding.code, 0)
    return int(flags)


def read_bundle(body: bytes) -> FhirBody:
    """Read a Bundle.

    Raises:
        Refused: it is none, of another type, or has too many entries.
    """
    try:
        bundle: Any = _fast.decode(body)
        entries: list[Any] = bundle.entry
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        bundle = read_json(body, _bundle)
        check_number(len(bundle.entry))
        entries = read_items(bundle.entry, _entry)
    check_number(len(entries))
    if bundle.type not in {"batch", "transaction"}:
        raise Refused(422, "malformed", "Send a Bundle of type batch or transaction.")
    return FhirBody(entries, bundle.type)


def read_observation(body: bytes) -> FhirBody:
    """Read one Observation.

    Raises:
        Refused: it is none.
    """
    observation = read_json(body, _observation)
    if observation.tells_clocks():
        sentence = "Send the clocks in one Bundle with the readings that refer to them."
        raise Refused(422, "malformed", sentence)
    return FhirBody([Entry(observation)], "single")
