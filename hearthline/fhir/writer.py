"""Reports as FHIR R4 resources (4.0.1): plain dictionaries, made from what is shown on the pages."""

import re
from decimal import Decimal
from typing import Any

from hearthline.charting.results.models import Observation, Report
from hearthline.charting.results.models.reports import Status
from hearthline.charting.results.rules import FLAGS, plain_number
from hearthline.foundation.clock import now

SYSTEMS = {
    "LN": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "I10": "http://hl7.org/fhir/sid/icd-10",
}  # HL7 table 0396
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
V2_FLAGS = frozenset({"R", "NR", "B", "W"})  # of the older table only, or of another meaning there
COMPARED = re.compile(r"(<=|>=|<|>)\s*(\d+(?:\.\d+)?)")
CATEGORY = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]
}
SECTION = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB"}]}


def report_resource(report: Report, lines: list[Observation]) -> dict[str, Any]:
    """Return a DiagnosticReport that refers to its Observations."""
    return {
        "resourceType": "DiagnosticReport",
        "id": str(report.pk),
        "meta": {"lastUpdated": report.changed_at.isoformat()},
        "identifier": [{"system": f"urn:uuid:{report.laboratory_id}", "value": report.filler_number}],
        "status": report.status,
        "category": [SECTION],
        "code": _concept(report.code, report.code_system, report.title),
        "subject": {"reference": f"Patient/{report.patient_id}"},
        **({"effectiveDateTime": report.collected_at.isoformat()} if report.collected_at else {}),
        "issued": report.issued_at.isoformat(),
        "performer": [{"display": report.laboratory.name}],
        **({"result": [{"reference": f"Observation/{line.pk}"} for line in lines]} if lines else {}),
    }


def observation_resource(report: Report, line: Observation) -> dict[str, Any]:
    """Return a line as an Observation."""
    at = line.observed_at or report.collected_at
    found: dict[str, Any] = {
        "resourceType": "Observation",
        "id": str(line.pk),
        "status": line.status,
        "category": [CATEGORY],
        "code": _concept(line.code, line.code_system, line.name),
        "subject": {"reference": f"Patient/{report.patient_id}"},
        **({"effectiveDateTime": at.isoformat()} if at else {}),
        "issued": report.issued_at.isoformat(),
        **_value(line),
        **_interpretation(line),
        **({"referenceRange": [{"text": line.reference_range}]} if line.reference_range else {}),
        **({"note": [{"text": line.note}]} if line.note else {}),
    }
    return found


def _concept(code: str, system: str, words: str) -> dict[str, Any]:
    uri = SYSTEMS.get(system, system if ":" in system else "")
    return {"coding": [{**({"system": uri} if uri else {}), "code": code}], "text": words}


def _value(line: Observation) -> dict[str, Any]:
    if line.status == Status.CANCELLED or not line.value:
        absent = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
        return {"dataAbsentReason": {"coding": [{"system": absent, "code": "unknown"}]}}
    unit = {"unit": line.unit} if line.unit else {}
    if line.number is not None and (shown := plain_number(line.value)) is not None:
        return {"valueQuantity": {"value": shown, **unit}}
    if compared := COMPARED.fullmatch(line.value.strip()):
        return {"valueQuantity": {"value": Decimal(compared[2]), "comparator": compared[1], **unit}}
    if line.kind in {"CE", "CWE", "CNE", "CF", "coded"}:
        return {"valueCodeableConcept": {"text": line.value}}
    return {"valueString": f"{line.value} {line.unit}".strip()}


def _interpretation(line: Observation) -> dict[str, Any]:
    flags = line.flags.split()
    if not flags:
        return {}
    return {
        "interpretation": [
            {"coding": [{"system": INTERPRETATION, "code": flag}]}
            if flag in FLAGS and flag not in V2_FLAGS
            else {"text": flag}
            for flag in flags
        ]
    }


def search_bundle(
    base: str, link: str, total: int, resources: list[tuple[str, dict[str, Any]]]
) -> dict[str, Any]:
    """Return a searchset: each resource with its mode (match, include)."""
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "timestamp": now().isoformat(),
        "total": total,
        "link": [{"relation": "self", "url": link}],
        "entry": [
            {
                "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
                "resource": resource,
                "search": {"mode": mode},
            }
            for mode, resource in resources
        ],
    }
