"""A device that signs with its own key: taken once, from itself only, about now."""

import base64
import dataclasses
import time
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hearthline.ingest.limits import SIGNATURE_SECONDS
from hearthline.ingest.signatures import Claim, signed_text
from hearthline.ingest.tests.rig import LocalEdge, minutes_ago, packed, request
from hearthline.monitoring.readings.credentials import COMPACT, enroll_key
from hearthline.monitoring.readings.models import DeviceCredential
from hearthline.monitoring.readings.tests.people import MonitoredPerson
from hearthline.tenancy.context import acting_in
from tests.people import People

PATH = "/ingest/v1/readings"


@dataclasses.dataclass
class Signer:
    """A device with its own key."""

    key: Ed25519PrivateKey
    credential: DeviceCredential

    def request(
        self, counter: int, *, age: int = 0, path: str = PATH, changes: dict[str, Any] | None = None
    ) -> httpx.Request:
        """Return a signed request; ``changes`` are made after it was signed."""
        changes = changes or {}
        item = {"metric": "glucose", "value": 100 + counter, "unit": "mg/dL", "at": minutes_ago(counter)}
        body = packed({"items": [item]})
        claim = Claim(str(self.credential.pk), counter, int(time.time()) - age, b"")
        signature = self.key.sign(signed_text("POST", path, claim, body))
        claim = dataclasses.replace(claim, signature=signature)
        claim = dataclasses.replace(claim, **{name: changes[name] for name in changes if name != "body"})
        said = base64.urlsafe_b64encode(claim.signature).decode().rstrip("=")
        headers = {
            "Authorization": f"Ed25519 {claim.key_id}:{claim.counter}:{claim.seconds}:{said}",
            "Content-Encoding": "gzip",
        }
        return request("POST", PATH, changes.get("body", body), headers)


@pytest.fixture
def signer(rosa: MonitoredPerson, people: People) -> Signer:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    with acting_in(rosa.organization_id):
        actor = people.technician.actor
        credential = enroll_key(
            actor=actor, device=rosa.device, name="Scale", doors=[COMPACT], public_key=public
        )
    return Signer(key, credential)


def test_a_signed_request_is_taken_once(edge: LocalEdge, rosa: MonitoredPerson, signer: Signer) -> None:
    first = signer.request(5)
    assert edge.together(first)[0].status_code == 200
    for again in (first, signer.request(5), signer.request(4)):
        answer = edge.together(again)[0]
        assert (answer.status_code, answer.json()["error"]) == (401, "old-counter")
        assert "above 5" in answer.json()["message"]
    assert edge.together(signer.request(6))[0].status_code == 200
    assert sorted(value for _, value, _ in rosa.stored()) == [105, 106]


def test_of_many_copies_at_once_one_is_taken(edge: LocalEdge, rosa: MonitoredPerson, signer: Signer) -> None:
    copy = signer.request(1)
    copies = [request("POST", PATH, copy.content, dict(copy.headers)) for _ in range(8)]
    assert sorted(answer.status_code for answer in edge.together(*copies)) == [200, *[401] * 7]


def test_what_was_changed_on_the_way_is_refused(
    edge: LocalEdge, rosa: MonitoredPerson, signer: Signer
) -> None:
    other = Signer(Ed25519PrivateKey.generate(), signer.credential)
    for changed, error in (
        (signer.request(1, changes={"body": packed({"items": []})}), "bad-signature"),
        (signer.request(1, changes={"counter": 2}), "bad-signature"),
        (signer.request(1, changes={"seconds": int(time.time()) + 1}), "bad-signature"),
        (signer.request(1, path="/ingest/fhir"), "bad-signature"),
        (other.request(1), "bad-signature"),
        (signer.request(1, changes={"key_id": str(rosa.credential.pk)}), "unknown-credential"),
        (signer.request(1, changes={"key_id": "0" * 36}), "bad-signature"),
        (signer.request(1, changes={"signature": b""}), "bad-signature"),
        (signer.request(1, age=SIGNATURE_SECONDS + 5), "bad-clock"),
        (signer.request(1, age=-SIGNATURE_SECONDS - 5), "bad-clock"),
    ):
        answer = edge.together(changed)[0]
        assert (answer.status_code, answer.json()["error"]) == (401, error)
    assert rosa.stored() == []
    assert edge.together(signer.request(1))[0].status_code == 200


def test_the_key_is_no_token(edge: LocalEdge, signer: Signer) -> None:
    for secret in (str(signer.credential.pk), signer.key.public_key().public_bytes_raw().hex()):
        answer = edge.post(PATH, {"items": []}, {"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 401
