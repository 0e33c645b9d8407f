"""What the edge is measured against: readings by the ORM into the same table, FHIR validated and inserted into its own.

``/rows/`` asks for each reading whether it is there (``get_or_create``), as most Django endpoints do; ``/bulk/`` is the
best the ORM can (``bulk_create`` that ignores repeats); ``/fhir/`` validates each Observation against a JSON schema and
stores it as a document.
"""

import json
import os
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path
from jsonschema import Draft7Validator

from hearthline.foundation import clock
from hearthline.monitoring.readings.credentials import digest_of_token
from hearthline.monitoring.readings.metrics import BY_CODE, BY_LOINC
from hearthline.monitoring.readings.models import DeviceAssignment, DeviceCredential, Latest, Reading
from hearthline.tenancy.context import acting_in

DOCUMENTS = """
CREATE TABLE bench_observation (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), identifier text UNIQUE NOT NULL,
  patient bigint NOT NULL, code text NOT NULL, effective timestamptz NOT NULL, resource jsonb NOT NULL);
CREATE INDEX ON bench_observation (patient, effective);
CREATE INDEX ON bench_observation (code, effective);
GRANT SELECT, INSERT ON bench_observation TO hearthline_app;
"""
CODING = {
    "type": "object",
    "properties": {
        "system": {"type": "string"},
        "code": {"type": "string", "pattern": "^[^\\s]+(\\s[^\\s]+)*$"},
    },
}
CONCEPT = {
    "type": "object",
    "properties": {"coding": {"type": "array", "items": CODING}, "text": {"type": "string"}},
}
REFERENCE = {
    "type": "object",
    "properties": {"reference": {"type": "string"}, "identifier": {"type": "object"}},
}
TIME = {
    "type": "string",
    "pattern": "^\\d{4}(-\\d\\d(-\\d\\d(T\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d))?)?)?$",
}
OBSERVATION = Draft7Validator(
    {
        "type": "object",
        "required": ["resourceType", "status", "code"],
        "properties": {
            "resourceType": {"const": "Observation"},
            "status": {
                "enum": ["registered", "preliminary", "final", "amended", "corrected", "cancelled", "unknown"]
            },
            "identifier": {"type": "array", "items": {"type": "object"}},
            "category": {"type": "array", "items": CONCEPT},
            "code": CONCEPT,
            "subject": REFERENCE,
            "device": REFERENCE,
            "effectiveDateTime": TIME,
            "valueQuantity": {
                "type": "object",
                "properties": {
                    "value": {"type": "number"},
                    "unit": {"type": "string"},
                    "system": {"type": "string", "format": "uri"},
                    "code": {"type": "string"},
                },
            },
        },
    }
)


def _device(request: HttpRequest) -> tuple[UUID, DeviceAssignment]:
    organization_id = UUID(os.environ["BENCH_ORGANIZATION"])
    token = request.headers["Authorization"].removeprefix("Bearer ")
    credential = DeviceCredential.objects.select_related("device").get(token_digest=digest_of_token(token))
    now = clock.now()
    assignments = DeviceAssignment.objects.select_related("device", "monitored").filter(ends_at__isnull=True)
    return organization_id, assignments.get(device=credential.device, starts_at__lte=now)


def _rows(request: HttpRequest, organization_id: UUID, assignment: DeviceAssignment) -> list[Reading]:
    now = clock.now()
    return [
        Reading(
            organization_id=organization_id,
            patient_number=assignment.monitored.number,
            metric=BY_CODE[item["metric"]].number,
            observed_at=datetime.fromisoformat(item["at"]),
            device_number=assignment.device.number,
            value=item["value"],
            flags=0,
            correction_seconds=0,
            received_at=now,
            ingestion_number=0,
        )
        for item in json.loads(request.body)["items"]
    ]


def _note_latest(rows: list[Reading]) -> None:
    newest = max(rows, key=lambda row: row.observed_at)
    names = {"organization_id", "patient_number", "metric"}
    key = {name: getattr(newest, name) for name in names}
    values = {
        name: getattr(newest, name)
        for name in ("observed_at", "value", "flags", "device_number", "received_at")
    }
    Latest.objects.update_or_create(**key, defaults=values)


def by_rows(request: HttpRequest) -> JsonResponse:
    """Take readings one by one."""
    with acting_in(UUID(os.environ["BENCH_ORGANIZATION"])):
        organization_id, assignment = _device(request)
        rows = _rows(request, organization_id, assignment)
        for row in rows:
            names = ("organization_id", "patient_number", "metric", "observed_at", "device_number")
            key = {name: getattr(row, name) for name in names}
            values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
            Reading.objects.get_or_create(**key, defaults={k: v for k, v in values.items() if k not in key})
        _note_latest(rows)
    return JsonResponse({"accepted": len(rows)})


def by_bulk(request: HttpRequest) -> JsonResponse:
    """Take readings together."""
    with acting_in(UUID(os.environ["BENCH_ORGANIZATION"])):
        rows = _rows(request, *_device(request))
        Reading.objects.bulk_create(rows, ignore_conflicts=True)
        _note_latest(rows)
    return JsonResponse({"accepted": len(rows)})


def fhir(request: HttpRequest) -> JsonResponse:
    """Take a Bundle."""
    with acting_in(UUID(os.environ["BENCH_ORGANIZATION"])):
        _, assignment = _device(request)
        with connection.cursor() as cursor:
            entries = json.loads(request.body)["entry"]
            statuses = [_store_document(cursor, assignment, entry["resource"]) for entry in entries]
    answers = [{"response": {"status": status}} for status in statuses]
    return JsonResponse({"resourceType": "Bundle", "type": "batch-response", "entry": answers})


def _store_document(cursor: Any, assignment: DeviceAssignment, resource: dict[str, Any]) -> str:
    if next(OBSERVATION.iter_errors(resource), None) is not None:
        return "422"
    code = resource["code"]["coding"][0]["code"]
    if code not in BY_LOINC:
        return "422"
    at = resource["effectiveDateTime"]
    cursor.execute(
        "INSERT INTO bench_observation (identifier, patient, code, effective, resource) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [
            f"{assignment.device.number}-{code}-{at}",
            assignment.monitored.number,
            code,
            at,
            json.dumps(resource),
        ],
    )
    return "201" if cursor.rowcount else "200"


urlpatterns = [path("rows/", by_rows), path("bulk/", by_bulk), path("fhir/", fhir)]
