"""FHIR: what a gateway may send as Observation or Bundle, what it is told of each entry, and what is then stored."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hearthline.ingest.tests.rig import LocalEdge, minutes_ago, request
from hearthline.monitoring.home.models import UnclaimedReading
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Device, Reading
from hearthline.monitoring.readings.tests.people import MonitoredPerson, make_credential, make_monitored
from hearthline.tenancy.context import acting_in
from tests.people import People

BUNDLE, OBSERVATION = "/ingest/fhir/", "/ingest/fhir/Observation"
LOINC, MDC, UCUM = "http://loinc.org", "urn:iso:std:iso:11073:10101", "http://unitsofmeasure.org"
GLUCOSE = BY_CODE["glucose"].number
EUI64 = "74E8FFFEFF051C00"


def concept(code: str, system: str = LOINC) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def glucose(value: float, minutes: float = 1, unit: str = "mg/dL", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": concept("99504-3"),
        "effectiveDateTime": minutes_ago(minutes),
        "valueQuantity": quantity(value, unit),
        **more,
    }


def bundle(*resources: Any, kind: str = "batch") -> dict[str, Any]:
    request = {"method": "POST", "url": "Observation"}
    entries = [{"resource": resource, "request": request} for resource in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def statuses(answer: Any) -> list[str]:
    return [entry["response"]["status"][:3] for entry in answer.json()["entry"]]


def test_an_observation_is_created_once(edge: LocalEdge, rosa: MonitoredPerson) -> None:
    body = glucose(5.5, unit="mmol/L")
    answers = [edge.post(OBSERVATION, body, rosa.authorization) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].headers["Content-Type"].startswith("application/fhir+json")
    assert answers[0].json()["resourceType"] == "OperationOutcome"
    assert [(metric, round(value, 1)) for metric, value, _ in rosa.stored()] == [(GLUCOSE, 99.1)]


def test_each_entry_of_a_batch_has_its_outcome(edge: LocalEdge, rosa: MonitoredPerson) -> None:
    off_scale = glucose(40, 2, interpretation=[concept("<")])
    empty = glucose(0, 3, dataAbsentReason=concept("error"))
    del empty["valueQuantity"]
    resources = [
        glucose(120, 1),
        off_scale,
        empty,
        glucose(120, 4, unit="mg"),
        glucose(120, 5, code=concept("1-8")),
        glucose(120, 6, status="entered-in-error"),
        glucose(120, 7, effectiveDateTime="2026-11"),
        {"resourceType": "Immunization"},
        None,
    ]
    answer = edge.post(BUNDLE, bundle(*resources), rosa.authorization)
    assert (answer.status_code, answer.json()["type"]) == (200, "batch-response")
    assert statuses(answer) == ["201", "201", *["422"] * 7]
    issues = [entry["response"]["outcome"]["issue"][0] for entry in answer.json()["entry"]]
    assert [issue["severity"] for issue in issues] == ["information"] * 2 + ["error"] * 7
    assert [issue["details"]["text"] for issue in issues[2:5]] == [
        "no-value",
        "unknown-unit",
        "unknown-metric",
    ]
    assert rosa.stored() == [(GLUCOSE, 39, Flag.LOW), (GLUCOSE, 120, 0)]


def test_a_transaction_is_taken_whole_or_not_at_all(edge: LocalEdge, rosa: MonitoredPerson) -> None:
    refused = edge.post(
        BUNDLE, bundle(glucose(120), glucose(9000, 2), kind="transaction"), rosa.authorization
    )
    assert (refused.status_code, refused.json()["resourceType"]) == (422, "OperationOutcome")
    assert "Entry 2" in refused.json()["issue"][0]["diagnostics"]
    assert rosa.stored() == []
    taken = edge.post(BUNDLE, bundle(glucose(120), glucose(90, 2), kind="transaction"), rosa.authorization)
    assert (taken.json()["type"], statuses(taken)) == ("transaction-response", ["201", "201"])


BEFORE_IT_WAS_ANYBODYS = 60 * 24 * 40


@pytest.mark.parametrize("place", [0, 1])
def test_what_only_the_store_knows_undoes_a_transaction_too(
    edge: LocalEdge, rosa: MonitoredPerson, place: int
) -> None:
    entries = [glucose(120)]
    entries.insert(place, glucose(110, BEFORE_IT_WAS_ANYBODYS))
    refused = edge.post(BUNDLE, bundle(*entries, kind="transaction"), rosa.authorization)
    assert refused.status_code == 422
    said = refused.json()["issue"][0]["diagnostics"]
    assert said.startswith(f"Entry {place + 1} of the transaction: The device was nobody's")
    assert said.endswith("Nothing was stored.")
    assert rosa.stored() == []
    with acting_in(rosa.organization_id):
        assert not UnclaimedReading.objects.exists()
    batch = edge.post(BUNDLE, bundle(*entries), rosa.authorization)
    assert sorted(statuses(batch)) == ["201", "422"]
    assert len(rosa.stored()) == 1


def test_a_transaction_that_contradicts_what_is_stored_changes_nothing(
    edge: LocalEdge, rosa: MonitoredPerson
) -> None:
    first = glucose(120)
    assert statuses(edge.post(BUNDLE, bundle(first, kind="transaction"), rosa.authorization)) == ["201"]
    again = bundle(first, glucose(90, 2), kind="transaction")
    assert statuses(edge.post(BUNDLE, again, rosa.authorization)) == ["200", "201"]
    other = {**first, "valueQuantity": quantity(140, "mg/dL")}
    refused = edge.post(BUNDLE, bundle(other, glucose(91, 3), kind="transaction"), rosa.authorization)
    assert refused.status_code == 422
    assert [value for _, value, _ in rosa.stored()] == [90, 120]


def test_others_that_arrive_together_are_not_undone_with_it(edge: LocalEdge, rosa: MonitoredPerson) -> None:
    bad = bundle(glucose(120, 1), glucose(110, BEFORE_IT_WAS_ANYBODYS), kind="transaction")
    bodies = [bundle(glucose(100 + n, 10 + n)) for n in range(3)] + [bad]
    bodies += [bundle(glucose(100 + n, 10 + n), kind="transaction") for n in range(3, 6)]
    answers = edge.together(*(request("POST", BUNDLE, body, rosa.authorization) for body in bodies))
    assert [one.status_code for one in answers] == [200, 200, 200, 422, 200, 200, 200]
    assert sorted(value for _, value, _ in rosa.stored()) == [100, 101, 102, 103, 104, 105]


def test_a_gateway_sends_a_cuff_as_the_personal_health_device_guide_says(
    edge: LocalEdge, committed: None, people: People
) -> None:
    """Device described in the Bundle, MDC codes, the device's own clock four minutes slow, and the repeat."""
    nora = make_monitored(people, kind=Device.Kind.CUFF, identifier=EUI64)
    with acting_in(nora.organization_id):
        _, token = make_credential(nora.organization_id, None)
    measured = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3)
    gateway_clock = measured + timedelta(minutes=1)
    clocks = {
        "resourceType": "Observation",
        "status": "final",
        "code": concept("67975", MDC),
        "effectiveDateTime": gateway_clock.isoformat(),
        "valueDateTime": (gateway_clock - timedelta(minutes=4)).isoformat(),
        "device": {"reference": "urn:uuid:1"},
    }
    parts = [
        ("150021", 132, "mm[Hg]"),
        ("150022", 84, "mm[Hg]"),
        ("150023", 100, "mm[Hg]"),
        ("149546", 71, "/min"),
    ]
    cuff = {
        "resourceType": "Observation",
        "status": "final",
        "identifier": [{"value": f"{EUI64}-rosa-150020-20261101"}],
        "code": concept("150020", MDC),
        "subject": {"reference": "Patient/somebody-else"},
        "effectiveDateTime": measured.isoformat(),
        "device": {"reference": "urn:uuid:1"},
        "derivedFrom": [{"reference": "urn:uuid:2"}],
        "component": [
            *(
                {"code": concept(code, MDC), "valueQuantity": quantity(value, unit)}
                for code, value, unit in parts
            ),
            {"code": concept("68193", MDC), "valueCodeableConcept": concept("0", MDC)},
        ],
    }
    system = "urn:oid:1.2.840.10004.1.1.1.0.0.1.0.0.1.2680"
    device = {"resourceType": "Device", "identifier": [{"system": system, "value": EUI64}]}
    body = bundle({"resourceType": "Patient"}, device, clocks, cuff, kind="transaction")
    body["entry"][1]["fullUrl"], body["entry"][2]["fullUrl"] = "urn:uuid:1", "urn:uuid:2"
    answer = edge.post(BUNDLE, body, {"Authorization": f"Bearer {token}"})
    assert statuses(answer) == ["200", "200", "200", "201"], answer.text
    again = edge.post(BUNDLE, body, {"Authorization": f"Bearer {token}"})
    assert statuses(again) == ["200"] * 4
    assert [(metric, round(value)) for metric, value, _ in nora.stored()] == [
        (2, 132),
        (3, 84),
        (4, 100),
        (5, 71),
    ]
    with acting_in(nora.organization_id):
        reading = Reading.objects.filter(metric=2).get()
    assert (reading.observed_at, reading.correction_seconds) == (measured - timedelta(minutes=4), 240)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        ({"resourceType": "Bundle", "type": "searchset"}, 422),
        ({"resourceType": "Patient"}, 422),
        ({"resourceType": "Bundle", "type": "batch", "entry": 3}, 422),
        (b"[" * 50_000, 422),
    ],
)
def test_other_bodies_are_refused_with_an_operation_outcome(
    edge: LocalEdge, rosa: MonitoredPerson, body: Any, status: int
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = edge.post(BUNDLE, content, rosa.authorization)
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")


def test_a_refused_credential_is_told_in_fhir(edge: LocalEdge, rosa: MonitoredPerson) -> None:
    answer = edge.post(BUNDLE, bundle(glucose(120)), {"Authorization": "Bearer wrong"})
    assert (answer.status_code, answer.json()["resourceType"]) == (401, "OperationOutcome")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
