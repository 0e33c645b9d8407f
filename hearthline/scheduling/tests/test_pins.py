"""Digits of appointments: found by their keyed digest only, while they hold; and messages that need no internet."""

from datetime import timedelta

import pytest
from django.test import override_settings

from hearthline.foundation import clock
from hearthline.messaging.models import InboundText, Notification
from hearthline.messaging.recipients import find_person
from hearthline.messaging.rendering import render, unpack_context
from hearthline.messaging.replies import Reply
from hearthline.messaging.rules import Channel, Intent
from hearthline.scheduling.models import Appointment, AppointmentPin, Reason
from hearthline.scheduling.reminding import plan_messages
from hearthline.scheduling.replying import handle_reply
from hearthline.scheduling.services.appointments import cancel_appointment
from hearthline.scheduling.services.pins import PIN_DIGITS, find_appointment_by_pin, make_pin, revoke_pins
from hearthline.scheduling.tests import stage
from tests.people import People

NUMBER = "+15125550100"


@pytest.fixture
def appointment(people: People) -> Appointment:
    people.organization.dial_in_number = NUMBER
    people.organization.save()
    booked = stage.make_stage(people)
    booked.patient.telephone = "+15125550134"
    booked.patient.save()
    return stage.make_row(booked, clock.now() + timedelta(days=3), mode="phone")


def test_digits_find_their_appointment_and_are_nowhere_kept(appointment: Appointment, people: People) -> None:
    pin = make_pin(appointment)
    assert len(pin) == PIN_DIGITS
    assert pin.isdigit()
    assert find_appointment_by_pin(people.organization, pin) == appointment
    row = AppointmentPin.objects.get()
    assert pin.encode() not in bytes(row.pin_index)
    for wrong in ("", pin[:-1], pin + "1", f"{(int(pin) + 1) % 10**8:08d}", "\uff11" * 8, "abcdefgh"):
        assert find_appointment_by_pin(people.organization, wrong) is None
    assert find_appointment_by_pin(people.other_organization, pin) is None


def test_digits_end_with_time_and_with_the_appointment(appointment: Appointment, people: People) -> None:
    pin = make_pin(appointment)
    with clock.frozen(appointment.ends_at + timedelta(hours=4, seconds=1)):
        assert find_appointment_by_pin(people.organization, pin) is None
    revoke_pins(appointment)
    assert find_appointment_by_pin(people.organization, pin) == appointment, "it is still booked"
    cancelled = cancel_appointment(people.physician.actor, appointment=appointment, reason_code=Reason.OTHER)
    revoke_pins(cancelled)
    assert find_appointment_by_pin(people.organization, pin) is None


@override_settings(SIP_TRUNK="127.0.0.1:5080")
def test_no_text_or_call_of_a_telephone_visit_holds_a_link(appointment: Appointment) -> None:
    plan_messages(appointment)
    rows = list(Notification.objects.filter(about_id=appointment.pk))
    assert {row.template for row in rows} == {
        "appointment.phone_booked",
        "appointment.phone_reminder",
        "appointment.phone_starting",
    }
    for row in rows:
        person = find_person(row)
        assert person.reach.addresses[Channel.VOICE] == "+15125550134"
        for channel in (Channel.SMS, Channel.VOICE):
            text = render(
                row.template, unpack_context(row.context), person=person, channel=channel
            ).wording.text
            assert "http" not in text
            assert NUMBER in text


def test_a_clinic_without_a_number_writes_as_before(people: People) -> None:
    booked = stage.make_stage(people)
    row = stage.make_row(booked, clock.now() + timedelta(days=3), mode="phone")
    plan_messages(row)
    kinds = set(Notification.objects.filter(about_id=row.pk).values_list("template", flat=True))
    assert "appointment.booked" in kinds
    assert not any("phone" in kind for kind in kinds)


def test_an_answer_to_a_text_is_answered_without_a_link(appointment: Appointment, people: People) -> None:
    for intent, template in (
        (Intent.RESCHEDULE, "sms.move_by_phone"),
        (Intent.CONFIRM, "sms.confirmed_by_phone"),
    ):
        reply = Reply(people.organization.id, appointment.pk, appointment.patient_id, intent, "key")
        answer = handle_reply(reply)
        assert answer is not None
        assert answer.template == template
        assert set(answer.context) == {"when", "dial_in", "code"}
        assert find_appointment_by_pin(people.organization, str(answer.context["code"])) == appointment
    appointment.refresh_from_db()
    assert appointment.confirmed_at is not None
    assert not InboundText.objects.exists()
