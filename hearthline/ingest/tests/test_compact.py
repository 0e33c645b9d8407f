"""What a device may send in the house's own form, what it is told, and what is then stored."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from hearthline.foundation import clock
from hearthline.ingest import requests
from hearthline.ingest.limits import BODY_BYTES, ITEMS
from hearthline.ingest.tests.rig import LocalEdge, milliseconds_ago, minutes_ago, packed, request
from hearthline.monitoring.readings.credentials import rotate_token
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Device, DeviceAssignment, DeviceCredential, Ingestion
from hearthline.monitoring.readings.tests.people import MonitoredPerson, make_credential, make_monitored
from hearthline.tenancy.context import acting_in
from tests.people import People

PATH = "/ingest/v1/readings"
GLUCOSE = BY_CODE["glucose"].number


def glucose(value: Any, minutes: float = 1, unit: str = "mg/dL", **more: Any) -> dict[str, Any]:
    return {"metric": "glucose", "value": value, "unit": unit, "at": minutes_ago(minutes), **more}


def test_readings_are_stored_and_a_repetition_changes_nothing(edge: LocalEdge, rosa: MonitoredPerson) -> None:
    body = {"items": [glucose(112, 6), {**glucose(118, 1), "at": milliseconds_ago(1)}]}
    first = edge.post(PATH, body, rosa.authorization)
    assert first.status_code == 200
    assert first.json()["outcomes"] == ["accepted", "accepted"]
    assert first.json()["cursor"].keys() == {"glucose"}
    assert edge.post(PATH, body, rosa.authorization).json()["outcomes"] == ["duplicate", "duplicate"]
    body["items"][0]["value"] = 190
    assert edge.post(PATH, body, rosa.authorization).json()["outcomes"] == ["conflict", "duplicate"]
    assert rosa.stored() == [(GLUCOSE, 112, 0), (GLUCOSE, 118, 0)]
    with acting_in(rosa.organization_id):
        kept = Ingestion.objects.order_by("number").values_list("accepted", "duplicates", "conflicts", "door")
        assert list(kept) == [(2, 0, 0, "compact"), (0, 2, 0, "compact"), (0, 1, 1, "compact")]
        assert DeviceCredential.objects.get(pk=rosa.credential.pk).last_used_at is not None


def test_a_cuff_is_one_item(edge: LocalEdge, committed: None, people: People) -> None:
    cuff = make_monitored(people, kind=Device.Kind.CUFF)
    item = {
        "at": minutes_ago(1),
        "systolic": 17.3,
        "diastolic": 11.2,
        "unit": "kPa",
        "pulse": 71,
        "mean": None,
    }
    answer = edge.post(PATH, {"items": [{**item, "status": ["irregular-pulse"]}]}, cuff.authorization)
    assert answer.json()["outcomes"] == ["accepted"]
    assert [(metric, round(value), Flag(flags)) for metric, value, flags in cuff.stored()] == [
        (2, 130, Flag.IRREGULAR_PULSE),
        (3, 84, Flag.IRREGULAR_PULSE),
        (5, 71, Flag.IRREGULAR_PULSE),
    ]


def test_one_bad_item_spoils_no_other(edge: LocalEdge, rosa: MonitoredPerson) -> None:
    items = [
        glucose(100, 1),
        glucose(5.6, 2, "mmol"),
        {"metric": "mood", "value": 3, "unit": "1", "at": minutes_ago(3)},
        glucose(5000, 4),
        glucose("NaN", 5),
        {**glucose(100), "at": "yesterday"},
        {**glucose(100), "at": "1999-01-01T00:00:00Z"},
        {**glucose(100), "at": "2026-11-01T08:00:00"},
        glucose("LOW", 8),
        {**glucose(100), "colour": "red"},
        7,
    ]
    answer = edge.post(PATH, {"items": items}, rosa.authorization)
    assert answer.json()["outcomes"] == [
        "accepted",
        "unknown-unit",
        "unknown-metric",
        "implausible",
        "no-value",
        "malformed",
        "bad-time",
        "malformed",
        "accepted",
        "malformed",
        "malformed",
    ]
    assert "UCUM" in answer.json()["explained"]["unknown-unit"]
    assert rosa.stored() == [(GLUCOSE, 39, Flag.LOW), (GLUCOSE, 100, 0)]


def test_the_device_s_clock_is_corrected_and_kept(edge: LocalEdge, rosa: MonitoredPerson) -> None:
    clocks = {"device": minutes_ago(600), "here": minutes_ago(0)}
    answer = edge.post(PATH, {"clock": clocks, "items": [glucose(140, 603)]}, rosa.authorization)
    assert answer.json()["outcomes"] == ["accepted"]
    assert rosa.stored() == [(GLUCOSE, 140, Flag.CLOCK_CORRECTED)]


def test_a_gateway_names_the_device_of_each_item(edge: LocalEdge, committed: None, people: People) -> None:
    rosa = make_monitored(people, identifier="EUI-1")
    nora = make_monitored(people, "Nora", identifier="EUI-2")
    with acting_in(rosa.organization_id):
        _, token = make_credential(rosa.organization_id, None)
    items = [
        glucose(101, device="EUI-1"),
        glucose(102, device="EUI-2"),
        glucose(103, device="EUI-3"),
        glucose(104),
    ]
    answer = edge.post(PATH, {"items": items}, {"Authorization": f"Bearer {token}"})
    assert answer.json()["outcomes"] == ["accepted", "accepted", "unknown-device", "unknown-device"]
    assert ([row[1] for row in rosa.stored()], [row[1] for row in nora.stored()]) == ([101], [102])


def test_a_device_writes_for_its_own_person_whatever_it_names(
    edge: LocalEdge, committed: None, people: People
) -> None:
    rosa = make_monitored(people, identifier="EUI-1")
    nora = make_monitored(people, "Nora", identifier="EUI-2")
    edge.post(PATH, {"device": "EUI-2", "items": [glucose(101)]}, rosa.authorization)
    assert (len(rosa.stored()), len(nora.stored())) == (1, 0)


def test_who_is_not_known_is_refused_in_words(edge: LocalEdge, rosa: MonitoredPerson) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
        answer = edge.post(PATH, {"items": [glucose(100)]}, headers)
        assert (answer.status_code, answer.json()["message"][-1]) == (401, ".")
    with acting_in(rosa.organization_id):
        _, narrow = make_credential(rosa.organization_id, rosa.device, doors=("fhir",))
        _, ended = make_credential(rosa.organization_id, rosa.device, expires_at=clock.now())
    for token, status in ((narrow, 403), (ended, 401)):
        answer = edge.post(PATH, {"items": [glucose(100)]}, {"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
    assert rosa.stored() == []


def test_a_withdrawn_credential_ends_when_the_cache_does(
    edge: LocalEdge, rosa: MonitoredPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert edge.post(PATH, {"items": [glucose(100, 9)]}, rosa.authorization).status_code == 200
    with acting_in(rosa.organization_id):
        DeviceCredential.objects.filter(pk=rosa.credential.pk).update(revoked_at=clock.now())
    now = time.monotonic()
    monkeypatch.setattr("hearthline.ingest.credentials.time.monotonic", lambda: now + 5.1)
    assert edge.post(PATH, {"items": [glucose(100, 8)]}, rosa.authorization).status_code == 401


def test_a_replaced_token_and_its_successor_both_open(
    edge: LocalEdge, rosa: MonitoredPerson, people: People
) -> None:
    with acting_in(rosa.organization_id):
        _, fresh = rotate_token(actor=people.nurse.actor, credential=rosa.credential)
    for token in (rosa.token, fresh):
        answer = edge.post(PATH, {"items": [glucose(100)]}, {"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200


def test_a_returned_device_writes_to_nobody_and_to_the_next_person_from_their_first_day(
    edge: LocalEdge, rosa: MonitoredPerson, people: People
) -> None:
    nora = make_monitored(people, "Nora")
    with acting_in(rosa.organization_id):
        now = clock.now()
        returned = now - timedelta(minutes=30)
        DeviceAssignment.objects.filter(pk=rosa.assignment.pk).update(ends_at=returned)
        DeviceAssignment.objects.create(
            organization_id=rosa.organization_id,
            device=rosa.device,
            monitored=nora.monitored,
            starts_at=now - timedelta(minutes=10),
        )
    items = [glucose(101, 40), glucose(102, 20), glucose(103, 5)]
    answer = edge.post(PATH, {"items": items}, rosa.authorization)
    assert answer.json()["outcomes"] == ["accepted", "unknown-person", "accepted"]
    assert "assign" in answer.json()["explained"]["unknown-person"]
    assert [row[1] for row in rosa.stored()] == [101]
    assert [row[1] for row in nora.stored()] == [103]


def test_bodies_beyond_the_limits_are_refused(edge: LocalEdge, rosa: MonitoredPerson) -> None:
    headers = {**rosa.authorization, "Content-Encoding": "gzip"}
    assert edge.post(PATH, packed({"items": [glucose(99)]}), headers).json()["outcomes"] == ["accepted"]
    bomb = packed(" " * (BODY_BYTES * 40))
    assert len(bomb) < BODY_BYTES
    for content, sent, status in (
        (bomb, headers, 413),
        (packed({})[:-9], headers, 400),
        (b"no gzip", headers, 400),
        (b" " * (BODY_BYTES + 1), rosa.authorization, 413),
        ({"items": [glucose(1)] * (ITEMS + 1)}, rosa.authorization, 413),
        (b"{", rosa.authorization, 400),
        (b"\xff", rosa.authorization, 400),
        (b"[" * 100_000, rosa.authorization, 422),
        ({"item": []}, rosa.authorization, 422),
        (b"{}", {**rosa.authorization, "Content-Encoding": "br"}, 415),
    ):
        answer = edge.post(PATH, content, sent)
        assert (answer.status_code, answer.json()["message"][-1]) == (status, "."), answer.text
    assert len(rosa.stored()) == 1


def test_one_device_cannot_starve_the_others(
    edge: LocalEdge, rosa: MonitoredPerson, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "DEVICE_READINGS_A_MINUTE", 3)
    nora = make_monitored(people, "Nora")
    body = {"items": [glucose(100, minute) for minute in (1, 2)]}
    assert edge.post(PATH, body, rosa.authorization).status_code == 200
    answer = edge.post(PATH, body, rosa.authorization)
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)
    assert edge.post(PATH, body, nora.authorization).status_code == 200


def test_requests_that_come_together_are_committed_together(edge: LocalEdge, rosa: MonitoredPerson) -> None:
    bodies = [json.dumps({"items": [glucose(100 + n, n + 1)]}).encode() for n in range(20)]
    answers = edge.together(*(request("POST", PATH, body, rosa.authorization) for body in bodies))
    assert [answer.json()["outcomes"] for answer in answers] == [["accepted"]] * 20
    assert len(rosa.stored()) == 20
