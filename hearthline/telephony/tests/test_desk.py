"""What the keys of the menu do: other times, moving, being called back, coming in; each only while it may be done."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import override_settings

from hearthline.foundation import clock
from hearthline.messaging.rules import Intent
from hearthline.scheduling.models import Appointment, AppointmentChange
from hearthline.scheduling.services.pins import make_pin
from hearthline.scheduling.tests import stage as scheduling_stage
from hearthline.telephony import desk
from hearthline.telephony.desk import Changed, Clinic, Known
from hearthline.telephony.menu import TIMES_MOST
from hearthline.visits.choices import Modality, ParticipantState, SegmentCause, VisitState
from hearthline.visits.models import Join, Participant, PhoneCall, QueueEvent, Segment, Visit
from hearthline.visits.services import admission, room, telephone
from hearthline.visits.services.lifecycle import visit_for_appointment
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People

NUMBER = "+15125550100"
JUST_BEFORE = timedelta(minutes=10)


@pytest.fixture
def clinic(people: People) -> Clinic:
    people.organization.dial_in_number = NUMBER
    people.organization.save()
    found = desk.clinic_at("+1 (512) 555-0100")
    assert found is not None
    return found


def named(clinic: Clinic, appointment: Appointment) -> Known:
    known = desk.check_pin(clinic, make_pin(appointment), "caller").known
    assert known is not None
    return known


@pytest.fixture
def booked(people: People, clinic: Clinic) -> Appointment:
    with clock.frozen(scheduling_stage.NOW):
        row = scheduling_stage.make_row(
            scheduling_stage.make_stage(people),
            scheduling_stage.NINE,
            mode="phone",
            location_jurisdiction="US-TX",
        )
        visit_for_appointment(row)
        return row


def test_moving_offers_times_of_other_days_and_takes_the_one_that_was_chosen(
    clinic: Clinic, booked: Appointment
) -> None:
    with clock.frozen(scheduling_stage.NOW):
        known = named(clinic, booked)
        assert known.facts.practitioner == booked.practitioner.full_name
        slots = desk.other_times(known)
        assert 0 < len(slots) <= TIMES_MOST
        assert len({slot.starts_at.date() for slot in slots}) == len(slots)
        moved = desk.move(known, slots[-1])
        assert moved.line == "moved"
        assert moved.facts.when == slots[-1].words
        booked.refresh_from_db()
        assert booked.starts_at == slots[-1].starts_at
        taken = replace(slots[0], starts_at=slots[0].starts_at + timedelta(minutes=7))
        assert desk.move(known, taken).line == "not_possible", "nobody moves to a time that is not offered"
    assert set(AppointmentChange.objects.values_list("door", flat=True)) == {"telephone"}


def test_what_has_begun_is_neither_confirmed_nor_cancelled_nor_moved(
    clinic: Clinic, booked: Appointment
) -> None:
    with clock.frozen(scheduling_stage.NOW):
        known = named(clinic, booked)
        slots = desk.other_times(known)
    with clock.frozen(booked.starts_at + timedelta(minutes=1)):
        for intent in (Intent.CONFIRM, Intent.CANCEL):
            assert desk.wish(known, intent).line == "not_possible"
        assert desk.move(known, slots[0]).line == "not_possible"
        assert not named(clinic, booked).facts.may_change


def test_coming_in_waits_for_the_door_and_being_called_is_noted(clinic: Clinic, booked: Appointment) -> None:
    with clock.frozen(scheduling_stage.NOW):
        known = named(clinic, booked)
        early = desk.join(known, NUMBER)
        assert isinstance(early, Changed)
        assert early.line == "too_early"
        assert desk.call_back(known).line == "call_back"
        visit = Visit.objects.get(appointment=booked)
        assert visit.call_wanted_at is not None
    with clock.frozen(booked.starts_at - JUST_BEFORE):
        call = desk.join(known, NUMBER)
        assert isinstance(call, PhoneCall)
        visit = Visit.objects.get(appointment=booked)
        assert visit.state == VisitState.WAITING
        assert visit.call_wanted_at is None
        booked.refresh_from_db()
        assert booked.status == "arrived"
        assert list(QueueEvent.objects.values_list("kind", flat=True)) == ["left_to_be_called", "arrived"]


def test_a_browser_takes_over_from_a_telephone_and_back_and_nobody_is_let_in_twice(
    people: People, clinic: Clinic
) -> None:
    stage: Stage = make_visit(people, is_ready=False)
    physician = people.physician.actor
    assert stage.visit.appointment is not None
    known = named(clinic, stage.visit.appointment)
    stage.join(people.physician)
    call = desk.join(known, NUMBER)
    assert isinstance(call, PhoneCall)
    admission.admit(actor=physician, visit=stage.visit, participant=telephone.patient_of(stage.visit))
    browser = stage.join(people.patient)
    actor = desk.actor_of(people.organization.id)
    telephone.go(actor=actor, call=call, cause=SegmentCause.LEFT)
    again = desk.join(known, NUMBER)
    assert isinstance(again, PhoneCall)
    browser.refresh_from_db()
    assert browser.closed_at is not None
    third = desk.join(known, NUMBER)
    assert isinstance(third, PhoneCall)
    telephone.go(actor=actor, call=third, cause=SegmentCause.LEFT)
    patient = Participant.objects.get(visit=stage.visit, role="patient")
    assert (patient.state, patient.modality) == (ParticipantState.ADMITTED, Modality.VIDEO)
    assert patient.user_id == people.patient.user.id
    segments = list(Segment.objects.filter(participant=patient).values_list("modality", "ended_at"))
    assert [modality for modality, _ in segments] == ["phone", "video", "phone", "phone"]
    assert all(ended for _, ended in segments)
    assert QueueEvent.objects.filter(visit=stage.visit, kind="admitted").count() == 1
    assert not PhoneCall.objects.filter(ended_at=None).exists()
    assert not Join.objects.filter(participant=patient, closed_at=None).exists()


def test_a_call_whose_worker_is_gone_is_swept(people: People, clinic: Clinic) -> None:
    stage = make_visit(people)
    with override_settings(SIP_TRUNK="127.0.0.1:5080"):
        call = telephone.call_patient(actor=people.physician.actor, visit=stage.visit, which="agreed")
    assert telephone.sweep_lost_calls(people.organization.id) == 0
    with clock.frozen(clock.now() + room.SWEEP_AFTER + timedelta(seconds=1)):
        assert telephone.sweep_lost_calls(people.organization.id) == 1
    call.refresh_from_db()
    assert call.state == "ended"
