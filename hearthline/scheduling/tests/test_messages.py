"""What the patient is sent: told, reminded, withdrawn; calendar files; answers by text and by link."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from icalendar import Calendar

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.messaging.models import Notification
from hearthline.messaging.rendering import unpack_context
from hearthline.messaging.replies import Reply
from hearthline.messaging.rules import Intent
from hearthline.messaging.wording import say_values
from hearthline.scheduling.calendars import build_calendar
from hearthline.scheduling.models import Appointment, AppointmentChange, AppointmentLink
from hearthline.scheduling.reminding import find_unplanned, plan_messages, tell_cancelled, tell_missed
from hearthline.scheduling.replying import handle_reply
from hearthline.scheduling.rules.states import Action
from hearthline.scheduling.services.base import write_history
from hearthline.scheduling.tests.stage import NINE, NOW, Stage, make_row, make_service, make_stage
from tests.people import People

SOON = NINE + timedelta(days=13)


@pytest.fixture
def stage(people: People) -> Iterator[Stage]:
    with clock.frozen(NOW):
        made = make_stage(people)
        made.patient.email = "rosa@example.org"
        made.patient.save()
        yield made


def queued(**values: object) -> list[tuple[str, datetime]]:
    rows = Notification.objects.filter(state="queued", **values).order_by("planned_at", "id")
    return [(row.template, row.planned_at) for row in rows]


def test_a_booking_is_told_and_reminded_five_times(stage: Stage) -> None:
    row = make_row(stage, SOON)
    plan_messages(row)
    plan_messages_again = [name for name, _ in queued()]
    assert plan_messages_again == [
        "appointment.booked",
        "appointment.reminder",
        "appointment.reminder",
        "appointment.reminder",
        "appointment.reminder_soon",
        "appointment.starting",
    ]
    assert [SOON - at for _, at in queued()[1:]] == [
        timedelta(days=7),
        timedelta(hours=48),
        timedelta(hours=24),
        timedelta(hours=2),
        timedelta(minutes=10),
    ]


def test_planning_twice_sends_once(stage: Stage) -> None:
    row = make_row(stage, SOON)
    plan_messages(row)
    plan_messages(row)
    assert Notification.objects.count() == 6


def test_moving_withdraws_and_plans_anew_and_cancelling_withdraws_all(stage: Stage) -> None:
    row = make_row(stage, SOON)
    plan_messages(row)
    before = SOON
    row.starts_at, row.ends_at = SOON + timedelta(days=1), SOON + timedelta(days=1, minutes=30)
    row.sequence = 1
    plan_messages(row, moved_from_at=before)
    assert queued()[0][0] == "appointment.moved"
    assert {row.starts_at - at for _, at in queued()[1:]} == {
        timedelta(days=7),
        timedelta(hours=48),
        timedelta(hours=24),
        timedelta(hours=2),
        timedelta(minutes=10),
    }
    row.status = "cancelled"
    tell_cancelled(row)
    assert [name for name, _ in queued()] == ["appointment.cancelled"]
    assert "METHOD:CANCEL" in Notification.objects.get(template="appointment.cancelled").calendar


def test_nothing_is_said_of_walk_ins_past_and_cancelled_visits(stage: Stage) -> None:
    plan_messages(make_row(stage, SOON, is_walk_in=True))
    plan_messages(make_row(stage, NINE, status="cancelled"))
    plan_messages(make_row(stage, NOW - timedelta(hours=1)))
    assert Notification.objects.count() == 0


def test_a_missed_visit_is_answered_with_another_time(stage: Stage) -> None:
    tell_missed(make_row(stage, NOW - timedelta(hours=1), status="noshow"))
    assert [name for name, _ in queued()] == ["appointment.missed"]


def test_no_clinical_word_leaves_the_house(stage: Stage) -> None:
    canary = "Zebrafinch HIV follow-up"
    stage.service = make_service(stage.people, canary, instructions={"en": canary})
    row = make_row(stage, SOON)
    plan_messages(row)
    for sent in Notification.objects.all():
        assert "Zebrafinch" not in f"{unpack_context(sent.context)}{sent.calendar}"


def parse(text: str) -> Any:
    """Calendar files are read as they come, without types."""
    return Calendar.from_ical(text)


@pytest.mark.parametrize("zone", ["America/Chicago", "Asia/Kathmandu", "Pacific/Chatham", "Europe/Madrid"])
def test_the_calendar_file_keeps_its_id_and_says_the_right_instant(stage: Stage, zone: str) -> None:
    row = make_row(stage, SOON, patient_zone=zone)
    first = parse(build_calendar(row, language="en"))
    event = first.walk("VEVENT")[0]
    assert first["METHOD"] == "REQUEST"
    assert event["DTSTART"].dt.astimezone(UTC) == SOON
    assert str(event["DTSTART"].params["TZID"]) == zone
    assert [str(one["TZID"]) for one in first.walk("VTIMEZONE")] == [zone]
    assert (event["DTEND"].dt - event["DTSTART"].dt) == timedelta(minutes=30)
    row.sequence, row.status = 2, "cancelled"
    last = parse(build_calendar(row, language="es"))
    gone = last.walk("VEVENT")[0]
    assert (last["METHOD"], gone["STATUS"], int(gone["SEQUENCE"])) == ("CANCEL", "CANCELLED", 2)
    assert gone["UID"] == event["UID"]


def test_a_calendar_file_across_the_autumn_change(stage: Stage) -> None:
    starts_at = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 00:30 in Chicago, before the clock goes back
    row = make_row(stage, starts_at, minutes=120)
    event = parse(build_calendar(row, language="en")).walk("VEVENT")[0]
    assert event["DTSTART"].dt.astimezone(UTC) == starts_at
    assert event["DTEND"].dt.astimezone(UTC) - event["DTSTART"].dt.astimezone(UTC) == timedelta(hours=2)
    assert event["DTEND"].dt.astimezone(ZoneInfo("America/Chicago")).strftime("%H:%M") == "01:30"


def get_link(row: Appointment) -> str:
    plan_messages(row)
    sent = Notification.objects.get(template="appointment.booked")
    link = str(unpack_context(sent.context)["link"])
    assert re.fullmatch(r"http://localhost:8000/o/riverbend/appointment/[\w-]{43}/", link)
    return link.removeprefix("http://localhost:8000")


def test_a_link_shows_little_and_opening_it_changes_nothing(stage: Stage) -> None:
    row = make_row(stage, SOON)
    link, client = get_link(row), Client()
    page = client.get(link)
    text = page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert "Lindqvist" in text
    assert stage.service.name not in text
    assert "Delgado" not in text
    assert client.get(f"{link}confirm/").status_code == 405
    row.refresh_from_db()
    assert row.confirmed_at is None
    assert link.split("/")[-2].encode() not in bytes(AppointmentLink.objects.get().token_hash)


def test_confirm_move_and_cancel_by_link(stage: Stage) -> None:
    row = make_row(stage, SOON)
    link, client = get_link(row), Client()
    assert client.post(f"{link}confirm/")["Location"] == link
    row.refresh_from_db()
    assert row.confirmed_at == NOW
    assert "09:00" in client.get(f"{link}move/").content.decode()
    later = int((NINE + timedelta(days=2)).timestamp())
    assert client.post(f"{link}move/", {"slot": f"{stage.practitioner.pk}|{later}"})["Location"] == link
    assert client.post(f"{link}move/", {"slot": "nonsense"}).status_code == 422
    assert client.post(f"{link}cancel/", {"reason_code": "because"}).status_code == 422
    assert client.post(f"{link}cancel/", {"reason_code": "better"})["Location"] == link
    row.refresh_from_db()
    assert (row.status, row.moved_from_at, row.sequence) == ("cancelled", SOON, 2)
    assert list(row.changes.values_list("door", flat=True)) == ["link", "link", "link"]
    assert "Cancelled" in client.get(link).content.decode()
    assert client.get(f"{link}visit.ics").content.count(b"METHOD:CANCEL") == 1


def test_links_end(stage: Stage) -> None:
    row = make_row(stage, SOON)
    link = get_link(row)
    assert Client().get(link.replace("riverbend", "lakeside")).status_code == 404
    assert Client().get(link[:-4] + "aaa/").status_code == 404
    assert Client().get(f"/o/riverbend/appointment/{'a' * 300}/").status_code == 404
    with clock.frozen(SOON + timedelta(days=1)):
        assert Client().get(link).status_code == 404
    row.status = "cancelled"
    tell_cancelled(row)
    assert Client().get(link).status_code == 404


def reply(row: Appointment, intent: Intent) -> Any:
    return handle_reply(Reply(row.organization_id, row.pk, row.patient_id, intent, "event"))


def test_answers_by_text(stage: Stage) -> None:
    row = make_row(stage, SOON)
    confirmed = reply(row, Intent.CONFIRM)
    row.refresh_from_db()
    assert row.confirmed_at == NOW
    assert confirmed is not None
    assert confirmed.template == "sms.confirmed"
    assert "/o/riverbend/appointment/" in reply(row, Intent.RESCHEDULE).context["link"]
    assert reply(row, Intent.CANCEL) is None
    row.refresh_from_db()
    assert (row.status, row.changes.values_list("door", flat=True).last()) == ("cancelled", "reply")
    assert reply(row, Intent.CONFIRM).template == "sms.help"


def test_a_late_or_unknown_answer_is_left_to_people(stage: Stage) -> None:
    row = make_row(stage, SOON)
    with clock.frozen(SOON + timedelta(minutes=1)):
        assert reply(row, Intent.CANCEL).template == "sms.help"
    row.pk = uuid4()
    assert reply(row, Intent.CONFIRM).template == "sms.help"


@pytest.mark.parametrize(
    ("patient_zone", "said"),
    [
        ("America/Chicago", "Monday 15 June, 09:00 (Chicago time)"),
        ("America/New_York", "Monday 15 June, 10:00 (New York time), 09:00 (Chicago time)"),
        ("Asia/Tokyo", "Monday 15 June, 23:00 (Tokyo time), 09:00 (Chicago time)"),
        ("Pacific/Auckland", "Tuesday 16 June, 02:00 (Auckland time), Monday 15 June, 09:00 (Chicago time)"),
    ],
)
def test_messages_name_both_zones_where_they_differ(stage: Stage, patient_zone: str, said: str) -> None:
    plan_messages(make_row(stage, SOON))
    sent = Notification.objects.get(template="appointment.booked")
    values = say_values(unpack_context(sent.context), zone=ZoneInfo(patient_zone), language="en")
    assert values["when"] == said


def test_a_booking_nobody_was_told_of_is_found(stage: Stage) -> None:
    appointment = make_row(stage, NOW + timedelta(hours=20))
    booked_by = Actor.system(appointment.organization_id, "test")
    door = AppointmentChange.Door.STAFF
    write_history(booked_by, appointment, Action.BOOK, before=None, door=door)
    with clock.frozen(NOW + timedelta(minutes=5)):
        assert find_unplanned(appointment.organization_id).count == 0
    with clock.frozen(NOW + timedelta(minutes=30)):
        assert find_unplanned(appointment.organization_id).count == 1
        plan_messages(appointment)
        assert find_unplanned(appointment.organization_id).count == 0
