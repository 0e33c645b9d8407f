"""Today's uploaders of glucose sensors, unchanged: requests of their documented shapes, written here by hand."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from hearthline.ingest.tests.rig import LocalEdge, milliseconds_ago, minutes_ago, request
from hearthline.monitoring.readings.credentials import sha1_hex
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import DeviceCredential, Ingestion
from hearthline.monitoring.readings.tests.people import MonitoredPerson, make_monitored
from hearthline.tenancy.context import acting_in
from tests.people import People

ENTRIES = "/api/v1/entries"
GLUCOSE = BY_CODE["glucose"].number


@pytest.fixture
def ada(committed: None, people: People) -> MonitoredPerson:
    """Someone whose telephone holds an uploader's API secret."""
    return make_monitored(people, "Ada")


def secret(person: MonitoredPerson) -> dict[str, str]:
    return {"api-secret": sha1_hex(person.token)}


def xdrip_entry(value: Any, minutes: float) -> dict[str, Any]:
    """As xDrip+ sends one value of a Dexcom sensor."""
    at = milliseconds_ago(minutes)
    return {
        "device": "xDrip-DexcomG5",
        "date": at,
        "dateString": "2026-11-28T09:41:00.000+0100",
        "sgv": value,
        "delta": -2.5,
        "direction": "Flat",
        "type": "sgv",
        "filtered": 120_000,
        "unfiltered": 119_500,
        "rssi": 100,
        "noise": 1,
        "sysTime": "2026-11-28T09:41:00.000+0100",
    }


def test_xdrip_asks_then_sends_and_asks_again(edge: LocalEdge, ada: MonitoredPerson) -> None:
    status = edge.get("/api/v1/status.json", secret(ada)).json()
    assert (status["status"], status["apiEnabled"], status["settings"]["units"]) == ("ok", True, "mg/dl")
    batch = [xdrip_entry(112, 11), xdrip_entry(118, 6), xdrip_entry(121, 1)]
    answer = edge.post(ENTRIES, batch, {**secret(ada), "Content-Type": "application/json; charset=UTF-8"})
    assert (answer.status_code, [len(entry["_id"]) for entry in answer.json()]) == (200, [24] * 3)
    assert edge.post(ENTRIES, batch, secret(ada)).status_code == 200
    assert ada.stored() == [(GLUCOSE, value, 0) for value in (112, 118, 121)]
    newest = edge.get("/api/v1/entries/sgv.json?count=2", secret(ada)).json()
    assert [(entry["sgv"], entry["type"], entry["date"]) for entry in newest] == [
        (121, "sgv", batch[2]["date"]),
        (118, "sgv", batch[1]["date"]),
    ]
    treatment = {"eventType": "Correction Bolus", "insulin": 1.5, "created_at": minutes_ago(2), "uuid": "a1"}
    saved = edge.together(request("PUT", "/api/v1/treatments", [treatment], secret(ada)))[0]
    assert (saved.status_code, saved.json()[0]["uuid"]) == (200, "a1")
    state = edge.post(
        "/api/v1/devicestatus.json", {"device": "Pixel", "uploader": {"battery": 81}}, secret(ada)
    )
    assert state.status_code == 200


def test_xdrip_sends_calibrations_and_finger_pricks_with_its_values(
    edge: LocalEdge, ada: MonitoredPerson
) -> None:
    calibration = {
        "device": "xDrip",
        "type": "cal",
        "date": milliseconds_ago(3),
        "slope": 950,
        "intercept": 30_000,
    }
    prick = {"device": "xDrip", "type": "mbg", "date": milliseconds_ago(2), "mbg": 104}
    answer = edge.post(ENTRIES, [calibration, prick, xdrip_entry(99, 1)], secret(ada))
    assert [entry["outcome"] for entry in answer.json()] == ["accepted"] * 3
    assert [value for _, value, _ in ada.stored()] == [104, 99]


def test_loop_sends_with_a_trailing_json_and_repeats_its_whole_list(
    edge: LocalEdge, ada: MonitoredPerson
) -> None:
    check = edge.get("/api/v1/experiments/test", secret(ada))
    assert check.status_code == 200
    entries = [
        {
            "_id": None,
            "device": "loop://iPhone",
            "date": float(milliseconds_ago(minutes)),
            "dateString": minutes_ago(minutes),
            "sgv": value,
            "trend": 4,
            "type": "sgv",
            "direction": "Flat",
            "isCalibration": False,
            "identifier": f"6F1A-{value}",
        }
        for value, minutes in ((101, 11), (103, 6), (99, 1))
    ]
    for count in (2, 3):
        assert edge.post(f"{ENTRIES}.json", entries[:count], secret(ada)).status_code == 200
    assert [value for _, value, _ in ada.stored()] == [101, 103, 99]
    doses = [
        {"eventType": "Temp Basal", "rate": 0.4, "duration": 30, "syncIdentifier": "b"},
        {"eventType": "Meal Bolus"},
    ]
    saved = edge.post("/api/v1/treatments", doses, secret(ada)).json()
    assert [len(one["_id"]) for one in saved] == [24, 24]
    loop_state = {"device": "loop://iPhone", "loop": {"iob": {"iob": 0.8}}, "created_at": minutes_ago(1)}
    assert edge.post("/api/v1/devicestatus", [loop_state], secret(ada)).status_code == 200


def test_androidaps_sends_with_a_token_and_in_the_third_version_of_the_api(
    edge: LocalEdge, ada: MonitoredPerson
) -> None:
    granted = edge.get(f"/api/v2/authorization/request/{ada.token}").json()
    headers = {"Authorization": f"Bearer {granted['token']}"}
    assert granted["exp"] > granted["iat"]
    version = edge.get("/api/v3/version").json()
    assert version["result"]["apiVersion"].startswith("3.")
    rights = edge.get("/api/v3/status", headers).json()["result"]["apiPermissions"]
    assert rights["entries"] == "cru"
    assert "entries" in edge.get("/api/v3/lastModified", headers).json()["result"]["collections"]
    entry = {
        "app": "AAPS",
        "device": "Dexcom G6",
        "identifier": "9c1a2f0e-57a5-5b0e-8a40-1f4a4dbb5a11",
        "date": milliseconds_ago(1),
        "utcOffset": 60,
        "isValid": True,
        "type": "sgv",
        "sgv": 6.1,
        "units": "mmol",
        "direction": "FortyFiveUp",
        "noise": 0,
    }
    first, again = (edge.post("/api/v3/entries", entry, headers) for _ in range(2))
    assert (first.status_code, first.json()["identifier"]) == (201, entry["identifier"])
    assert (again.status_code, again.json()["isDeduplication"]) == (200, True)
    assert [round(value) for _, value, _ in ada.stored()] == [110]
    update = edge.together(request("PUT", f"/api/v3/entries/{entry['identifier']}", entry, headers))[0]
    assert update.json()["isDeduplication"] is True
    carbs = {"app": "AAPS", "eventType": "Carb Correction", "carbs": 20, "date": milliseconds_ago(1)}
    assert edge.post("/api/v3/treatments", carbs, headers).status_code == 201
    assert edge.get("/api/v3/treatments/history/1700000000000", headers).json()["result"] == []
    bad = edge.post("/api/v3/entries", {**entry, "sgv": 4000, "date": milliseconds_ago(2)}, headers)
    assert (bad.status_code, bad.json()["message"][-1]) == (400, ".")


def test_the_sensor_s_words_and_codes(edge: LocalEdge, ada: MonitoredPerson) -> None:
    """LOW (39) and HIGH (401) are kept as such; error codes are no values; mmol is said, never guessed."""
    entries = [
        xdrip_entry(39, 40),
        xdrip_entry(401, 35),
        xdrip_entry(10, 30),
        {**xdrip_entry(5.6, 25), "units": "mmol"},
        xdrip_entry(5.6, 20),
        xdrip_entry("118", 15),
        xdrip_entry("bad", 10),
        {"type": "sgv", "sgv": 120},
        {"type": "sgv", "sgv": 121, "dateString": minutes_ago(5)},
        7,
    ]
    answer = edge.post(ENTRIES, entries, secret(ada))
    assert [entry["outcome"] for entry in answer.json()] == [
        "accepted",
        "accepted",
        "no-value",
        "accepted",
        "no-value",
        "accepted",
        "malformed",
        "bad-time",
        "accepted",
        "malformed",
    ]
    assert [(round(value), flags & ~Flag.LATE) for _, value, flags in ada.stored()] == [
        (39, Flag.LOW),
        (401, Flag.HIGH),
        (101, 0),
        (118, 0),
        (121, 0),
    ]


def test_what_is_not_a_reading_is_kept_as_it_came(edge: LocalEdge, ada: MonitoredPerson) -> None:
    treatment = {"eventType": "Note", "notes": "felt low"}
    assert edge.post("/api/v1/treatments", treatment, secret(ada)).status_code == 200
    with acting_in(ada.organization_id):
        kept = Ingestion.objects.get()
    assert json.loads(kept.original()) == treatment
    assert edge.get("/api/v1/treatments.json?count=10", secret(ada)).json() == []


def test_the_secret_in_every_form_uploaders_know(edge: LocalEdge, ada: MonitoredPerson) -> None:
    hashed = secret(ada)["api-secret"]
    forms: list[tuple[str, dict[str, str]]] = [
        ("", {"api-secret": hashed}),
        ("", {"API-SECRET": hashed}),
        (f"?token={ada.token}", {}),
        ("", {"Authorization": f"Bearer {ada.token}"}),
    ]
    for query, headers in forms:
        assert edge.get(f"/api/v1/verifyauth{query}", headers).json()["message"]["message"] == "OK"
        assert edge.post(f"{ENTRIES}{query}", [xdrip_entry(100, 1)], headers).status_code == 200
    for headers in ({}, {"api-secret": "0" * 40}):
        assert edge.get("/api/v1/verifyauth", headers).json()["message"]["message"] == "UNAUTHORIZED"
        for path in ("/api/v1/entries.json", "/api/v1/experiments/test"):
            assert edge.get(path, headers).status_code == 401
    with acting_in(ada.organization_id):
        kept = bytes(DeviceCredential.objects.get().token_digest or b"")
    assert kept not in {
        hashlib.sha256(ada.token.encode()).digest(),
        bytes.fromhex(sha1_hex(ada.token)),
    }


def test_a_token_reads_its_own_device_s_present_person_only(
    edge: LocalEdge, ada: MonitoredPerson, people: People
) -> None:
    nora = make_monitored(people, "Nora")
    edge.post(ENTRIES, [xdrip_entry(100, 1)], secret(ada))
    assert edge.get("/api/v1/entries.json", secret(nora)).json() == []
    with acting_in(ada.organization_id):
        ada.assignment.ends_at = ada.assignment.starts_at + timedelta(hours=1)
        ada.assignment.save()
    assert edge.get("/api/v1/entries.json", secret(ada)).json() == []


@pytest.mark.parametrize("body", [b"", b"nonsense", b'"x"', b"[1,", b'{"sgv": 1'])
def test_garbage_is_refused_in_words(edge: LocalEdge, ada: MonitoredPerson, body: bytes) -> None:
    for path in (ENTRIES, "/api/v1/treatments", "/api/v3/entries"):
        answer = edge.post(path, body, secret(ada))
        assert answer.status_code in {400, 422}
        assert answer.json()["message"].endswith(".")
    assert edge.post("/api/v1/devicestatus", b"[[1]]", secret(ada)).status_code == 422
