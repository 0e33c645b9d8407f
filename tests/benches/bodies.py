"""What devices send: whole requests, made beforehand."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.benches.filled import Crowd
from tests.benches.http_load import http_request
from tests.benches.stage import A_DAY, token_of


def day_of(crowd: Crowd, turn: int) -> list[str]:
    """Return the times of a day of one more sensor, which lie between those that are stored."""
    start = crowd.until - timedelta(days=1 + turn % 13) + timedelta(seconds=30 + turn // 13)
    return [iso(start + timedelta(minutes=5 * n)) for n in range(A_DAY)]


def compact_body(times: list[str], last: float | None = None) -> bytes:
    """Return readings in the house's form, the last of them with a value of its own if wanted."""
    values: list[float] = [90 + n % 120 for n in range(len(times))]
    if last is not None:
        values[-1] = last
    items = [
        {"metric": "glucose", "value": value, "unit": "mg/dL", "at": at}
        for value, at in zip(values, times, strict=True)
    ]
    return json.dumps({"items": items}, separators=(",", ":")).encode()


def bundle_body(times: list[str], person: int) -> bytes:
    """Return readings as a FHIR Bundle, each as vital-signs profiles want it."""
    category = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}
    entries = [
        {
            "resource": {
                "resourceType": "Observation",
                "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:bench:{person}:{at}"}],
                "status": "final",
                "category": [{"coding": [category]}],
                "code": {
                    "coding": [{"system": "http://loinc.org", "code": "99504-3", "display": "Glucose"}],
                    "text": "Glucose",
                },
                "subject": {"reference": f"Patient/{person}"},
                "effectiveDateTime": at,
                "valueQuantity": {
                    "value": 90 + n % 120,
                    "unit": "mg/dL",
                    "system": "http://unitsofmeasure.org",
                    "code": "mg/dL",
                },
                "device": {"identifier": {"value": f"bench-{person}"}},
            },
            "request": {"method": "POST", "url": "Observation"},
        }
        for n, at in enumerate(times)
    ]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    return json.dumps(bundle, separators=(",", ":")).encode()


@dataclass
class Bodies:
    """Makes requests of the crowd's devices; no reading is sent twice in a run."""

    crowd: Crowd
    turn: int = 0

    def batches(self, path: str, count: int, *, is_fhir: bool) -> list[bytes]:
        """Whole days of people whose days are stored already, between what is there."""
        requests = []
        for n in range(count):
            person = 1 + n % self.crowd.with_history
            times = day_of(self.crowd, self.turn + n // self.crowd.with_history)
            body = bundle_body(times, person) if is_fhir else compact_body(times)
            kind = "application/fhir+json" if is_fhir else "application/json"
            requests.append(http_request(path, body, token_of(person), kind))
        self.turn += 1 + count // self.crowd.with_history
        return requests

    def singles(self, path: str, count: int) -> list[bytes]:
        """One reading a request, each device in its turn: as sensors send, hardly any is known from before."""
        requests = []
        newcomers = self.crowd.newcomers
        for n in range(count):
            person = newcomers[n % len(newcomers)]
            at = self.crowd.until + timedelta(seconds=self.turn + n // len(newcomers))
            body = compact_body([iso(at)])
            requests.append(http_request(path, body, token_of(person)))
        self.turn += 1 + count // len(newcomers)
        return requests


def iso(at: datetime) -> str:
    """Return a moment as devices write it."""
    return at.isoformat().replace("+00:00", "Z")
