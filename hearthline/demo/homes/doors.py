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
from hearthline.identity.models import Membership
from hearthline.identity.roles import Role
from hearthline.monitoring.readings.credentials import COMPACT, FHIR, NIGHTSCOUT, issue_token
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Device
from hearthline.tenancy.context import acting_in

SECONDS = 20.0
MOST_ITEMS = 2000
GATEWAY = "gateway"
FILE = "demo-devices.json"


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
    headers = {"Authorization": f"Bearer {_secret(organization_id, GATEWAY)}"}
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
    headers = {"Authorization": f"Bearer {_secret(organization_id, GATEWAY)}"}
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
    secret = _secret(organization_id, str(device.pk))
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


class NotPreparedError(LookupError):
    """The demo's devices have not been let in yet; the process ``homes`` does it in its first round."""


def _kept() -> dict[str, str]:
    path: Path = settings.STATE_DIRECTORY / FILE
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return kept


def _secret(organization_id: UUID, name: str) -> str:
    try:
        return _kept()[f"{organization_id}:{name}"]
    except KeyError:
        raise NotPreparedError(name) from None


def let_in(organization_id: UUID) -> None:
    """Issue what the demo's gateway and sensors are let in by, once, and keep it in this installation (mode 0600)."""
    kept = _kept()
    with acting_in(organization_id):
        sensors = Device.objects.filter(kind=Device.Kind.CGM, assignments__ends_at=None)
        wanted: dict[str, Device | None] = {GATEWAY: None, **{str(one.pk): one for one in sensors}}
        missing = {name: one for name, one in wanted.items() if f"{organization_id}:{name}" not in kept}
        technician = Membership.objects.filter(roles__contains=[Role.TECHNICIAN.value]).first()
        if not missing or technician is None:
            return
        actor = actor_of(technician, "Lee Castellan")
        for name, device in missing.items():
            doors = (COMPACT, FHIR) if device is None else (NIGHTSCOUT,)
            _credential, secret = issue_token(actor=actor, device=device, name=f"Demo {name}", doors=doors)
            kept[f"{organization_id}:{name}"] = secret
    path: Path = settings.STATE_DIRECTORY / FILE
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(kept, file)
    draft.replace(path)
