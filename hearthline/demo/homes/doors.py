"""Sends what homes measure through the real doors of ``ingest``, as a gateway and as uploaders would."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from django.conf import settings

from hearthline.demo.clinic import actor_of
from hearthline.demo.homes.bodies import Value
from hearthline.foundation import clock
from hearthline.identity.models import Membership
from hearthline.identity.roles import Role
from hearthline.monitoring.readings.credentials import COMPACT, FHIR, NIGHTSCOUT, issue_token
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Device
from hearthline.tenancy.context import acting_in

SECONDS = 20.0
MOST_ITEMS = 2000
GATEWAY = "gateway"


@dataclass(frozen=True)
class Sent:
    """What went out and what came back."""

    path: str
    body: str
    status: int
    answer: str


def send_compact(organization_id: UUID, device: Device, values: list[Value]) -> Sent:
    """Send measurements as a gateway does, each naming its device by serial number."""
    items = [_compact(device, moment, found) for moment, found in values[:MOST_ITEMS]]
    headers = {"Authorization": f"Bearer {_secret(organization_id, GATEWAY, None)}"}
    return _post("/ingest/v1/readings", {"items": items}, headers)


def _compact(device: Device, moment: datetime, found: Mapping[str, float]) -> dict[str, Any]:
    at = moment.isoformat(timespec="milliseconds")
    if "systolic" in found:
        return {"device": device.identifier, "at": at, **found}
    metric = next(iter(found))
    unit = BY_CODE[metric].unit.ucum
    return {"device": device.identifier, "metric": metric, "value": found[metric], "unit": unit, "at": at}


def send_fhir(organization_id: UUID, device: Device, values: list[Value]) -> Sent:
    """Send measurements as a batch of Observations."""
    entries = [
        {
            "resource": {
                "resourceType": "Observation",
                "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": BY_CODE[metric].loinc}]},
                "effectiveDateTime": moment.isoformat(timespec="milliseconds"),
                "device": {"identifier": {"value": device.identifier}},
                "valueQuantity": {
                    "value": value,
                    "system": "http://unitsofmeasure.org",
                    "code": BY_CODE[metric].unit.ucum,
                },
            },
            "request": {"method": "POST", "url": "Observation"},
        }
        for moment, found in values
        for metric, value in found.items()
    ]
    headers = {"Authorization": f"Bearer {_secret(organization_id, GATEWAY, None)}"}
    return _post("/ingest/fhir/", {"resourceType": "Bundle", "type": "batch", "entry": entries}, headers)


def send_nightscout(organization_id: UUID, device: Device, values: list[Value]) -> Sent:
    """Send glucose as the uploaders of sensors do."""
    entries = [
        {
            "type": "sgv",
            "sgv": round(found["glucose"]),
            "date": round(moment.timestamp() * 1000),
            "dateString": moment.isoformat(timespec="milliseconds"),
            "direction": "Flat",
            "device": "demo",
        }
        for moment, found in values
        if "glucose" in found
    ]
    secret = _secret(organization_id, str(device.pk), device)
    headers = {"api-secret": hashlib.sha1(secret.encode(), usedforsecurity=False).hexdigest()}
    return _post("/api/v1/entries", entries, headers)


def _post(path: str, content: Any, headers: Mapping[str, str]) -> Sent:
    body = json.dumps(content)
    answer = httpx.post(
        settings.PUBLIC_URL + path,
        content=body,
        headers={"Content-Type": "application/json", **headers},
        timeout=SECONDS,
        trust_env=False,
    )
    return Sent(path, body, answer.status_code, answer.text)


def _secret(organization_id: UUID, name: str, device: Device | None) -> str:
    """Return the secret of the demo's gateway or of an uploader, issued once and kept in this installation."""
    path: Path = settings.STATE_DIRECTORY / "demo-devices.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    key = f"{organization_id}:{name}"
    if key not in kept:
        doors = (NIGHTSCOUT,) if device is not None else (COMPACT, FHIR)
        with acting_in(organization_id):
            technician = Membership.objects.filter(roles__contains=[Role.TECHNICIAN.value]).first()
            if technician is None:
                message = "the demo has no technician: fill it first"
                raise LookupError(message)
            actor = actor_of(technician, "Lee Castellan")
            _credential, kept[key] = issue_token(actor=actor, device=device, name=f"Demo {name}", doors=doors)
        draft = path.with_suffix(f".{clock.now().timestamp()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(kept, file)
        draft.replace(path)
    return kept[key]
