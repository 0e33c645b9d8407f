"""What the edge is measured against: what servers of the field do for each reading, as honestly as it can be modelled.

``/rows/`` asks for each reading whether it is there (``get_or_create``) and writes it into our own table.
``/observations/`` does what JupyterHealth Exchange does (``Observation.fhir_create``): for each entry of a Bundle it
checks the structure, the patient, the identifiers, the device, the code and the consented scopes, then inserts, each
statement by itself. ``/fhir/`` does what Medplum does (``processBatch``, ``writeToDatabase``): each entry is validated
against a JSON schema and written in a transaction of its own: resource, history, look-up. ``/bulk/`` is the best that
the ORM can; no server that we know does it.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from jsonschema import Draft7Validator

from hearthline.foundation import clock
from hearthline.monitoring.readings.credentials import digest_of_token
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import (
    Device,
    DeviceAssignment,
    DeviceCredential,
    Latest,
    MonitoredPatient,
    Reading,
)
from hearthline.tenancy.context import CONTEXT_SECONDS, CONTEXT_SETTING, acting_in, sign
from tests.benches.baseline_models import CodeableConcept, ConsentedScope, OrmIdentifier, OrmObservation

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


@contextmanager
def session_in_organization() -> Iterator[None]:
    """Enter the organization for the whole connection: statements commit one by one, as the peers' do."""
    with connection.cursor() as cursor:
        pid = connection.connection.info.backend_pid
        organization = UUID(os.environ["BENCH_ORGANIZATION"])
        context = sign(organization, None, backend_pid=pid, expires_at=int(time.time()) + CONTEXT_SECONDS)
        cursor.execute("SELECT set_config(%s, %s, false)", [CONTEXT_SETTING, context])
    yield


def _credential(request: HttpRequest) -> DeviceCredential:
    token = request.headers["Authorization"].removeprefix("Bearer ")
    return DeviceCredential.objects.select_related("device").get(token_digest=digest_of_token(token))


def _device(request: HttpRequest) -> tuple[UUID, DeviceAssignment]:
    organization_id = UUID(os.environ["BENCH_ORGANIZATION"])
    credential = _credential(request)
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


def by_observations(request: HttpRequest) -> JsonResponse:
    """Take a Bundle entry by entry, as JupyterHealth Exchange does."""
    with session_in_organization():
        credential = _credential(request)
        entries = json.loads(request.body)["entry"]
        answers = [_create_observation(credential, entry["resource"]) for entry in entries]
    return _batch_response(answers)


def _create_observation(credential: DeviceCredential, resource: dict[str, Any]) -> str:
    if next(OBSERVATION.iter_errors(resource), None) is not None:
        return "400"
    number = int(resource["subject"]["reference"].removeprefix("Patient/"))
    monitored = MonitoredPatient.objects.get(number=number)
    assigned = DeviceAssignment.objects.filter(device=credential.device, ends_at__isnull=True)
    if not assigned.filter(monitored=monitored).exists():
        return "403"
    for identifier in resource["identifier"]:
        if OrmIdentifier.objects.filter(system=identifier["system"], value=identifier["value"]).exists():
            return "409"
    device = Device.objects.get(kind="cgm", identifier=resource["device"]["identifier"]["value"])
    coding = resource["code"]["coding"][0]
    concept = CodeableConcept.objects.filter(
        coding_system=coding["system"], coding_code=coding["code"]
    ).first()
    scopes = ConsentedScope.objects.filter(patient_number=number).values_list("concept_id", flat=True)
    if concept is None or concept.id not in list(scopes):
        return "403"
    made = OrmObservation.objects.create(
        patient_number=number,
        device_number=device.number,
        concept=concept,
        status=resource["status"],
        effective=datetime.fromisoformat(resource["effectiveDateTime"]),
        value=resource["valueQuantity"]["value"],
        body=resource["valueQuantity"],
    )
    for identifier in resource["identifier"]:
        OrmIdentifier.objects.create(observation=made, system=identifier["system"], value=identifier["value"])
    return "201"


def fhir(request: HttpRequest) -> JsonResponse:
    """Take a Bundle: validate, and insert each entry in a transaction of its own, as Medplum does."""
    with session_in_organization():
        _credential(request)
        entries = json.loads(request.body)["entry"]
        answers = [_store_resource(entry["resource"]) for entry in entries]
    return _batch_response(answers)


def _store_resource(resource: dict[str, Any]) -> str:
    if next(OBSERVATION.iter_errors(resource), None) is not None:
        return "422"
    resource_id, version_id, now = uuid4(), uuid4(), clock.now()
    meta = {"versionId": str(version_id), "lastUpdated": now.isoformat()}
    content = json.dumps(resource | {"id": str(resource_id), "meta": meta})
    subject, code = resource["subject"]["reference"], resource["code"]["coding"][0]
    tokens = [
        f"status|{resource['status']}",
        f"code|{code['system']}|{code['code']}",
        *(f"category|{one['coding'][0]['code']}" for one in resource["category"]),
        *(f"identifier|{one['system']}|{one['value']}" for one in resource["identifier"]),
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        at, value = resource["effectiveDateTime"], resource["valueQuantity"]["value"]
        cursor.execute(
            "INSERT INTO bench_observation VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [resource_id, content, now, [subject], tokens, subject, at, value],
        )
        cursor.execute(
            "INSERT INTO bench_observation_history VALUES (%s, %s, %s, %s)",
            [version_id, resource_id, content, now],
        )
        for one in resource["identifier"]:
            cursor.execute(
                "INSERT INTO bench_identifier VALUES (%s, %s, %s)", [resource_id, one["system"], one["value"]]
            )
    return "201"


def _batch_response(statuses: list[str]) -> JsonResponse:
    answers = [{"response": {"status": status}} for status in statuses]
    refused = [status for status in statuses if status != "201"]
    content = {"resourceType": "Bundle", "type": "batch-response", "entry": answers}
    return JsonResponse(content, status=422 if refused else 200)


urlpatterns = [
    path("rows/", by_rows),
    path("bulk/", by_bulk),
    path("observations/", by_observations),
    path("fhir/", fhir),
]
