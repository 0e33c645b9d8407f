"""Whatever is sent, by whom: never our fault (5xx), always a sentence, and never half of it written."""

import gzip
import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hearthline.ingest.tests.rig import LocalEdge, milliseconds_ago, minutes_ago
from hearthline.monitoring.readings.models import Reading
from hearthline.monitoring.readings.tests.people import MonitoredPerson, make_credential
from hearthline.tenancy.context import acting_in

DOORS = (
    "/ingest/v1/readings",
    "/ingest/fhir/",
    "/ingest/fhir/Observation",
    "/api/v1/entries",
    "/api/v1/treatments",
    "/api/v3/entries",
)
MOST_VALUES_OF_AN_ITEM = 4
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = [
    "items",
    "at",
    "metric",
    "value",
    "unit",
    "device",
    "user",
    "clock",
    "status",
    "manual",
    "systolic",
    "resourceType",
    "type",
    "entry",
    "resource",
    "code",
    "coding",
    "system",
    "effectiveDateTime",
    "valueQuantity",
    "component",
    "derivedFrom",
    "reference",
    "identifier",
    "sgv",
    "date",
    "dateString",
    "units",
]
NAMES = st.sampled_from(WORDS) | st.text(max_size=5)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(
        [10**400, -(2**63), 2**63, 1e308, 0.1, 39, "glucose", "mg/dL", "LOW", "Observation", "Bundle"]
    )
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["\0", "\ud800", "2026-11-01", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


def good_bodies() -> list[Any]:
    """Return a good body of every kind, in which one place is then changed."""
    clock = {"device": minutes_ago(10), "here": minutes_ago(9)}
    glucose = {"metric": "glucose", "value": 101, "unit": "mg/dL", "at": minutes_ago(1), "device": "EUI"}
    cuff = {
        "systolic": 120,
        "diastolic": 80,
        "pulse": 60,
        "at": milliseconds_ago(2),
        "user": 1,
        "clock": clock,
    }
    observation = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "99504-3"}]},
        "effectiveDateTime": minutes_ago(3),
        "valueQuantity": {"value": 5.5, "system": "http://unitsofmeasure.org", "code": "mmol/L"},
        "device": {"identifier": {"value": "EUI"}},
        "derivedFrom": [{"reference": "Observation/o"}],
    }
    device = {"resourceType": "Device", "id": "d", "identifier": [{"value": "EUI"}]}
    resources = [{"resource": observation}, {"resource": device, "fullUrl": "urn:uuid:1"}]
    entry = {"type": "sgv", "sgv": 110, "date": milliseconds_ago(4), "units": "mg/dl", "identifier": "x"}
    return [
        {"items": [glucose, cuff], "device": "EUI", "clock": clock},
        {"resourceType": "Bundle", "type": "batch", "entry": resources},
        {"resourceType": "Bundle", "type": "transaction", "entry": resources},
        observation,
        [entry, entry],
        entry,
    ]


@st.composite
def nearly_good(draw: st.DrawFn) -> Any:
    """Draw a good body with one place replaced by anything."""
    body = draw(st.sampled_from(good_bodies()))
    here = body
    while True:
        places: list[Any] = list(here) if isinstance(here, dict) else list(range(len(here)))
        place = draw(st.sampled_from(places))
        if not isinstance(here[place], dict | list) or draw(st.booleans()):
            here[place] = draw(ANYTHING)
            return body
        here = here[place]


@pytest.fixture
def senders(rosa: MonitoredPerson) -> list[dict[str, str]]:
    """A device and a gateway."""
    with acting_in(rosa.organization_id):
        _, token = make_credential(rosa.organization_id, None)
    return [rosa.authorization, {"Authorization": f"Bearer {token}"}]


def check(edge: LocalEdge, rosa: MonitoredPerson, door: str, body: bytes, headers: dict[str, str]) -> None:
    """Send a body; what is stored afterwards is what the answer says."""
    before = len(rosa.stored())
    answer = edge.post(door, body, headers)
    assert answer.status_code < 500, (answer.text, body)
    more = len(rosa.stored()) - before
    if answer.status_code >= 400:
        assert more == 0
        assert "." in answer.text
    else:
        accepted = answer.text.count("accepted") + answer.text.count("201")
        assert more <= MOST_VALUES_OF_AN_ITEM * accepted


@QUICK
@given(door=st.sampled_from(DOORS), body=st.binary(max_size=40), sender=st.integers(0, 1))
def test_bytes(
    edge: LocalEdge, rosa: MonitoredPerson, senders: Any, door: str, body: bytes, sender: int
) -> None:
    check(edge, rosa, door, body, senders[sender])
    check(edge, rosa, door, body, {**senders[sender], "Content-Encoding": "gzip"})
    check(edge, rosa, door, gzip.compress(body), {**senders[sender], "Content-Encoding": "gzip"})


@QUICK
@given(door=st.sampled_from(DOORS), body=ANYTHING, sender=st.integers(0, 1))
def test_json(
    edge: LocalEdge, rosa: MonitoredPerson, senders: Any, door: str, body: Any, sender: int
) -> None:
    check(edge, rosa, door, json.dumps(body).encode(), senders[sender])


@settings(QUICK, max_examples=120)
@given(door=st.sampled_from(DOORS), body=nearly_good(), sender=st.integers(0, 1))
def test_one_place_is_wrong(
    edge: LocalEdge, rosa: MonitoredPerson, senders: Any, door: str, body: Any, sender: int
) -> None:
    check(edge, rosa, door, json.dumps(body).encode(), senders[sender])


@QUICK
@given(
    secret=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=30),
    scheme=st.sampled_from(["Bearer", "Ed25519", "Basic", ""]),
)
def test_secrets(edge: LocalEdge, rosa: MonitoredPerson, secret: str, scheme: str) -> None:
    value = f"{scheme} {secret}".encode("latin-1")
    answer = edge.together(_knock(value))[0]
    assert answer.status_code == 401
    assert answer.json()["message"].endswith(".")


def _knock(authorization: bytes) -> httpx.Request:
    return httpx.Request(
        "POST", f"http://edge{DOORS[0]}", content=b"{}", headers={b"authorization": authorization}
    )


def test_a_gateway_s_device_cannot_be_named_with_a_zero_byte(
    edge: LocalEdge, rosa: MonitoredPerson, senders: list[dict[str, str]]
) -> None:
    item = {"metric": "glucose", "value": 101, "unit": "mg/dL", "at": minutes_ago(1), "device": "a\0b"}
    answer = edge.post(DOORS[0], {"items": [item]}, senders[1])
    assert (answer.status_code, answer.json()["outcomes"]) == (200, ["unknown-device"])
    with acting_in(rosa.organization_id):
        assert not Reading.objects.exists()
