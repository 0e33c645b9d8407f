"""What the FHIR door takes and gives, said for machines: OpenAPI 3.1 and a CapabilityStatement."""

from typing import Any

from hearthline.fhir.answers import CONTENT_TYPE
from hearthline.foundation.clock import now

JSON = CONTENT_TYPE.partition(";")[0]
RESOURCE = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": {"type": "string"}},
}
CONCEPT = {"type": "object", "properties": {"text": {"type": "string", "maxLength": 250}}}
IDENTIFIER = {"type": "object", "properties": {"system": {"type": "string"}, "value": {"type": "string"}}}
SENT_REPORT = {
    "type": "object",
    "required": ["resourceType", "identifier", "status", "code", "issued"],
    "properties": {
        "resourceType": {"const": "DiagnosticReport"},
        "identifier": {"type": "array", "minItems": 1, "items": IDENTIFIER},
        "status": {
            "enum": [
                "registered",
                "partial",
                "preliminary",
                "final",
                "amended",
                "corrected",
                "appended",
                "cancelled",
            ]
        },
        "code": CONCEPT,
        "subject": {
            "type": "object",
            "properties": {"identifier": IDENTIFIER, "reference": {"type": "string"}},
        },
        "issued": {"type": "string", "format": "date-time"},
        "contained": {"type": "array", "items": RESOURCE},
        "result": {
            "type": "array",
            "items": {"type": "object", "properties": {"reference": {"type": "string"}}},
        },
    },
}
SENT_BUNDLE = {
    "type": "object",
    "required": ["resourceType", "type"],
    "properties": {
        "resourceType": {"const": "Bundle"},
        "type": {"enum": ["transaction", "batch"]},
        "entry": {
            "type": "array",
            "maxItems": 500,
            "items": {"type": "object", "properties": {"resource": SENT_REPORT}},
        },
    },
}
REFUSED = (400, 401, 403, 404, 409, 413, 415, 422)


def _call(
    title: str, taken: tuple[int, ...], body: dict[str, Any] | None, parameters: list[Any]
) -> dict[str, Any]:
    content = {"content": {JSON: {"schema": RESOURCE}}}
    return {
        "summary": title,
        "security": [{"token": []}],
        "parameters": parameters,
        **({"requestBody": {"required": True, "content": {JSON: {"schema": body}}}} if body else {}),
        "responses": {str(code): {"description": title, **content} for code in (*taken, *REFUSED)},
    }


def _parameter(name: str, where: str, **schema: Any) -> dict[str, Any]:
    is_required = where == "path" or name == "patient"
    return {"name": name, "in": where, "required": is_required, "schema": schema}


def describe() -> dict[str, Any]:
    """Return the description as OpenAPI 3.1."""
    count = _parameter("_count", "query", type="integer", minimum=1, maximum=100)
    page = _parameter("_page", "query", type="integer", minimum=1, maximum=10_000)
    patient = _parameter("patient", "query", type="string", format="uuid")
    row = _parameter("id", "path", type="string", format="uuid")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hearthline: results by FHIR R4", "version": "1"},
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/fhir/": {"post": _call("File a Bundle", (200,), SENT_BUNDLE, [])},
            "/fhir/DiagnosticReport": {
                "post": _call("File a report", (200, 201), SENT_REPORT, []),
                "get": _call("A patient's reports", (200,), None, [patient, count, page]),
            },
            "/fhir/DiagnosticReport/{id}": {"get": _call("One report", (200,), None, [row])},
            "/fhir/Observation/{id}": {"get": _call("One line", (200,), None, [row])},
        },
    }


def capability_statement() -> dict[str, Any]:
    """Return what FHIR clients ask for first."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now().date().isoformat(),
        "kind": "instance",
        "implementation": {"description": "Hearthline: laboratory results"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
                "resource": [
                    {
                        "type": "DiagnosticReport",
                        "interaction": [{"code": "create"}, {"code": "read"}, {"code": "search-type"}],
                        "searchParam": [{"name": "patient", "type": "reference"}],
                    },
                    {"type": "Observation", "interaction": [{"code": "read"}]},
                ],
            }
        ],
    }
