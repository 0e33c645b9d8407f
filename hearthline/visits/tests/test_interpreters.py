"""Interpreters as participants: asked, accepted once, replaced on the day; by link or telephone; their own clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from hearthline.charting.models import EncounterFact
from hearthline.charting.notes import statements_of
from hearthline.foundation import clock
from hearthline.scheduling.models import Appointment, Requirement
from hearthline.tenancy.context import acting_in
from hearthline.visits import rules
from hearthline.visits.access import participant_for
from hearthline.visits.choices import EndReason, InterpreterChannel, InterpreterState, SegmentCause
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import InterpreterBooking, PhoneCall, Visit
from hearthline.visits.needs import unmet_requirements
from hearthline.visits.services import admission, guests, interpreters, lifecycle, room, telephone
from hearthline.visits.services.interpreters import Asked
from hearthline.visits.tests.stage import Stage, make_visit
from tests.database import run_in_threads
from tests.people import People

NOON = datetime.fromisoformat("2026-06-02T17:00+00:00")
BY_LINK = Asked(InterpreterChannel.LINK, "Bridge Languages")
BY_TELEPHONE = Asked(InterpreterChannel.TELEPHONE, "Bridge Languages", "+15125550177")
PAGE = reverse("visits:interpreters")


def make_need(people: People) -> tuple[Stage, Requirement]:
    stage = make_visit(people)
    requirement = Requirement.objects.create(
        organization_id=people.organization.id,
        appointment=stage.visit.appointment,
        kind="interpreter",
        language="vi",
    )
    return stage, requirement


@pytest.fixture
def need(people: People) -> Iterator[tuple[Stage, Requirement]]:
    with clock.frozen(NOON):
        yield make_need(people)


def ask(need: tuple[Stage, Requirement], asked: Asked = BY_LINK) -> tuple[InterpreterBooking, str]:
    stage, requirement = need
    actor = stage.people.navigator.actor
    return interpreters.request_interpreter(
        actor=actor, visit=stage.visit, requirement=requirement, asked=asked
    )


def state_of(booking: InterpreterBooking) -> str:
    booking.refresh_from_db()
    return str(booking.state)


def is_missing(stage: Stage) -> bool:
    return bool(unmet_requirements([stage.visit.appointment_id]))


def test_every_state_has_its_moves_and_the_end_has_none() -> None:
    assert set(rules.INTERPRETER_TRANSITIONS) == set(InterpreterState)
    assert {InterpreterState.REQUESTED, InterpreterState.ACCEPTED} == interpreters.OPEN


def test_an_interpreter_accepts_by_link_comes_back_and_has_minutes_apart(
    need: tuple[Stage, Requirement],
) -> None:
    stage, _ = need
    people, slug = stage.people, stage.people.organization.slug
    booking, token = ask(need)
    assert is_missing(stage), "asked is not accepted"
    link, browser = reverse("visits:interpreting", args=[slug]), Client()
    page = browser.post(link, {"token": token}).text
    assert "Vietnamese" in page
    assert stage.visit.patient.family_name not in page
    assert browser.post(link, {"token": token, "do": "accept"}).status_code == 422, "neither name nor number"
    assert browser.post(link, {"token": token, "do": "join"}).status_code == 422, "not accepted yet"
    browser.post(link, {"token": token, "do": "accept", "name": "Linh Tran", "number": "4711"})
    assert not is_missing(stage)
    came = browser.post(link, {"token": token, "do": "join"})
    assert came["Location"] == reverse("visits:guest_room", args=[slug, stage.visit.pk])
    assert browser.post(link, {"token": token, "do": "join"}).status_code == 302, (
        "the same browser comes again"
    )
    assert Client().post(link, {"token": token, "do": "join"}).status_code == 422, "no second browser"
    secret = browser.cookies[guests.GUEST_COOKIE].value.partition(".")[2]
    guest = guests.guest_actor(people.organization.id, secret)
    assert guest is not None
    participant = participant_for(guest, stage.visit)
    assert (participant.pk, participant.name) == (booking.participant_id, "Linh Tran")
    stage.begin()
    room.join_room(actor=guest, visit=stage.visit, participant=participant)
    admission.admit(actor=people.physician.actor, visit=stage.visit, participant=participant)
    with clock.frozen(NOON + timedelta(minutes=5)):
        join = participant.joins.get(closed_at=None)
        assert room.note_loss(join)
    with clock.frozen(NOON + timedelta(minutes=8)):
        again = room.join_room(actor=guest, visit=stage.visit, participant=participant)
        assert again.participant.state == "admitted", "nobody lets them in twice"
    with clock.frozen(NOON + timedelta(minutes=12)):
        admission.end_visit(actor=people.physician.actor, visit=stage.visit, reason=EndReason.COMPLETED)
    stage.visit.refresh_from_db()
    fact = EncounterFact.objects.get(kind="interpreter_present", seconds__isnull=False)
    assert (fact.code, fact.detail, fact.seconds) == ("vi", "Linh Tran, 4711, Bridge Languages", 9 * 60)
    lines = statements_of(stage.visit.encounter)
    assert "Interpreter for Vietnamese, Linh Tran, 4711, Bridge Languages: 9 minutes." in lines


def test_one_of_many_acceptances_wins(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        need = make_need(people)
        asked = [ask(need)[0] for _ in range(4)]

    def work(number: int) -> str:
        with acting_in(people.organization.id):
            booking = InterpreterBooking.objects.get(pk=asked[number].pk)
            try:
                actor = interpreters.actor_of_link(booking)
                interpreters.accept(actor=actor, booking=booking, name=f"Interpreter {number}", number="")
            except VisitRefusedError as refused:
                return refused.code
            return "accepted"

    results = run_in_threads(4, work)
    assert sorted(results) == ["accepted"] + ["interpreter_over"] * 3
    with acting_in(people.organization.id):
        states = InterpreterBooking.objects.values_list("state", flat=True)
        assert sorted(states) == ["accepted"] + ["withdrawn"] * 3


def test_staff_see_who_was_asked_and_replace_on_the_day(need: tuple[Stage, Requirement]) -> None:
    stage, _ = need
    people, client = stage.people, stage.people.nurse.client
    path = reverse("visits:interpreter_ask", args=[stage.visit.pk])
    wish = {"kind": "interpreter", "channel": "link", "agency": "Bridge Languages"}
    assert "Nobody has accepted" in client.get(PAGE).text
    page = client.post(path, wish, follow=True).text
    assert "/visits/interpreting/#" in page
    first = InterpreterBooking.objects.get()
    accept = reverse("visits:interpreter_decide", args=[first.pk, "accept"])
    client.post(accept, {"number": "4711"})
    assert (state_of(first), is_missing(stage)) == ("accepted", False)
    assert 'value="Bridge Languages"' in client.get(PAGE).text, "one press asks the same agency again"
    for person, status in ((people.stranger, 404), (people.patient, 403), (people.technician, 403)):
        assert person.client.post(path, wish).status_code == status
        assert person.client.post(accept, {"number": "1"}).status_code == status
    client.post(path, wish)
    assert (state_of(first), is_missing(stage)) == ("replaced", True)
    second = InterpreterBooking.objects.get(state="requested")
    assert second.replaces == first
    client.post(reverse("visits:interpreter_decide", args=[second.pk, "decline"]))
    assert state_of(second) == "declined"
    client.post(reverse("visits:interpreter_decide", args=[second.pk, "accept"]), {"name": "Too late"})
    assert state_of(second) == "declined"


def test_an_interpreter_by_telephone_is_rung_up_and_let_in(need: tuple[Stage, Requirement]) -> None:
    stage, _ = need
    people = stage.people
    booking, _ = ask(need, BY_TELEPHONE)
    interpreters.accept(actor=people.navigator.actor, booking=booking, name="", number="4711")
    booking.refresh_from_db()
    stage.begin()
    with override_settings(SIP_TRUNK="127.0.0.1:5080"):
        with pytest.raises(VisitRefusedError, match="not_allowed"):
            interpreters.call_interpreter(actor=people.patient.actor, booking=booking)
        call = interpreters.call_interpreter(actor=people.physician.actor, booking=booking)
    assert (call.number, call.participant_id) == ("+15125550177", booking.participant_id)
    system = interpreters.actor_of_link(booking)
    telephone.come_in(actor=system, call=call)
    telephone.let_in_whom_we_called(call=PhoneCall.objects.get(pk=call.pk))
    booking.participant.refresh_from_db()
    assert (booking.participant.state, booking.participant.modality) == ("admitted", "phone")
    telephone.go(actor=system, call=call, cause=SegmentCause.HUNG_UP)
    assert booking.participant.segments.get().modality == "phone"


def test_another_time_or_no_visit_asks_nobody_any_more(need: tuple[Stage, Requirement]) -> None:
    stage, _ = need
    booking, token = ask(need)
    interpreters.accept(actor=interpreters.actor_of_link(booking), booking=booking, name="Linh", number="")
    later = NOON + timedelta(days=1)
    appointment = Appointment.objects.get()
    appointment.starts_at, appointment.ends_at = later, later + timedelta(minutes=30)
    lifecycle.follow_move(appointment)
    assert (state_of(booking), is_missing(stage)) == ("withdrawn", True)
    assert interpreters.booking_of_link(stage.visit.organization_id, token) is None
    assert Visit.objects.get(pk=stage.visit.pk).starts_at == later
