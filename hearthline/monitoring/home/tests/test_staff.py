"""The care team's pages: plan, devices with their days, a secret shown once, and values that are nobody's."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client

from hearthline.directory.tests.stage import make_patient, make_practitioner, treat
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.monitoring.episodes.models import PlannedMeasurement
from hearthline.monitoring.home.models import Goal, UnclaimedReading
from hearthline.monitoring.home.tests.stage import HomeStage, make_home
from hearthline.monitoring.readings.credentials import digest_of_secret, digest_of_token
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import (
    Device,
    DeviceAssignment,
    DeviceCredential,
    MonitoredPatient,
    Reading,
)
from hearthline.monitoring.readings.pipeline.store import store_group
from hearthline.monitoring.readings.pipeline.types import NO_USER, ROW, UNKNOWN_USER, Outcome, Submission
from tests.people import People

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture
def home(people: People) -> Iterator[HomeStage]:
    with clock.frozen(NOW):
        stage = make_home(people)
        treat(stage.monitored.patient, make_practitioner(people.nurse))
        yield stage


@pytest.fixture
def client(home: HomeStage) -> Client:
    return home.people.nurse.client


def plan_url(home: HomeStage, *parts: str) -> str:
    return "/".join(["", "patients", str(home.patient_id), *parts, ""])


def read(client: Client, url: str) -> str:
    response: Any = client.get(url)
    assert response.status_code == 200
    return str(response.content.decode())


def machine_sends(
    home: HomeStage, device: Device, *values: tuple[datetime, float], user: int = NO_USER
) -> list[int]:
    """Let a machine send weights; return the outcomes."""
    rows = np.zeros(len(values), dtype=ROW)
    rows["device_number"], rows["metric"], rows["user_index"] = device.number, BY_CODE["weight"].number, user
    rows["item"] = range(len(values))
    rows["observed_us"] = [round(at.timestamp() * 1_000_000) for at, _value in values]
    rows["value"] = [value for _at, value in values]
    received = round(NOW.timestamp() * 1_000_000)
    outcomes = np.zeros(len(values), dtype=np.int8)
    submission = Submission(home.monitored.organization_id, new_id(), "test", received, b"", rows, outcomes)
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        store_group(cursor, [submission])
    return [int(one) for one in submission.outcomes]


def make_scale(home: HomeStage) -> Device:
    device = Device.objects.create(
        organization_id=home.monitored.organization_id, kind="scale", name="Scale", identifier="S1"
    )
    device.refresh_from_db()
    return device


def test_starting_asking_and_agreeing(people: People) -> None:
    patient = make_patient(people)
    treat(patient, make_practitioner(people.nurse))
    client, url = people.nurse.client, f"/patients/{patient.pk}/monitoring/plan/"
    assert "Not monitored yet" in read(client, url)
    for _ in range(2):
        assert client.post(url).status_code == 303
    assert MonitoredPatient.objects.count() == 1
    asked: dict[str, Any] = {"kind": "blood-pressure", "parts": ["morning"], "weekdays": list("0123456")}
    assert client.post(f"{url}tasks/", asked).status_code == 303
    assert client.post(f"{url}tasks/", {**asked, "parts": ["morning", "evening"]}).status_code == 303
    running = PlannedMeasurement.objects.get(ends_on=None)
    assert (running.metric, running.episode, len(running.windows)) == ("systolic", None, 4)
    assert client.post(f"{url}tasks/", {**asked, "weekdays": []}).status_code == 422
    assert client.post(f"{url}tasks/", {**asked, "is_continuous": "on"}).status_code == 422
    sensor = {"kind": "glucose", "weekdays": ["0"], "is_continuous": "on"}
    assert client.post(f"{url}tasks/", sensor).status_code == 303
    goal = {"metric": str(BY_CODE["systolic"].number), "low": "100", "high": "129", "urgent_high": "160"}
    assert client.post(f"{url}goals/", goal).status_code == 303
    page = read(client, url)
    assert "every day · 06:00\N{EN DASH}10:00, 17:00\N{EN DASH}20:00" in page
    assert "all the time" in page
    assert "≥ 160" in page
    assert client.post(f"{url}{running.pk}/end/").status_code == 303
    assert client.post(f"{url}{running.pk}/end/").status_code == 404
    assert "17:00" not in read(client, url)
    assert client.post(f"{url}{Goal.objects.get().pk}/end/").status_code == 303
    assert client.post(f"{url}{Goal.objects.get().pk}/end/").status_code == 404
    assert "No goals yet" in read(client, url)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({}, "Enter at least one number."),
        ({"low": "129", "high": "100"}, "have to rise"),
        ({"high": "129", "urgent_high": "120"}, "have to rise"),
        ({"high": "13"}, "This number cannot be."),
        ({"high": "nan"}, "Enter a number."),
    ],
)
def test_goals_that_contradict_themselves_are_refused(
    home: HomeStage, client: Client, limits: dict[str, str], words: str
) -> None:
    answer = client.post(plan_url(home, "monitoring", "plan", "goals"), {"metric": "2", **limits})
    assert answer.status_code == 422
    assert words in answer.content.decode()


NEW = {
    "kind": "scale",
    "name": "Scale",
    "identifier": "S1",
    "starts_on": "2026-11-20",
    "ends_on": "",
    "user_index": "",
}


def test_a_device_is_given_from_a_day_on_and_ends_at_once(home: HomeStage, client: Client) -> None:
    assert client.post(plan_url(home, "devices", "add"), NEW).status_code == 303
    device, assignment = Device.objects.get(), DeviceAssignment.objects.get()
    assert assignment.starts_at == datetime(2026, 11, 20, 6, 0, tzinfo=UTC), "midnight where the person lives"
    end = plan_url(home, "devices", str(assignment.pk), "end")
    assert client.post(end, {}).status_code == 303
    before, after = (NOW - timedelta(hours=1), 80.0), (NOW + timedelta(hours=1), 90.0)
    assert machine_sends(home, device, before, after) == [Outcome.ACCEPTED, Outcome.UNKNOWN_PERSON]
    assert [value for value, _flags in home.stored("weight")] == [80]


def test_given_today_means_from_now(home: HomeStage, client: Client) -> None:
    assert (
        client.post(plan_url(home, "devices", "add"), {**NEW, "starts_on": "2026-11-24"}).status_code == 303
    )
    assert DeviceAssignment.objects.get().starts_at == NOW


def test_a_device_is_never_two_peoples_at_once_unless_it_tells_them_apart(
    home: HomeStage, client: Client
) -> None:
    other = make_patient(home.people, "Ada")
    treat(other, make_practitioner(home.people.nurse))
    MonitoredPatient.objects.create(organization_id=other.organization_id, patient=other)
    client.post(plan_url(home, "devices", "add"), {**NEW, "user_index": "1"})
    device = str(Device.objects.get().pk)
    url = f"/patients/{other.pk}/devices/add/"
    refused = client.post(url, {**NEW, "name": "", "device": device, "user_index": "1"})
    assert refused.status_code == 422
    assert "measures somebody else at that time" in refused.content.decode()
    assert client.post(url, {**NEW, "name": "", "device": device, "user_index": "2"}).status_code == 303
    assert "number is in the list already" in client.post(url, NEW).content.decode()
    assert (
        "The end lies before"
        in client.post(url, {**NEW, "identifier": "S2", "ends_on": "2026-11-01"}).content.decode()
    )
    assert client.post(url, {**NEW, "name": ""}).status_code == 422
    assert Device.objects.count() == 1, "what was refused left no device behind"


@pytest.mark.parametrize(
    ("purpose", "digest", "doors"),
    [("token", digest_of_token, ["compact", "fhir"]), ("uploader", digest_of_secret, ["nightscout"])],
)
def test_a_secret_is_shown_once_and_only_its_digest_is_kept(
    home: HomeStage, client: Client, purpose: str, digest: Any, doors: list[str]
) -> None:
    client.post(plan_url(home, "devices", "add"), NEW)
    assignment = DeviceAssignment.objects.get()
    url = plan_url(home, "devices", str(assignment.pk), "let-in")
    answer: Any = client.post(url, {"name": "Phone", "purpose": purpose})
    assert answer.headers["Cache-Control"] == "no-store"
    secret = answer.content.decode().partition("<code><bdi>")[2].partition("<")[0]
    credential = DeviceCredential.objects.get()
    assert bytes(credential.token_digest or b"") == digest(secret)
    assert credential.doors == doors
    assert "data:image/png" in answer.content.decode()
    assert secret not in read(client, url) + read(client, plan_url(home, "monitoring", "plan"))
    revoke = plan_url(home, "devices", str(assignment.pk), "let-in", str(credential.pk), "revoke")
    assert client.post(revoke).status_code == 303
    assert client.post(revoke).status_code == 404
    credential.refresh_from_db()
    assert credential.revoked_at == NOW


def test_a_returned_device_is_let_in_no_more(home: HomeStage, client: Client) -> None:
    client.post(plan_url(home, "devices", "add"), NEW)
    assignment = DeviceAssignment.objects.get()
    client.post(plan_url(home, "devices", str(assignment.pk), "let-in"), {"name": "It", "purpose": "token"})
    client.post(plan_url(home, "devices", str(assignment.pk), "end"), {"is_retired": "on"})
    assert DeviceCredential.objects.get().revoked_at == NOW
    assert machine_sends(home, Device.objects.get(), (NOW, 80.0)) == [Outcome.UNKNOWN_DEVICE]


def test_readings_of_nobody_wait_until_somebody_says_whose_they_are(home: HomeStage, client: Client) -> None:
    device = make_scale(home)
    sent = [(NOW - timedelta(minutes=9), 80.0), (NOW - timedelta(minutes=5), 66.0)]
    for _ in range(2):
        assert machine_sends(home, device, *sent, user=UNKNOWN_USER) == [Outcome.UNKNOWN_PERSON] * 2
    first, second = UnclaimedReading.objects.order_by("observed_at")
    page = read(client, "/monitoring/whose/")
    assert "80.0" in page
    assert "66.0" in page
    settle = f"/monitoring/whose/{first.pk}/"
    assert client.post(settle, {"monitored": ""}).status_code == 422
    assert client.post(settle, {"monitored": str(home.monitored.pk)}).status_code == 303
    assert [value for value, _flags in home.stored("weight")] == [80]
    assert client.post(f"/monitoring/whose/{second.pk}/", {"what": "drop"}).status_code == 303
    assert machine_sends(home, device, *sent, user=UNKNOWN_USER) == [Outcome.UNKNOWN_PERSON] * 2
    assert "Nothing waits" in read(client, "/monitoring/whose/"), "a repeat does not ask again"
    later = (NOW - timedelta(minutes=1), 70.0)
    assert machine_sends(home, device, later) == [Outcome.UNKNOWN_PERSON], (
        "one reading given is not the device given"
    )


def test_who_does_not_care_for_the_patient_finds_no_plan_and_cannot_be_given_to(
    home: HomeStage, client: Client
) -> None:
    device, stranger = make_scale(home), make_patient(home.people, "Ada")
    other = MonitoredPatient.objects.create(organization_id=stranger.organization_id, patient=stranger)
    machine_sends(home, device, (NOW, 80.0))
    one = UnclaimedReading.objects.get()
    physician = home.people.physician.client
    assert physician.get(plan_url(home, "monitoring", "plan")).status_code == 404
    assert physician.post(f"/monitoring/whose/{one.pk}/", {"monitored": str(other.pk)}).status_code == 422
    assert home.people.stranger.client.get(f"/monitoring/whose/{one.pk}/").status_code == 404
    assert home.people.patient.client.get(plan_url(home, "monitoring", "plan")).status_code == 403
    assert Reading.objects.count() == 0


def test_the_code_for_the_camera_says_where_and_with_what(
    home: HomeStage, client: Client, monkeypatch: Any
) -> None:
    drawn: list[str] = []

    def draw(text: str) -> str:
        drawn.append(text)
        return "data:,"

    monkeypatch.setattr("hearthline.monitoring.home.views.staff.picture_of", draw)
    client.post(plan_url(home, "devices", "add"), NEW)
    url = plan_url(home, "devices", str(DeviceAssignment.objects.get().pk), "let-in")
    for purpose in ("token", "uploader"):
        client.post(url, {"name": "Phone", "purpose": purpose})
    assert json.loads(drawn[0])["server"] == "http://testserver"
    assert drawn[1].endswith("@testserver/api/v1/")
