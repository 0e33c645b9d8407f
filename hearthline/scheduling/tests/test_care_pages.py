"""A patient's own appointments through the door."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hearthline.directory.tests.stage import make_caregiver, make_patient
from hearthline.foundation import clock
from hearthline.scheduling.tests.stage import NINE, NOW, Stage, make_row, make_stage
from tests.people import People, sign_in


@pytest.fixture
def stage(people: People) -> Iterator[Stage]:
    with clock.frozen(NOW):
        yield make_stage(people)


def test_the_list_has_what_comes_and_what_was(stage: Stage, people: People) -> None:
    make_row(stage)
    make_row(stage, NINE + timedelta(hours=1), status="held", held_until=NINE, patient=None)
    make_row(stage, NINE + timedelta(hours=2), patient=make_patient(people, "Omar", "Haddad"))
    page = people.patient.client.get("/care/appointments/").content.decode()
    assert page.count("Lindqvist") == 1
    assert "09:00 (Chicago time)" in page
    assert "No past visits" in people.patient.client.get("/care/appointments/?show=past").content.decode()


def test_move_confirm_and_cancel(stage: Stage, people: People) -> None:
    row, client = make_row(stage, patient_zone="America/New_York"), people.patient.client
    base = f"/care/appointments/{row.pk}/"
    page = client.get(base).content.decode()
    assert "10:00 (New York time)" in page
    assert "09:00 (Chicago time)" in page
    assert client.post(f"{base}confirm/")["Location"] == base
    later = int((NINE + timedelta(hours=1)).timestamp())
    assert client.post(f"{base}move/", {"slot": f"{stage.practitioner.pk}|{later}"})["Location"] == base
    assert client.post(f"{base}move/", {"slot": f"{stage.practitioner.pk}|{later}"})["Location"] == base
    assert client.get(f"{base}visit.ics")["Content-Type"].startswith("text/calendar")
    assert client.post(f"{base}cancel/").status_code == 422
    for _ in range(2):
        assert client.post(f"{base}cancel/", {"reason_code": "cost"})["Location"] == base
    row.refresh_from_db()
    assert (row.status, row.reason_code, row.changes.count()) == ("cancelled", "cost", 3)
    assert client.get(f"{base}move/")["Location"] == base
    assert client.post(f"{base}move/", {"slot": f"{stage.practitioner.pk}|{later - 3600}"}).status_code == 422


def test_after_the_start_the_patient_is_told_to_call(stage: Stage, people: People) -> None:
    row = make_row(stage)
    with clock.frozen(NINE + timedelta(minutes=1)):
        client = sign_in(people.patient.user, people.organization.pk)
        response = client.post(f"/care/appointments/{row.pk}/cancel/", {"reason_code": "time"})
    assert response.status_code == 422
    assert "call the clinic" in response.content.decode()


def test_others_find_nothing(stage: Stage, people: People) -> None:
    row = make_row(stage)
    base = f"/care/appointments/{row.pk}/"
    make_caregiver(stage.patient, people.caregiver, may_book=False, may_join_visits=True)
    assert people.caregiver.client.get(base).status_code == 200
    assert people.caregiver.client.post(f"{base}cancel/", {"reason_code": "time"}).status_code == 404
    assert people.physician.client.get(base).status_code == 403
    other = make_row(stage, NINE + timedelta(hours=1), patient=make_patient(people, "Omar", "Haddad"))
    for path in ("", "move/", "cancel/", "visit.ics", "booked/"):
        assert people.patient.client.get(f"/care/appointments/{other.pk}/{path}").status_code == 404
    assert people.patient.client.post(f"/care/appointments/{other.pk}/confirm/").status_code == 404
    other.refresh_from_db()
    assert (other.status, other.confirmed_at) == ("booked", None)


def test_a_held_time_is_nobodys_appointment(stage: Stage, people: People) -> None:
    held = make_row(stage, status="held", held_until=NINE)
    assert people.patient.client.get(f"/care/appointments/{held.pk}/").status_code == 404
    assert people.nurse.client.get(f"/schedule/appointments/{held.pk}/").status_code == 404
