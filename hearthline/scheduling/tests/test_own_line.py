"""Patients join the line by themselves, through the door: who may, when, once, and what they are told."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from hearthline.audit.queries import AuditFilter, search
from hearthline.directory.models import Licence
from hearthline.directory.tests.stage import make_caregiver, make_patient
from hearthline.foundation import clock
from hearthline.identity.roles import Role
from hearthline.scheduling import errors
from hearthline.scheduling.lines import MOST_WAITING, list_waiting
from hearthline.scheduling.models import AvailabilityException, BookingDraft, WalkInEntry
from hearthline.scheduling.services.own_line import ANSWERS_VALID, join_own_line
from hearthline.scheduling.tests.line import (
    HERE,
    NUMBER,
    OPEN,
    answer_line,
    ask_again,
    enter,
    join,
    make_line,
    make_ready_draft,
    put_before,
    read,
)
from hearthline.scheduling.tests.stage import NINE, Stage, make_bookable, make_row, make_service
from hearthline.scheduling.tests.test_booking_pages import CLEAR, answer, begin
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Site
from tests.people import People, make_person


@pytest.fixture
def stage(people: People) -> Iterator[Stage]:
    with clock.frozen(OPEN):
        yield make_line(people)


def test_a_patient_joins_and_stands_in_the_same_line_as_those_of_the_desk(
    stage: Stage, people: People
) -> None:
    put_before(stage)
    assert "/care/line/" in read(people.patient.client, "/care/")
    assert "1 person is waiting" in read(people.patient.client, "/care/line/")
    place = join(people.patient.client, stage)
    page = read(people.patient.client, place)
    assert "1 person is before you." in page
    assert "The wait is about 30 to 90 minutes." in page
    line = list_waiting(stage.service.pk, people.site.pk)
    assert [one.patient.given_names for one in line] == ["Person0", stage.patient.given_names]
    assert (line[1].call_back_number, line[1].location_jurisdiction) == ("+15125550134", "US-TX")
    queue = read(people.nurse.client, "/schedule/queue/")
    assert queue.index("Person0") < queue.index(stage.patient.full_name)
    since = AuditFilter(
        since=OPEN - timedelta(days=1), until=OPEN + timedelta(days=1), patient_id=stage.patient.pk
    )
    assert "walk_in.joined" in [row.action for row in search(people.auditor.actor, since)]


def test_double_click_second_tab_and_second_device_keep_the_one_place(stage: Stage, people: People) -> None:
    client = people.patient.client
    first, second = answer_line(client, stage), answer_line(client, stage)
    places = {client.post(f"{base}/number/", NUMBER)["Location"] for base in (first, first, second)}
    assert len(places) == 1
    assert WalkInEntry.objects.count() == 1
    assert "See the place in line" in read(client, "/care/line/")
    assert client.get(f"{second}/how/")["Location"] in places


def test_who_was_entered_by_the_desk_finds_that_place(stage: Stage, people: People) -> None:
    entry = enter(stage, mode="phone")
    assert str(entry.pk) in ask_again(people.patient.client, stage)


def test_a_red_flag_stops_before_the_line(stage: Stage, people: People) -> None:
    client = people.patient.client
    base = begin(client, "/care/line/")
    answer(client, base, "urgent", {"flags": ["chest_pain"]}, "help")
    assert "911" in read(client, f"{base}/help/")
    for step in ("service", "number"):
        assert client.get(f"{base}/{step}/")["Location"] == f"{base}/help/"
    assert client.post(f"{base}/number/", NUMBER)["Location"] == f"{base}/help/"
    assert not WalkInEntry.objects.exists()


def test_old_answers_are_asked_again(stage: Stage, people: People) -> None:
    client = people.patient.client
    base = answer_line(client, stage)
    BookingDraft.objects.update(created_at=OPEN - ANSWERS_VALID)
    assert client.post(f"{base}/number/", NUMBER)["Location"] == "/care/line/"
    assert not WalkInEntry.objects.exists()


def test_nobody_licensed_for_the_place_says_so_and_lets_the_place_be_changed(
    stage: Stage, people: People
) -> None:
    client = people.patient.client
    base = answer_line(client, stage, location_jurisdiction="US-NY")
    page = read(client, f"{base}/how/")
    assert "may treat people who are in that place" in page
    assert f"{base}/where/" in page
    assert client.post(f"{base}/number/", NUMBER).status_code == 303  # how has no answer yet
    answer(client, base, "where", HERE, "how")
    answer(client, base, "how", {"mode": "video"}, "number")
    assert client.post(f"{base}/number/", NUMBER)["Location"].startswith("/care/line/place/")


def test_a_licence_lost_on_the_way_stops_at_the_last_question(stage: Stage, people: People) -> None:
    base = answer_line(people.patient.client, stage)
    Licence.objects.update(valid_until=OPEN.date() - timedelta(days=1))
    assert people.patient.client.post(f"{base}/number/", NUMBER).status_code == 422
    assert not WalkInEntry.objects.exists()


def test_a_closed_line_says_when_it_opens_and_takes_nobody(stage: Stage, people: People) -> None:
    client = people.patient.client
    base = answer_line(client, stage)
    with clock.frozen(NINE - timedelta(minutes=30)):
        for path in ("/care/line/", "/o/riverbend/line/"):
            page = read(client, path)
            assert "No line is open now" in page
            assert "09:00 (Chicago time)" in page
            assert "Book a visit" in page
        assert client.post("/care/line/").status_code == 422
        refused = client.post(f"{base}/number/", NUMBER)
        assert refused.status_code == 422
        assert "09:00 (Chicago time)" in refused.content.decode()
    AvailabilityException.objects.create(
        organization_id=people.organization.id,
        practitioner=stage.practitioner,
        starts_at=OPEN - timedelta(hours=1),
        ends_at=OPEN + timedelta(hours=1),
        kind="closed",
        reason="leave",
    )
    assert "10:10 (Chicago time)" in read(client, "/care/line/")  # the closure ends within the hours
    assert not WalkInEntry.objects.exists()


@pytest.mark.parametrize(("minutes", "status"), [(-10, 422), (20, 422), (40, 303)])
def test_who_has_a_booked_visit_now_is_led_there(
    stage: Stage, people: People, minutes: int, status: int
) -> None:
    base = answer_line(people.patient.client, stage)
    make_row(stage, OPEN + timedelta(minutes=minutes), 20)
    response = people.patient.client.post(f"{base}/number/", NUMBER)
    assert response.status_code == status
    assert ("Go to your visits" in response.content.decode()) == (status == 422)


def test_a_full_line_takes_nobody_and_the_desk_still_may(stage: Stage, people: People) -> None:
    base = answer_line(people.patient.client, stage)
    with clock.frozen(OPEN):
        put_before(stage, MOST_WAITING)
    response = people.patient.client.post(f"{base}/number/", NUMBER)
    assert response.status_code == 422
    assert "Too many people are waiting now." in response.content.decode()
    assert len(put_before(stage, 1, mode="phone")) == 1


def test_services_without_a_line_or_for_staff_only_are_not_offered(stage: Stage, people: People) -> None:
    make_service(people, "Only by booking")
    staff_only = make_service(people, "By staff", takes_walk_ins=True, booked_by="staff")
    client = people.patient.client
    base = begin(client, "/care/line/")
    answer(client, base, "urgent", CLEAR, "service")
    assert read(client, f"{base}/service/").count('type="radio"') == 1
    assert client.post(f"{base}/service/", {"service": str(staff_only.pk)}).status_code == 422
    BookingDraft.objects.update(
        service=staff_only, location_jurisdiction="US-TX", location_place="home", mode="video"
    )
    assert client.post(f"{base}/number/", NUMBER).status_code == 422
    assert not WalkInEntry.objects.exists()


@pytest.mark.parametrize("number", ["", "call me", "12", "5" * 40])
def test_garbage_for_a_number_is_refused_with_words(stage: Stage, people: People, number: str) -> None:
    base = answer_line(people.patient.client, stage)
    response = people.patient.client.post(f"{base}/number/", {"call_back_number": number})
    assert response.status_code == 422
    assert 'class="error-summary"' in response.content.decode()
    assert not WalkInEntry.objects.exists()


def test_the_shorter_of_two_open_lines_is_joined(stage: Stage, people: People) -> None:
    put_before(stage)
    second = Site.objects.create(
        organization_id=people.organization.id, name="Hill", zone="America/Chicago", jurisdiction="US-TX"
    )
    make_bookable(people.specialist, stage.service, family="Varga", site=second)
    join(people.patient.client, stage)
    assert WalkInEntry.objects.get(patient=stage.patient).site == second


def test_a_caregiver_who_may_book_joins_for_the_patient_and_others_find_nothing(
    stage: Stage, people: People
) -> None:
    hidden = make_patient(people, "Omar", "Haddad")
    make_caregiver(stage.patient, people.caregiver)
    make_caregiver(hidden, people.caregiver, may_book=False)
    place = join(people.caregiver.client, stage)
    assert WalkInEntry.objects.get().patient == stage.patient
    assert read(people.patient.client, place)
    other = make_person(people.organization, "Nadia Brook", Role.PATIENT)
    for client, status in ((other.client, 404), (people.stranger.client, 404), (people.nurse.client, 403)):
        assert client.get(place).status_code in (status, 403)
        assert client.post(f"{place}leave/").status_code in (status, 403)
    assert Client().get(place).status_code == 302
    assert WalkInEntry.objects.get().status == "waiting"
    entry = enter(stage, hidden)
    for path in ("", "leave/", "call-back/", "stay/"):
        address = f"/care/line/place/{entry.pk}/{path}"
        method = people.caregiver.client.post if path in ("leave/", "stay/") else people.caregiver.client.get
        assert method(address).status_code == 404


def test_a_caregiver_whose_help_ended_on_the_way_joins_nothing(stage: Stage, people: People) -> None:
    helper = make_caregiver(stage.patient, people.caregiver)
    base = answer_line(people.caregiver.client, stage)
    helper.may_book = False
    helper.save()
    response = people.caregiver.client.post(f"{base}/number/", NUMBER)
    assert response.status_code == 404
    assert not WalkInEntry.objects.exists()


def test_another_organizations_line_does_not_exist(stage: Stage, people: People) -> None:
    with acting_in(people.other_organization.id):
        abroad = make_person(people.other_organization, "Ola Frost", Role.PATIENT)
    base = answer_line(people.patient.client, stage)
    place = join(people.patient.client, stage)
    assert abroad.client.get(place).status_code == 404
    assert abroad.client.get(f"{base}/urgent/").status_code == 404
    assert abroad.client.get(f"/care/line/place/{uuid4()}/").status_code == 404


def test_answers_of_a_booking_come_along_into_the_line(stage: Stage, people: People) -> None:
    client = people.patient.client
    base = begin(client)
    answer(client, base, "urgent", CLEAR, "service")
    answer(client, base, "service", {"service": str(stage.service.pk)}, "where")
    answer(client, base, "where", {**HERE, "zone": "America/Chicago"}, "language")
    answer(client, base, "language", {"language": "en", "needs_interpreter": "no"}, "access")
    answer(client, base, "access", {}, "how")
    answer(client, base, "how", {"mode": "phone"}, "times")
    assert "Wait in line instead" in read(client, f"{base}/times/")
    slot = f"{stage.practitioner.pk}|{int((NINE + timedelta(days=1)).timestamp())}"
    assert client.post(f"{base}/times/", {"slot": slot}).status_code == 303
    draft_id = base.rsplit("/", 1)[-1]
    response = client.post("/care/line/", {"draft": draft_id})
    assert response["Location"] == f"/care/line/{draft_id}/where/"
    assert BookingDraft.objects.get().appointment_id is None  # the time that was kept is given back
    line = f"/care/line/{draft_id}"
    answer(client, line, "where", HERE, "how")
    answer(client, line, "how", {"mode": "phone"}, "number")
    assert client.post(f"{line}/number/", NUMBER).status_code == 303
    assert WalkInEntry.objects.get().mode == "phone"
    stage.service.takes_walk_ins = False
    stage.service.save()
    assert "Wait in line instead" not in read(client, f"{base}/times/")


def test_strangers_read_which_lines_are_open_and_sign_in_first(stage: Stage, people: People) -> None:
    page = read(Client(), "/o/riverbend/line/")
    assert "Nobody is waiting" in page
    assert "/sign-in/" in page
    assert Client().get("/care/line/").status_code == 302
    assert "/o/riverbend/line/" in read(Client(), "/o/riverbend/book/")


def test_nobody_joins_from_a_service_call_with_an_unclear_screen(stage: Stage, people: People) -> None:
    def attempt(row: BookingDraft) -> WalkInEntry:
        return join_own_line(people.patient.actor, draft=row, call_back_number="+15125550134")

    with pytest.raises(errors.NeedsHelpNowError):
        attempt(make_ready_draft(stage, urgency="emergency"))
    unasked: list[dict[str, Any]] = [
        {"urgency": ""},
        {"service": None},
        {"location_jurisdiction": ""},
        {"mode": "in_person"},
    ]
    for values in unasked:
        with pytest.raises(errors.AnswersMissingError):
            attempt(make_ready_draft(stage, **values))
    assert attempt(make_ready_draft(stage)).status == "waiting"
