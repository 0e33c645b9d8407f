"""DiagnosticReport with its Observations as drafts, from a Bundle or with contained resources."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from hearthline.charting.results.drafts import (
    FileDraft,
    ObservationDraft,
    OrdererClaim,
    PatientClaim,
    ReportDraft,
    UnreadableError,
)
from hearthline.charting.results.intake import reads
from hearthline.charting.results.models import IncomingMessage, Laboratory
from hearthline.charting.results.models.reports import (
    CODE_LENGTH,
    FLAGS_LENGTH,
    RANGE_LENGTH,
    SYSTEM_LENGTH,
    TEXT_LENGTH,
    TITLE_LENGTH,
    UNIT_LENGTH,
    Status,
)
from hearthline.charting.results.models.senders import NUMBER_LENGTH
from hearthline.charting.results.rules import FHIR_STATUS, abnormality_of, plain_number
from hearthline.fhir.resources import (
    BUNDLE,
    LOINC,
    OBSERVATION,
    PATIENT,
    REPORT,
    Bundle,
    Component,
    Concept,
    DiagnosticReport,
    HumanName,
    Observation,
    Patient,
    Practitioner,
    Reference,
    ServiceRequest,
)
from hearthline.fhir.values import range_of, value_of, words_of

MAX_DEPTH = 40
MAX_EXPONENT = 30
SUB_ID_LENGTH = 40
Kind = TypeVar("Kind")
Resources = Mapping[str, dict[str, Any]]


@dataclass(frozen=True)
class Place:
    """A report within what was sent: where it stands, and what it may refer to."""

    path: str
    body: dict[str, Any]
    known: Resources


def parsed(raw: bytes) -> dict[str, Any]:
    """Return the resource that bytes are.

    Raises:
        UnreadableError: they are no JSON, or no resource; numbers keep their zeros.
    """
    try:
        text = raw.decode()
        if "\0" in text or "\\u0000" in text:
            raise UnreadableError("", "The body holds a NUL character.", code="102")
        found = msgspec.json.Decoder(dict[str, Any], float_hook=_decimal).decode(text)
        _check_depth(found)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError):
        raise UnreadableError("", "The body is no JSON object.", code="100") from None
    return found


def _decimal(text: str) -> Decimal:
    """Return a number with its zeros; one beyond any measurement is refused, since writing it out has no end."""
    found = Decimal(text)
    if abs(found.adjusted()) > MAX_EXPONENT:
        raise ArithmeticError
    return found


def _check_depth(value: Any, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise RecursionError
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_depth(inner, depth + 1)


def made(body: Any, kind: type[Kind], path: str) -> Kind:
    """Return a resource as we read it.

    Raises:
        UnreadableError: an element is missing or of another kind; the place is FHIR's own path.
    """
    try:
        return msgspec.convert(body, kind, strict=False)
    except (msgspec.ValidationError, ArithmeticError) as fault:
        words, _, where = str(fault).partition(" - at `")
        inner = where.rstrip("`").removeprefix("$").lstrip(".")
        raise UnreadableError(".".join(part for part in (path, inner) if part), words, code="102") from None


@reads(IncomingMessage.Format.FHIR)
def read(raw: bytes, laboratory: Laboratory) -> Sequence[ReportDraft]:
    """Return the reports in a body: a Bundle, or one DiagnosticReport with contained resources.

    Raises:
        UnreadableError: it cannot be filed as it is.
    """
    return [_report(place, laboratory) for place in places(parsed(raw))]


def places(body: dict[str, Any]) -> list[Place]:
    """Return each report of a body with what it may refer to."""
    if body.get("resourceType") == REPORT:
        return [Place(REPORT, body, {})]
    if body.get("resourceType") != BUNDLE:
        raise UnreadableError("resourceType", "Send a DiagnosticReport, or a Bundle with some.", code="200")
    bundle = made(body, Bundle, BUNDLE)
    known: dict[str, dict[str, Any]] = {}
    for entry in bundle.entry:
        names = {entry.fullUrl, f"{entry.resource.get('resourceType')}/{entry.resource.get('id')}"}
        known |= {name: entry.resource for name in names if name}
    return [
        Place(f"{BUNDLE}.entry[{number}].resource", entry.resource, known)
        for number, entry in enumerate(bundle.entry)
        if entry.resource.get("resourceType") == REPORT
    ]


def _found(reference: Reference | None, known: Resources, kind: str) -> dict[str, Any] | None:
    if reference is None:
        return None
    found = known.get(reference.reference)
    return found if found is not None and found.get("resourceType") == kind else None


def _report(place: Place, laboratory: Laboratory) -> ReportDraft:
    path = place.path
    report = made(place.body, DiagnosticReport, path)
    if report.modifierExtension or report.implicitRules:
        raise UnreadableError(path, "It is changed by an extension that is not known here.", code="207")
    known = {**place.known, **{f"#{one.get('id')}": one for one in report.contained}}
    number = next((one.value for one in report.identifier if one.value), "")
    if not number:
        raise UnreadableError(f"{path}.identifier", "The report has no number of the laboratory.", code="101")
    code, title, system = _coded(report.code, f"{path}.code")
    collected = report.effectiveDateTime or (report.effectivePeriod.start if report.effectivePeriod else "")
    collected_at, is_assumed = _moment(collected, laboratory.zone, f"{path}.effectiveDateTime")
    issued_at, is_issued_assumed = _moment(report.issued, laboratory.zone, f"{path}.issued")
    if issued_at is None:
        raise UnreadableError(f"{path}.issued", "It does not say when it was issued.", code="101")
    return ReportDraft(
        patient=_patient(report.subject, known, path),
        filler_number=_limited(number, NUMBER_LENGTH, f"{path}.identifier"),
        placer_number=_placer(report, known)[:NUMBER_LENGTH],
        code=code,
        code_system=system,
        title=title,
        status=_status(report.status, f"{path}.status"),
        issued_at=issued_at,
        collected_at=collected_at,
        is_zone_assumed=is_assumed or is_issued_assumed,
        orderer=_orderer(report, known),
        note=_limited(report.conclusion, TEXT_LENGTH, f"{path}.conclusion"),
        observations=_lines(report, known, path, laboratory),
        files=_files(report, path),
    )


def _lines(
    report: DiagnosticReport, known: Resources, path: str, laboratory: Laboratory
) -> tuple[ObservationDraft, ...]:
    lines: list[ObservationDraft] = []
    for number, reference in enumerate(report.result):
        where = f"{path}.result[{number}]"
        body = _found(reference, known, OBSERVATION)
        if body is None:
            sentence = "The Observation it refers to was not sent with it."
            raise UnreadableError(where, sentence, code="101")
        observation = made(body, Observation, where)
        if observation.modifierExtension:
            raise UnreadableError(where, "It is changed by an extension that is not known here.", code="207")
        lines += _lines_of(observation, where, laboratory)
    return tuple(lines)


def _lines_of(observation: Observation, path: str, laboratory: Laboratory) -> list[ObservationDraft]:
    """Return the lines of one Observation: its own value, and one for each component, named below it."""
    status = _status(observation.status, f"{path}.status")
    note = "\n".join(one.text for one in observation.note if one.text)
    observed_at, _ = _moment(observation.effectiveDateTime, laboratory.zone, f"{path}.effectiveDateTime")
    parent, _name, _system = _coded(observation.code, f"{path}.code")
    parts = [
        _line(one, f"{path}.component[{number}]", status, observed_at, sub_id=parent[:SUB_ID_LENGTH])
        for number, one in enumerate(observation.component)
    ]
    own = _line(observation, path, status, observed_at, note=_limited(note, TEXT_LENGTH, f"{path}.note"))
    return [own, *parts] if own.value or own.note or not parts else parts


def _line(
    part: Component,
    path: str,
    status: Status,
    observed_at: datetime | None,
    *,
    sub_id: str = "",
    note: str = "",
) -> ObservationDraft:
    code, name, system = _coded(part.code, f"{path}.code")
    kind, value, unit = value_of(part, path)
    flags = [found for one in part.interpretation if (found := _flag(one))]
    absent = words_of(part.dataAbsentReason) if part.dataAbsentReason else ""
    return ObservationDraft(
        code=code,
        code_system=system,
        name=name,
        kind=kind,
        value=_limited(value, TEXT_LENGTH, path),
        sub_id=sub_id,
        number=plain_number(value) if kind in {"Quantity", "integer"} else None,
        unit=_limited(unit, UNIT_LENGTH, path),
        reference_range=_limited("\n".join(map(range_of, part.referenceRange)), RANGE_LENGTH, path),
        flags=_limited(" ".join(flags), FLAGS_LENGTH, path),
        abnormality=abnormality_of(flags),
        status=status,
        observed_at=observed_at,
        note="\n".join(one for one in (note, absent) if one),
    )


def _flag(concept: Concept) -> str:
    return next((one.code for one in concept.coding if one.code), concept.text)


def _coded(concept: Concept, path: str) -> tuple[str, str, str]:
    """Return code, words and system: LOINC's where there is one, else the first; a text alone is its own code."""
    codings = sorted((one for one in concept.coding if one.code), key=lambda one: one.system != LOINC)
    if not codings and not concept.text:
        raise UnreadableError(path, "It does not say what was examined.", code="101")
    code, system = (codings[0].code, codings[0].system) if codings else (concept.text, "")
    words = concept.text or codings[0].display or code
    return (
        _limited(code, CODE_LENGTH, path),
        _limited(words, TITLE_LENGTH, path),
        _limited(system, SYSTEM_LENGTH, path),
    )


def _status(said: str, path: str) -> Status:
    if said not in FHIR_STATUS:
        raise UnreadableError(path, "This status is not known.", code="103")
    return FHIR_STATUS[said]


def _patient(subject: Reference | None, known: Resources, path: str) -> PatientClaim:
    body = _found(subject, known, PATIENT)
    patient = made(body, Patient, f"{path}.subject") if body is not None else Patient()
    numbers = [one.value for one in patient.identifier]
    if subject is not None and subject.identifier is not None:
        numbers.append(subject.identifier.value)
    family, given = _name(patient.name)
    return PatientClaim(
        numbers=tuple(dict.fromkeys(one for one in numbers if one and len(one) <= NUMBER_LENGTH)),
        family_name=family,
        given_names=given,
        birth_date=_day(patient.birthDate),
    )


def _name(names: Sequence[HumanName]) -> tuple[str, str]:
    chosen = next((one for one in names if one.use == "official"), names[0] if names else HumanName())
    half = TITLE_LENGTH // 2 - 1
    return chosen.family[:half], " ".join(chosen.given)[:half]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _placer(report: DiagnosticReport, known: Resources) -> str:
    for reference in report.basedOn:
        if reference.identifier is not None and reference.identifier.value:
            return reference.identifier.value
        if body := _found(reference, known, "ServiceRequest"):
            order = made(body, ServiceRequest, "ServiceRequest")
            return next((one.value for one in order.identifier if one.value), "")
    return ""


def _orderer(report: DiagnosticReport, known: Resources) -> OrdererClaim:
    for reference in report.basedOn:
        if not (body := _found(reference, known, "ServiceRequest")):
            continue
        requester = made(body, ServiceRequest, "ServiceRequest").requester or Reference()
        person = _found(requester, known, "Practitioner")
        who = made(person, Practitioner, "Practitioner") if person is not None else Practitioner()
        numbers = [one.value for one in who.identifier if one.value]
        numbers += [requester.identifier.value] if requester.identifier else []
        family, given = _name(who.name)
        return OrdererClaim(number=next(iter(numbers), ""), family_name=family, given_names=given)
    return OrdererClaim()


def _files(report: DiagnosticReport, path: str) -> tuple[FileDraft, ...]:
    files = []
    for number, one in enumerate(report.presentedForm):
        if not one.data:
            continue
        try:
            content = base64.b64decode("".join(one.data.split()), validate=True)
        except (binascii.Error, ValueError):
            where = f"{path}.presentedForm[{number}].data"
            raise UnreadableError(where, "The file is not Base64.", code="102") from None
        files.append(FileDraft(content=content, title=one.title[:TITLE_LENGTH] or "File"))
    return tuple(files)


def _moment(text: str, zone: str, path: str) -> tuple[datetime | None, bool]:
    if not text:
        return None, False
    padded = text if len(text) > 7 else f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01"
    try:
        found = datetime.fromisoformat(padded)
        if not 1900 <= found.year <= 2200:
            raise ValueError
        is_assumed = found.tzinfo is None
        return (found.replace(tzinfo=ZoneInfo(zone)) if is_assumed else found).astimezone(UTC), is_assumed
    except (ValueError, OverflowError):
        raise UnreadableError(path, "This is not a time.", code="102") from None


def _limited(text: str, limit: int, path: str) -> str:
    if len(text) > limit:
        raise UnreadableError(path, f"There is room for {limit} characters here.", code="102")
    return text
