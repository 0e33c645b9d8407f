"""What the page takes from a device, through its door: whose it is, when it was, is it them; and repeats for ever."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from hearthline.directory.tests.stage import make_caregiver, make_patient
from hearthline.foundation import clock
from hearthline.monitoring.home.tests.stage import HomeStage, make_home
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.models import Device, DeviceAssignment, MonitoredPatient, Reading
from tests.people import People

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # nine in the morning in Chicago
EUI = "0011223344556677"
CUFF = {
    "kind": "blood-pressure",
    "name": "Cuff",
    "identifiers": [EUI, "web-abc=="],
    "model": "BP7",
    "isShared": False,
}
SCALE = {"kind": "weight", "name": "Scale", "identifiers": ["web-scale"], "isShared": True}
METER = {"kind": "glucose", "name": "Meter", "identifiers": ["web-meter"], "isShared": False}


@pytest.fixture
def home(people: People) -> Iterator[HomeStage]:
    with clock.frozen(NOW):
        yield make_home(people)


def value(metric: str, text: str, unit: str, special: str | None = None) -> dict[str, Any]:
    return {"metric": metric, "text": text, "unit": unit, "special": special}


def pressure(**changes: Any) -> dict[str, Any]:
    return {
        "id": "one",
        "device": CUFF,
        "values": [
            value("systolic", "128", "mm[Hg]"),
            value("diastolic", "82", "mm[Hg]"),
            value("mean-arterial-pressure", "", "mm[Hg]", "nan"),
            value("pulse", "71.5", "/min"),
        ],
        "time": "2026-11-24T08:30:00",
        "at": None,
        "offsetMinutes": 0,
        "user": None,
        "marks": ["irregular", "movement"],
        "deviceClock": None,
        "readAt": NOW.isoformat(),
        "answer": "",
        **changes,
    }


def weight(text: str, **changes: Any) -> dict[str, Any]:
    return pressure(**{"device": SCALE, "values": [value("weight", text, "kg")], "marks": [], **changes})


def send(
    client: Client, home: HomeStage, *readings: dict[str, Any], at: datetime = NOW
) -> list[tuple[str, str]]:
    body = {"sent_at": at.isoformat(), "readings": readings}
    answer = client.post(home.url("device", "save"), json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content
    return [(one["state"], one["words"]) for one in answer.json()["answers"]]


def states(client: Client, home: HomeStage, *readings: dict[str, Any], at: datetime = NOW) -> list[str]:
    return [state for state, _words in send(client, home, *readings, at=at)]


def test_a_cuffs_reading_is_stored_as_the_devices_own_and_a_repeat_is_told_the_same(home: HomeStage) -> None:
    client = home.people.patient.client
    assert send(client, home, pressure()) == [("saved", "Saved.")]
    assert send(client, home, pressure()) == [("saved", "We have this reading already.")]
    assert home.stored("systolic") == [(128, Flag.IRREGULAR_PULSE | Flag.MOTION)]
    assert home.stored("pulse")[0][0] == 71.5
    assert home.stored("mean-arterial-pressure") == [], "what the device did not have is no number"
    assert home.time_of("systolic") == datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
    device = Device.objects.get()
    assert (device.kind, device.identifier, device.model, device.is_automatic) == ("cuff", EUI, "BP7", True)


def test_stored_readings_of_an_own_new_device_count_and_of_a_shared_one_only_from_now(
    home: HomeStage,
) -> None:
    client = home.people.patient.client
    old = {"time": "2026-11-01T08:30:00"}
    assert states(client, home, pressure(**old)) == ["saved"]
    assert states(client, home, weight("80", **old, answer="me")) == ["refused"]


def test_a_wrong_clock_is_put_right_and_the_devices_own_time_stays_the_identity(home: HomeStage) -> None:
    client = home.people.patient.client
    clock_pair = {"said": "2026-11-24T07:00:00", "at": NOW.isoformat()}  # two hours slow
    reading = pressure(time="2026-11-24T06:55:00", deviceClock=clock_pair)
    assert states(client, home, reading, reading) == ["saved", "saved"]
    found = Reading.objects.filter(metric=2).get()
    assert (found.correction_seconds, bool(found.flags & Flag.CLOCK_CORRECTED)) == (7200, True)
    assert found.observed_at == datetime(2026, 11, 24, 12, 55, tzinfo=UTC)


def test_without_a_device_clock_the_moment_of_reading_counts_with_the_browsers_error(home: HomeStage) -> None:
    slow = NOW - timedelta(hours=1)
    reading = pressure(time=None, readAt=(slow - timedelta(minutes=10)).isoformat())
    assert states(home.people.patient.client, home, reading, at=slow) == ["saved"]
    found = Reading.objects.filter(metric=2).get()
    assert found.observed_at + timedelta(seconds=found.correction_seconds) == NOW - timedelta(minutes=10)


@pytest.mark.parametrize(
    ("reading", "known", "state"),
    [
        (weight("80.2"), 80, "saved"),
        (weight("80.2", user=1), 80, "saved"),
        (weight("80.2", user=255), 80, "ask"),
        (weight("66.0"), 80, "ask"),
        (weight("66.0", answer="me"), 80, "saved"),
        (weight("66.0", user=255, answer="me"), 80, "saved"),
    ],
)
def test_is_this_you(home: HomeStage, reading: dict[str, Any], known: float, state: str) -> None:
    home.measured("weight", timedelta(days=1), weight=known)
    reading = {**reading, "time": None}
    assert states(home.people.patient.client, home, reading) == [state]
    assert len(home.stored("weight")) == (2 if state == "saved" else 1)


def test_another_slot_of_a_shared_scale_asks(home: HomeStage) -> None:
    client = home.people.patient.client
    assert states(client, home, weight("80", time=None, user=1)) == ["saved"]
    later = {"time": None, "readAt": (NOW + timedelta(seconds=30)).isoformat()}
    assert states(client, home, weight("80", user=2, **later)) == ["ask"]
    assert states(client, home, weight("80", user=2, answer="me", **later)) == ["saved"]
    assert DeviceAssignment.objects.get().user_index == 1


def test_two_people_of_one_household_share_a_device_that_knows_nobody(home: HomeStage) -> None:
    other = MonitoredPatient.objects.create(
        organization_id=home.monitored.organization_id, patient=make_patient(home.people, "Mateo")
    )
    caregiver = home.people.caregiver
    make_caregiver(other.patient, caregiver, may_see_record=True)
    his = HomeStage(home.people, other)
    assert states(home.people.patient.client, home, weight("80", time=None)) == ["saved"]
    assert states(caregiver.client, his, weight("60", time=None)) == ["saved"]
    other.refresh_from_db()
    assert home.stored("weight") == [(80, 0)]
    found = Reading.objects.get(patient_number=other.number)
    assert (found.value, DeviceAssignment.objects.get(monitored=other).user_index) == (60, 200)


def test_a_device_of_another_patient_or_one_that_was_taken_back_is_refused(home: HomeStage) -> None:
    client = home.people.patient.client
    other = MonitoredPatient.objects.create(
        organization_id=home.monitored.organization_id, patient=make_patient(home.people, "Ada")
    )
    device = Device.objects.create(
        organization_id=home.monitored.organization_id, kind="cuff", name="Cuff", identifier=EUI
    )
    DeviceAssignment.objects.create(
        organization_id=home.monitored.organization_id,
        device=device,
        monitored=other,
        starts_at=NOW - timedelta(days=9),
    )
    assert "not yours" in send(client, home, pressure())[0][1]
    DeviceAssignment.objects.update(monitored=home.monitored)
    assert states(client, home, pressure()) == ["saved"]
    Device.objects.update(retired_at=NOW)
    assert "does not use this device any more" in send(client, home, pressure(time=None))[0][1]


def test_what_is_beyond_the_meter_is_kept_at_its_limit_and_flagged(home: HomeStage) -> None:
    client = home.people.patient.client
    low = pressure(device=METER, values=[value("glucose", "", "mg/dL", "-inf")], marks=["low"])
    nothing = pressure(id="two", device=METER, values=[value("glucose", "", "mg/dL", "nan")], marks=[])
    answers = send(client, home, low, nothing)
    assert [state for state, _words in answers] == ["saved", "refused"]
    assert home.stored("glucose") == [(39, Flag.LOW | Flag.LATE)]
    assert "no number" in answers[1][1]


def test_one_bad_reading_does_not_hold_up_the_others(home: HomeStage) -> None:
    client = home.people.patient.client
    stone = pressure(id="two", values=[value("weight", "12", "[stone_av]")], time=None)
    impossible = pressure(id="three", values=[value("systolic", "900", "mm[Hg]")], time=None)
    assert states(client, home, pressure(), stone, impossible) == ["saved", "refused", "refused"]


@pytest.mark.parametrize(
    "changes",
    [
        {"values": []},
        {"values": [value("weight", "1e9", "kg")]},
        {"values": [value("weight", "12" * 20, "kg")]},
        {"readAt": "yesterday"},
        {"readAt": "2026-11-24T15:00:00"},
        {"time": "0001-01-01T00:00:00"},
        {"at": "9999-12-31T23:59:59Z"},
        {"user": 256},
        {"offsetMinutes": 10**9},
        {"device": {**CUFF, "identifiers": ["somebody else's serial"]}},
        {"device": {**CUFF, "kind": "toaster"}},
        {"device": None},
    ],
)
def test_what_no_page_of_ours_sends_is_refused_whole(home: HomeStage, changes: dict[str, Any]) -> None:
    body = {"sent_at": NOW.isoformat(), "readings": [pressure(**changes)]}
    answer = home.people.patient.client.post(
        home.url("device", "save"), json.dumps(body), content_type="application/json"
    )
    assert answer.status_code == 422
    assert "Load the page again" in answer.json()["error"]
    assert Device.objects.count() == 0


def test_too_much_at_once_is_refused_with_words(home: HomeStage) -> None:
    answer = home.people.patient.client.post(
        home.url("device", "save"), b"x" * 300_000, content_type="application/json"
    )
    assert answer.status_code == 413


def test_the_page_is_never_kept_and_strangers_have_no_such_page(home: HomeStage) -> None:
    page: Any = home.people.patient.client.get(home.url("device"))
    assert page.headers["Cache-Control"] == "no-store"
    assert home.people.patient.client.get(home.url("device", "token")).json()["token"]
    for person, status in ((home.people.caregiver, 404), (home.people.nurse, 403)):
        assert person.client.get(home.url("device")).status_code == status
        sent = person.client.post(home.url("device", "save"), "{}", content_type="application/json")
        assert sent.status_code == status


def test_signing_out_empties_the_browser(people: People) -> None:
    answer = people.patient.client.post("/sign-out/")
    assert answer.headers["Clear-Site-Data"] == '"storage"'
