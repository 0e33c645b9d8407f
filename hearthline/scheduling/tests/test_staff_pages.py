"""The schedule, booking for a patient, the line, and administration through the door; allowed beside denied."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from hearthline.directory.tests.stage import make_patient
from hearthline.foundation import clock
from hearthline.scheduling import services
from hearthline.scheduling.models import (
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    Service,
    WalkInEntry,
)
from hearthline.scheduling.tests.stage import NINE, NOW, Stage, make_bookable, make_row, make_stage
from hearthline.tenancy.context import acting_in
from tests.people import People, sign_in

VISIT = {"mode": "video", "location_jurisdiction": "US-TX", "location_place": "home"}


@pytest.fixture
def stage(people: People) -> Iterator[Stage]:
    with clock.frozen(NOW):
        yield make_stage(people)


def text(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response
    return response.content.decode()


def test_the_day_shows_the_patient_the_zones_and_the_line_of_now(stage: Stage, people: People) -> None:
    make_row(stage, NINE, patient_zone="America/New_York")
    with clock.frozen(NINE + timedelta(minutes=5)):
        page = text(people.navigator.client, "/schedule/?practitioner=")
    assert "Rosa Delgado" in page
    assert "For the patient 10:00, New York time" in page
    assert page.index("Rosa Delgado") < page.index("now-line")
    week = text(people.navigator.client, "/schedule/?view=week&practitioner=&date=2026-06-03")
    assert "Rosa Delgado" in week
    assert "Rosa Delgado" not in text(people.navigator.client, "/schedule/?practitioner=&date=2026-06-03")


def test_a_clinician_lands_on_the_own_day_and_sees_only_what_concerns_them(
    stage: Stage, people: People
) -> None:
    make_row(stage)
    second = make_bookable(people.specialist, stage.service, family="Varga", site=people.site)
    make_row(stage, practitioner=second, patient=make_patient(people, "Omar", "Haddad"))
    own = text(people.physician.client, "/schedule/?date=2026-06-02")
    assert "Rosa Delgado" in own
    everyone = text(people.physician.client, "/schedule/?date=2026-06-02&practitioner=")
    assert "Omar Haddad" not in everyone
    assert "Omar Haddad" in text(people.nurse.client, "/schedule/?date=2026-06-02&practitioner=")


@pytest.mark.parametrize(
    "query", ["date=yesterday", "date=9999-12-31", "date=0001-01-01&view=week", "practitioner=x&site=y"]
)
def test_garbage_in_the_address_shows_today(stage: Stage, people: People, query: str) -> None:
    assert "1 June 2026" in text(people.nurse.client, f"/schedule/?{query}")


@pytest.mark.parametrize("role", ["patient", "caregiver", "technician", "auditor", "attendant"])
def test_others_do_not_see_the_schedule(stage: Stage, people: People, role: str) -> None:
    row = make_row(stage)
    client = people.by_role[role].client
    for path in ("/schedule/", "/schedule/queue/", f"/schedule/appointments/{row.pk}/", "/schedule/book/"):
        assert client.get(path).status_code == 403
    assert client.post(f"/schedule/appointments/{row.pk}/do/arrive/").status_code == 403


def test_another_organization_finds_nothing(stage: Stage, people: People) -> None:
    row = make_row(stage)
    client = people.stranger.client
    for path in (f"/schedule/appointments/{row.pk}/", f"/schedule/book/?patient={stage.patient.pk}"):
        assert client.get(path).status_code == 404
    for path in ("do/arrive", "cancel", "move", "missed"):
        assert (
            client.post(f"/schedule/appointments/{row.pk}/{path}/", {"reason_code": "clinic"}).status_code
            == 404
        )
    row.refresh_from_db()
    assert row.status == "booked"


def test_staff_book_once_however_often_they_press(stage: Stage, people: People) -> None:
    client = people.navigator.client
    path = f"/schedule/book/?patient={stage.patient.pk}"
    assert "Rosa Delgado" in text(client, path)
    query = f"&service={stage.service.pk}&mode=video&location_jurisdiction=US-TX&location_place=home"
    page = text(client, path + query)
    assert 'name="slot"' in page
    data = {
        **VISIT,
        "service": str(stage.service.pk),
        "slot": f"{stage.practitioner.pk}|{int(NINE.timestamp())}",
        "key": str(uuid4()),
    }
    first, second = client.post(path, data), client.post(path, data)
    assert first.status_code == 303
    assert first["Location"] == second["Location"]
    row = Appointment.objects.get()
    assert (row.patient_id, row.status, row.booked_by_id) == (
        stage.patient.pk,
        "booked",
        people.navigator.user.pk,
    )
    taken = client.post(path, {**data, "key": str(uuid4())})
    assert taken.status_code == 422
    assert "not offered any more" in taken.content.decode()


def test_a_follow_up_starts_from_the_visit(stage: Stage, people: People) -> None:
    row = services.book_appointment(
        people.nurse.actor,
        patient=stage.patient,
        service=stage.service,
        practitioner_id=stage.practitioner.pk,
        starts_at=NINE,
        idempotency_key="first",
        **VISIT,  # type: ignore[arg-type]
    )
    page = text(people.physician.client, f"/schedule/book/?follows={row.pk}&weeks=2")
    assert f'value="{stage.service.pk}" selected' in page
    data = {
        **VISIT,
        "service": str(stage.service.pk),
        "slot": f"{stage.practitioner.pk}|{int((NINE + timedelta(weeks=2)).timestamp())}",
        "key": "k",
    }
    assert people.nurse.client.post(f"/schedule/book/?follows={row.pk}", data).status_code == 303
    assert Appointment.objects.get(follows=row).starts_at == NINE + timedelta(weeks=2)


@pytest.mark.parametrize(
    "change",
    [
        {"service": "x"},
        {"service": str(uuid4())},
        {"mode": "in_person"},
        {"mode": ""},
        {"location_jurisdiction": "nowhere"},
        {"location_jurisdiction": "US-NY"},
        {"slot": "x"},
        {"key": ""},
        {"key": "k" * 300},
    ],
)
def test_garbage_books_nothing(stage: Stage, people: People, change: dict[str, Any]) -> None:
    data = {
        **VISIT,
        "service": str(stage.service.pk),
        "slot": f"{stage.practitioner.pk}|{int(NINE.timestamp())}",
        "key": "k",
        **change,
    }
    response = people.nurse.client.post(f"/schedule/book/?patient={stage.patient.pk}", data)
    assert response.status_code == 422
    assert Appointment.objects.count() == 0


def test_the_day_of_one_appointment(stage: Stage, people: People) -> None:
    row, client = make_row(stage), people.nurse.client
    base = f"/schedule/appointments/{row.pk}/"
    assert "Arrived" in text(client, base)
    assert client.post(f"{base}do/arrive/")["Location"] == base
    assert "Not there after all" in text(client, base)
    assert client.post(f"{base}do/undo_noshow/").status_code == 422
    assert client.post(f"{base}do/explode/").status_code == 404
    assert client.post(f"{base}missed/", {"reason_code": "no_answer"}).status_code == 422
    with clock.frozen(NINE + timedelta(minutes=20)):
        client = sign_in(people.nurse.user, people.organization.pk)
        assert client.post(f"{base}missed/", {"reason_code": "because"}).status_code == 422
        assert client.post(f"{base}missed/", {"reason_code": "no_answer"}).status_code == 303
    row.refresh_from_db()
    assert (row.status, row.reason_code) == ("noshow", "no_answer")
    assert "Did not answer when called" in text(client, base)


def test_move_and_cancel(stage: Stage, people: People) -> None:
    row, client = make_row(stage), people.administrator.client
    base = f"/schedule/appointments/{row.pk}/"
    assert 'name="slot"' in text(client, f"{base}move/")
    assert client.post(f"{base}move/", {"slot": "?"}).status_code == 422
    later = int((NINE + timedelta(hours=1)).timestamp())
    assert client.post(f"{base}move/", {"slot": f"{stage.practitioner.pk}|{later}"}).status_code == 303
    assert client.post(f"{base}cancel/", {}).status_code == 422
    assert client.post(f"{base}cancel/", {"reason_code": "clinic"}).status_code == 303
    assert client.get(f"{base}move/").status_code == 303
    page = text(client, base)
    assert "Moved" in page
    assert "The clinic had to cancel" in page


def test_the_line(stage: Stage, people: People) -> None:
    stage.service.takes_walk_ins = True
    stage.service.save()
    join = f"/schedule/queue/join/?patient={stage.patient.pk}"
    data = {**VISIT, "service": str(stage.service.pk), "site": str(people.site.pk)}
    with clock.frozen(NINE):
        client = sign_in(people.navigator.user, people.organization.pk)
        assert client.post(join, {**data, "site": "x"}).status_code == 422
        assert client.post(join, data).status_code == 303
        assert "already waiting" in client.post(join, data).content.decode()
        page = text(client, "/schedule/queue/")
        assert "1. <bdi>Rosa Delgado</bdi>" in page
        assert "about 0 to 45 minutes" in page
    with clock.frozen(NINE + timedelta(hours=12)):
        client = sign_in(people.navigator.user, people.organization.pk)
        assert "we cannot say how long" in text(client, "/schedule/queue/")
    entry = WalkInEntry.objects.get()
    assert people.stranger.client.post(f"/schedule/queue/{entry.pk}/call/").status_code == 404
    assert people.nurse.client.post(f"/schedule/queue/{entry.pk}/call/").status_code == 422
    with clock.frozen(NINE):
        client = sign_in(people.navigator.user, people.organization.pk)
        called = client.post(
            f"/schedule/queue/{entry.pk}/call/", {"practitioner": str(stage.practitioner.pk)}
        )
        assert called.status_code == 303
        again = client.post(f"/schedule/queue/{entry.pk}/call/", {"practitioner": str(stage.practitioner.pk)})
        assert again.status_code == 422
    assert Appointment.objects.get().is_walk_in
    assert "Nobody is waiting" in text(people.nurse.client, "/schedule/queue/")


def test_leaving_the_line(stage: Stage, people: People) -> None:
    stage.service.takes_walk_ins = True
    entry = services.join_queue(
        people.nurse.actor, patient=stage.patient, service=stage.service, site=people.site, **VISIT
    )
    for _ in range(2):
        assert people.nurse.client.post(f"/schedule/queue/{entry.pk}/leave/").status_code == 303
    entry.refresh_from_db()
    assert entry.status == "left"


SERVICE = {
    "name_en": "Skin check",
    "name_es": "Revisión de la piel",
    "instruction_en": "Have a lamp near you.",
    "duration_minutes": "20",
    "buffer_before_minutes": "0",
    "buffer_after_minutes": "5",
    "step_minutes": "15",
    "modes": ["video"],
    "booked_by": "anyone",
    "notice_minutes": "60",
    "horizon_days": "30",
    "needs_licence": "on",
    "position": "1",
    "is_active": "on",
    "flags": "emergency: A rash that spreads fast | Una erupción que avanza rápido",
}


def test_an_administrator_makes_a_service_with_hours_and_it_can_be_booked(
    stage: Stage, people: People
) -> None:
    client = people.administrator.client
    data = {**SERVICE, "practitioners": [str(stage.practitioner.pk)]}
    assert client.post("/administration/services/add/", data).status_code == 303
    made = Service.objects.get(names__en="Skin check")
    assert made.red_flags == [
        {
            "code": "flag_1",
            "urgency": "emergency",
            "text": {"en": "A rash that spreads fast", "es": "Una erupción que avanza rápido"},
        }
    ]
    assert "Skin check" in text(client, "/administration/services/")
    page = text(client, f"/administration/services/{made.pk}/")
    assert "A rash that spreads fast | Una erupción" in page
    assert (
        client.post(f"/administration/services/{made.pk}/", {**data, "practitioners": []}).status_code == 303
    )
    assert made.offers.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"name_en": ""},
        {"duration_minutes": "0"},
        {"duration_minutes": "long"},
        {"duration_minutes": "99999999"},
        {"modes": []},
        {"modes": ["telepathy"]},
        {"flags": "perhaps: x"},
        {"flags": "emergency:"},
        {"flags": "\n".join(["crisis: x"] * 13)},
        {"practitioners": [str(uuid4())]},
        {"name_en": "x\x00"},
    ],
)
def test_a_bad_service_is_refused(stage: Stage, people: People, change: dict[str, Any]) -> None:
    assert (
        people.administrator.client.post("/administration/services/add/", {**SERVICE, **change}).status_code
        == 422
    )
    assert Service.objects.count() == 1


def test_hours_and_exceptions(stage: Stage, people: People) -> None:
    client = people.administrator.client
    hours = {
        "practitioner": str(stage.practitioner.pk),
        "site": str(people.site.pk),
        "weekday": "5",
        "starts": "22:00",
        "ends": "02:00",
        "valid_from": "2026-06-01",
        "every_weeks": "2",
    }
    assert client.post("/administration/hours/add/", hours).status_code == 303
    rule = AvailabilityRule.objects.get(weekday=5)
    assert rule.zone == "America/Chicago"
    assert "every 2 weeks" in text(client, "/administration/hours/")
    for change in (
        {"ends": "22:00"},
        {"valid_to": "2025-01-01"},
        {"weekday": "9"},
        {"site": "x"},
        {"every_weeks": "0"},
    ):
        assert client.post("/administration/hours/add/", {**hours, **change}).status_code == 422
    assert client.post(f"/administration/hours/{rule.pk}/remove/").status_code == 303
    assert not AvailabilityRule.objects.filter(pk=rule.pk).exists()
    make_row(stage)
    closed = {
        "kind": "closed",
        "practitioner": str(stage.practitioner.pk),
        "reason": "leave",
        "first_day": "2026-06-02",
        "first_time": "08:00",
        "last_day": "2026-06-02",
        "last_time": "12:00",
    }
    added = client.post("/administration/hours/exceptions/add/", closed)
    assert added.status_code == 303
    assert "Rosa Delgado" in text(client, added["Location"])
    for change in (
        {"practitioner": ""},
        {"kind": "extra"},
        {"last_day": "2026-06-01"},
        {"last_time": "08:00"},
        {"last_day": "9999-12-31"},
        {"first_time": "25:00"},
    ):
        response = client.post("/administration/hours/exceptions/add/", {**closed, **change})
        assert response.status_code == 422, change
    found = AvailabilityException.objects.get()
    assert client.post(f"/administration/hours/exceptions/{found.pk}/remove/").status_code == 303


@pytest.mark.parametrize(
    "path", ["services/", "services/add/", "hours/", "hours/add/", "hours/exceptions/add/"]
)
def test_only_administrators_administer(stage: Stage, people: People, path: str) -> None:
    for role in ("patient", "nurse", "physician", "navigator", "technician", "auditor"):
        assert people.by_role[role].client.get(f"/administration/{path}").status_code == 403
    assert people.administrator.client.get(f"/administration/{path}").status_code == 200


def test_an_administrator_of_another_organization_finds_nothing(stage: Stage, people: People) -> None:
    with acting_in(people.other_organization.id):
        foreign = Service.objects.create(
            organization_id=people.other_organization.id,
            names={"en": "Other"},
            duration_minutes=30,
            modes=["video"],
        )
    assert people.administrator.client.get(f"/administration/services/{foreign.pk}/").status_code == 404
