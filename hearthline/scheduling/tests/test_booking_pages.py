"""Booking through the door: every question, the ways back, two tabs, double submits, strangers, garbage."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from hearthline.directory.models import Licence
from hearthline.directory.tests.stage import link, make_caregiver, make_patient, make_practitioner
from hearthline.foundation import clock
from hearthline.scheduling.models import Appointment, BookingDraft, UrgencyScreen
from hearthline.scheduling.tests.stage import NINE, NOW, Stage, make_row, make_stage
from tests.people import People, sign_in

CLEAR = {"flags": ["none"]}
WHERE = {"location_place": "home", "location_jurisdiction": "US-TX", "zone": "America/Denver"}
LANGUAGE = {"language": "es", "needs_interpreter": "yes", "interpreter_gender": "woman"}


@pytest.fixture
def stage(people: People) -> Iterator[Stage]:
    with clock.frozen(NOW):
        yield make_stage(people)


def begin(client: Client, path: str = "/care/book/") -> str:
    """Start a booking; return the address of the draft without its step."""
    response = client.post(path)
    assert response.status_code == 303, response.content
    return str(response["Location"]).rsplit("/", 2)[0]


def answer(client: Client, base: str, step: str, data: dict[str, Any], leads_to: str) -> None:
    response = client.post(f"{base}/{step}/", data)
    assert response.status_code == 303, response.content.decode()
    assert response["Location"] == f"{base}/{leads_to}/"


def answer_all(client: Client, base: str, stage: Stage) -> None:
    answer(client, base, "urgent", CLEAR, "service")
    answer(client, base, "service", {"service": str(stage.service.pk)}, "where")
    answer(client, base, "where", WHERE, "language")
    answer(client, base, "language", LANGUAGE, "access")
    answer(client, base, "access", {"access_needs": ["captions"]}, "how")
    answer(client, base, "how", {"mode": "video"}, "times")


def slot(stage: Stage, at: Any = NINE) -> dict[str, str]:
    return {"slot": f"{stage.practitioner.pk}|{int(at.timestamp())}"}


def test_a_patient_books_from_the_first_question_to_the_last(stage: Stage, people: People) -> None:
    client = people.patient.client
    assert "911" in client.get("/care/book/").content.decode()
    base = begin(client)
    answer_all(client, base, stage)
    times = client.get(f"{base}/times/").content.decode()
    assert "08:00" in times  # 09:00 in Chicago is 08:00 in Denver
    assert "Denver time" in times
    assert "Chicago time" in times
    answer(client, base, "times", slot(stage), "check")
    check = client.get(f"{base}/check/").content.decode()
    assert "10 more minutes" in check
    booked = client.post(f"{base}/check/")
    assert booked.status_code == 303
    row = Appointment.objects.get()
    assert booked["Location"] == f"/care/appointments/{row.pk}/booked/"
    done = client.get(booked["Location"]).content.decode()
    for words in ("08:00 (Denver time)", "09:00 (Chicago time)", "visit.ics", "+1 512-555-0100"):
        assert words in done
    assert (row.status, row.language, row.access_needs) == ("booked", "es", [])
    asked = set(row.requirements.values_list("kind", "language", "gender"))
    assert asked == {("interpreter", "es", "woman"), ("captions", "", "")}
    assert (row.patient_id, row.booked_by_id, row.location_place) == (
        stage.patient.pk,
        people.patient.user.pk,
        "home",
    )


def test_double_submit_back_button_and_second_tab_lead_to_the_one_booking(
    stage: Stage, people: People
) -> None:
    client = people.patient.client
    base = begin(client)
    answer_all(client, base, stage)
    answer(client, base, "times", slot(stage), "check")
    first, second = client.post(f"{base}/check/"), client.post(f"{base}/check/")
    assert first["Location"] == second["Location"]
    for step in ("urgent", "service", "where", "times", "check"):
        assert client.get(f"{base}/{step}/")["Location"] == first["Location"]
        assert client.post(f"{base}/{step}/", CLEAR)["Location"] == first["Location"]
    assert Appointment.objects.count() == 1
    other = begin(client)
    answer_all(client, other, stage)
    response = client.post(f"{other}/times/", slot(stage))
    assert response.status_code == 422
    assert Appointment.objects.count() == 1


def test_an_emergency_stops_the_booking_and_is_recorded(stage: Stage, people: People) -> None:
    client = people.patient.client
    base = begin(client)
    answer(client, base, "urgent", {"flags": ["chest_pain"]}, "help")
    page = client.get(f"{base}/help/").content.decode()
    assert "This needs emergency help now" in page
    assert 'href="tel:911"' in page
    screen = UrgencyScreen.objects.get()
    assert (screen.urgency, screen.number_shown, screen.patient_id) == ("emergency", "911", stage.patient.pk)
    assert '"chest_pain": true' in screen.answers
    for step in ("service", "where", "times", "check"):
        assert client.get(f"{base}/{step}/")["Location"] == f"{base}/help/"
    answer(client, base, "urgent", CLEAR, "service")
    assert UrgencyScreen.objects.count() == 2


def test_a_crisis_shows_the_crisis_line(stage: Stage, people: People) -> None:
    base = begin(people.patient.client)
    answer(people.patient.client, base, "urgent", {"flags": ["self_harm"]}, "help")
    assert 'href="tel:988"' in people.patient.client.get(f"{base}/help/").content.decode()


def test_a_services_own_red_flags_are_asked(stage: Stage, people: People) -> None:
    stage.service.red_flags = [{"code": "leg", "urgency": "emergency", "text": {"en": "A swollen, red leg"}}]
    stage.service.save()
    client = people.patient.client
    base = begin(client)
    answer(client, base, "urgent", CLEAR, "service")
    answer(client, base, "service", {"service": str(stage.service.pk)}, "symptoms")
    assert "A swollen, red leg" in client.get(f"{base}/symptoms/").content.decode()
    answer(client, base, "symptoms", {"flags": ["leg"]}, "help")
    assert client.get(f"{base}/where/")["Location"] == f"{base}/help/"


@pytest.mark.parametrize(
    ("step", "data"),
    [
        ("urgent", {}),
        ("urgent", {"flags": ["none", "chest_pain"]}),
        ("urgent", {"flags": ["made_up"]}),
        ("service", {"service": "x"}),
        ("service", {"service": str(uuid4())}),
        ("where", {**WHERE, "location_jurisdiction": "US-ZZ"}),
        ("where", {**WHERE, "zone": "Mars/Olympus"}),
        ("where", {"location_place": "home\x00"}),
        ("language", {"language": "tlh", "needs_interpreter": "yes"}),
        ("language", {"language": "es"}),
        ("access", {"access_needs": ["everything"]}),
        ("how", {"mode": "in_person"}),
        ("times", {"slot": ""}),
        ("times", {"slot": "x|y"}),
        ("times", {"slot": f"{uuid4()}|99999999999999999999"}),
        ("times", {"slot": f"{uuid4()}|1780408800"}),
    ],
)
def test_garbage_is_refused_with_words_and_changes_nothing(
    stage: Stage, people: People, step: str, data: dict[str, Any]
) -> None:
    client = people.patient.client
    base = begin(client)
    answer_all(client, base, stage)
    response = client.post(f"{base}/{step}/", data)
    assert response.status_code == 422
    assert "Please look at this again" in response.content.decode()
    assert Appointment.objects.count() == 0


def test_steps_cannot_be_skipped_and_unknown_ones_do_not_exist(stage: Stage, people: People) -> None:
    client = people.patient.client
    base = begin(client)
    assert client.get(f"{base}/check/")["Location"] == f"{base}/urgent/"
    assert client.post(f"{base}/times/", slot(stage))["Location"] == f"{base}/urgent/"
    assert client.get(f"{base}/nothing/").status_code == 404
    assert client.put(f"{base}/urgent/").status_code == 405


def test_nobody_licensed_says_so_and_what_to_do(stage: Stage, people: People) -> None:
    client = people.patient.client
    base = begin(client)
    answer_all(client, base, stage)
    answer(client, base, "where", {**WHERE, "location_jurisdiction": "US-NY"}, "language")
    page = client.get(f"{base}/times/").content.decode()
    assert "We have no clinician for that place" in page
    assert "+1 512-555-0100" in page
    assert 'name="slot"' not in page


def test_a_licence_lost_between_choosing_and_booking_stops_the_booking(stage: Stage, people: People) -> None:
    client = people.patient.client
    base = begin(client)
    answer_all(client, base, stage)
    answer(client, base, "times", slot(stage), "check")
    Licence.objects.update(status="suspended")
    response = client.post(f"{base}/check/")
    assert response.status_code == 422
    assert "may not treat people" in response.content.decode()
    assert Appointment.objects.get().status == "held"


def test_an_expired_hold_is_told_with_new_times(stage: Stage, people: People) -> None:
    client = people.patient.client
    base = begin(client)
    answer_all(client, base, stage)
    answer(client, base, "times", slot(stage), "check")
    Appointment.objects.update(held_until=NOW)
    response = client.post(f"{base}/check/")
    assert response.status_code == 422
    assert "has been given back" in response.content.decode()
    assert 'name="slot"' in response.content.decode()


def test_changing_the_place_gives_the_time_back(stage: Stage, people: People) -> None:
    client = people.patient.client
    base = begin(client)
    answer_all(client, base, stage)
    answer(client, base, "times", slot(stage), "check")
    answer(client, base, "language", {"language": "en", "needs_interpreter": "no"}, "check")
    assert Appointment.objects.count() == 1
    answer(client, base, "where", {**WHERE, "location_jurisdiction": "US-NY"}, "language")
    assert Appointment.objects.count() == 0


def test_a_stranger_keeps_the_time_through_signing_in(stage: Stage, people: People) -> None:
    client = Client()
    assert client.get("/o/riverbend/book/").status_code == 200
    base = begin(client, "/o/riverbend/book/")
    assert base.startswith("/o/riverbend/book/")
    answer_all(client, base, stage)
    answer(client, base, "times", slot(stage), "check")
    page = client.get(f"{base}/check/").content.decode()
    draft = BookingDraft.objects.get()
    assert f"/sign-in/?next=%2Fcare%2Fbook%2F{draft.pk}%2Fcheck%2F" in page
    assert client.post(f"{base}/check/").status_code == 200
    assert Appointment.objects.get().status == "held"
    known = client.session["bookings"]
    signed_in = sign_in(people.patient.user, people.organization.pk)
    session = signed_in.session
    session["bookings"] = known
    session.save()
    booked = signed_in.post(f"/care/book/{draft.pk}/check/")
    assert booked["Location"].endswith("/booked/")
    assert Appointment.objects.get().patient_id == stage.patient.pk


def test_the_choice_of_clinicians_shows_their_faces(stage: Stage, people: People) -> None:
    practitioner, nobody, path = stage.practitioner, Client(), f"practitioners/{stage.practitioner.pk}/photo/"
    practitioner.photo_digest = "f" * 64
    practitioner.save()
    for client, base in ((people.patient.client, "/"), (nobody, "/o/riverbend/")):
        draft = begin(client, f"{base}book/" if client is nobody else "/care/book/")
        answer_all(client, draft, stage)
        assert f'src="{base}{path}?v=ffffffff"' in client.get(f"{draft}/times/").content.decode()
    practitioner.photo_digest = ""
    practitioner.save()
    times = nobody.get(f"{draft}/times/").content.decode()
    assert path not in times
    assert f">{practitioner.initials}</span>" in times


def test_drafts_of_others_and_of_other_organizations_do_not_exist(stage: Stage, people: People) -> None:
    base = begin(people.patient.client)
    link(make_patient(people, "Mateo", "Delgado"), people.caregiver)
    assert people.caregiver.client.get(f"{base}/urgent/").status_code == 404
    stranger = begin(Client(), "/o/riverbend/book/")
    assert Client().get(f"{stranger}/urgent/").status_code == 404
    assert people.stranger.client.get(f"{base}/urgent/").status_code in (403, 404)
    assert Client().get(stranger.replace("riverbend", "lakeside") + "/urgent/").status_code == 404
    assert Client().get("/o/nowhere/book/").status_code == 404
    assert Client().get(f"{base}/urgent/")["Location"].startswith("/sign-in/")
    assert people.physician.client.get(f"{base}/urgent/").status_code == 403


def test_a_caregiver_of_two_is_asked_for_whom(stage: Stage, people: People) -> None:
    second = make_patient(people, "Lena", "Delgado")
    hidden = make_patient(people, "Omar", "Haddad")
    make_caregiver(stage.patient, people.caregiver)
    make_caregiver(second, people.caregiver)
    make_caregiver(hidden, people.caregiver, may_book=False)
    client = people.caregiver.client
    base = begin(client)
    page = client.get(f"{base}/who/").content.decode()
    assert "Lena Delgado" in page
    assert "Omar Haddad" not in page
    assert client.post(f"{base}/who/", {"patient": str(hidden.pk)}).status_code == 422
    answer(client, base, "who", {"patient": str(second.pk)}, "urgent")
    assert BookingDraft.objects.get().patient_id == second.pk


@pytest.mark.parametrize(
    ("booked_by", "stranger", "known"), [("anyone", 1, 1), ("known_patients", 0, 1), ("staff", 0, 0)]
)
def test_who_may_book_a_service(
    stage: Stage, people: People, booked_by: str, stranger: int, known: int
) -> None:
    stage.service.booked_by = booked_by
    stage.service.save()
    for client, path, count in (
        (Client(), "/o/riverbend/book/", stranger),
        (people.patient.client, "/care/book/", known),
    ):
        base = begin(client, path)
        answer(client, base, "urgent", CLEAR, "service")
        assert client.get(f"{base}/service/").content.decode().count('type="radio"') == count


def test_a_busy_patient_is_told(stage: Stage, people: People) -> None:
    client = people.patient.client
    base = begin(client)
    answer_all(client, base, stage)
    make_row(stage, practitioner=make_practitioner(people.specialist, "Varga"))
    response = client.post(f"{base}/times/", slot(stage))
    assert response.status_code == 422
    assert "already an appointment at this time" in response.content.decode()
