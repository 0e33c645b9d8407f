"""An answer as data: a FHIR R4 DiagnosticReport that carries all it refers to."""

import base64
from typing import Any

from hearthline.consults.models import Consult, Opinion
from hearthline.consults.services.answering import SECTIONS

STATUS = {"preliminary": "preliminary", "final": "final", "addendum": "appended"}
# Codes of HL7 v2 table 0074 (diagnostic service section), as far as it names a specialty asked here.
SECTIONS_0074 = {"radiology": "RAD", "cardiology": "CUS"}
LOINC_CONSULT_NOTE = "11488-4"  # LOINC, "Consult note"


def diagnostic_report(consult: Consult, opinion: Opinion) -> dict[str, Any]:
    """Return the report of one signed answer; patient, author and requester are contained, since ids are local."""
    report: dict[str, Any] = {
        "resourceType": "DiagnosticReport",
        "id": str(opinion.id),
        "contained": _contained(consult, opinion),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{opinion.id}"}],
        "basedOn": [{"reference": "#request"}],
        "status": STATUS[opinion.kind],
        "code": {
            "coding": [{"system": "http://loinc.org", "code": LOINC_CONSULT_NOTE}],
            "text": consult.specialty,
        },
        "subject": {"reference": "#patient"},
        "issued": opinion.signed_at.isoformat() if opinion.signed_at else None,
        "performer": [{"reference": "#author"}],
        "resultsInterpreter": [{"reference": "#author"}],
        "conclusion": "\n\n".join(text for name in SECTIONS if (text := getattr(opinion, name))),
        "presentedForm": [
            {
                "contentType": "application/json",
                "title": "Manifest under the signature",
                "data": base64.b64encode(opinion.manifest.encode()).decode(),
            }
        ],
    }
    section = SECTIONS_0074.get(consult.specialty)
    if section:
        system = "http://terminology.hl7.org/CodeSystem/v2-0074"
        report["category"] = [{"coding": [{"system": system, "code": section}]}]
    return report


def _contained(consult: Consult, opinion: Opinion) -> list[dict[str, Any]]:
    return [
        {
            "resourceType": "Patient",
            "id": "patient",
            "name": [{"text": consult.patient_name}],
            "birthDate": consult.patient_birth_date.isoformat(),
        },
        {"resourceType": "Practitioner", "id": "author", "name": [{"text": opinion.by_name}]},
        {
            "resourceType": "ServiceRequest",
            "id": "request",
            "status": "completed" if opinion.kind != Opinion.Kind.PRELIMINARY else "active",
            "intent": "order",
            "subject": {"reference": "#patient"},
            "authoredOn": consult.asked_at.isoformat() if consult.asked_at else None,
            "reasonCode": [{"text": consult.question}],
        },
    ]
