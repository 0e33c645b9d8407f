from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings as configuration
from django.test import override_settings

from hearthline.directory.models import SafeContact
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.messaging import delivery
from hearthline.messaging.delivery import deliver_one
from hearthline.messaging.doubts import resolve_doubt
from hearthline.messaging.jobs import left_behind, pick_up_what_was_left
from hearthline.messaging.models import (
    DeliveryAttempt,
    DoubtfulContact,
    MessagingPolicy,
    Notification,
    StaffNotice,
)
from hearthline.messaging.services import withdraw
from hearthline.messaging.tests.listeners import free_port
from hearthline.messaging.tests.stage import NOON, TELEPHONE, make_reachable, outside_world, remind, system
from hearthline.messaging.transports import Outcome, Result
from hearthline.messaging.transports.configured import transport_for
from hearthline.messaging.wording import RefusedWordingError
from tests.people import People


def deliver(notification: Notification) -> datetime | None:
    again = deliver_one(notification.organization_id, notification.id)
    notification.refresh_from_db()
    return again


def test_a_reminder_goes_by_text(people: People) -> None:
    with outside_world() as (_mail, gateway), clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
        assert deliver(row) is None
    assert (row.state, row.channel, row.provider_id) == ("sent", "sms", "gw-1")
    assert row.address == TELEPHONE
    (sent,) = gateway.requests
    assert sent["text"] == (
        "Riverbend Clinic: visit with Dr. Amara Lindqvist on Tuesday 24 November, 10:00 (Chicago time)."
        " Reply C to confirm, R to move, X to cancel, or open http://localhost:8000/care/"
        " Reply STOP to end texts."
    )


def test_it_speaks_the_patients_language_and_zone(people: People) -> None:
    with outside_world() as (_mail, gateway), clock.frozen(NOON):
        row = remind(people, make_reachable(people, language="es", zone="Europe/Madrid").id)
        deliver(row)
    assert "martes 24 de noviembre, 17:00 (hora de Madrid)" in gateway.requests[0]["text"]


def test_a_shared_telephone_gets_neutral_words(people: People) -> None:
    patient = make_reachable(people, contact={"is_telephone_shared": True})
    with outside_world() as (_mail, gateway), clock.frozen(NOON):
        deliver(remind(people, patient.id))
    text = gateway.requests[0]["text"]
    for word in ("Rosa", "Lindqvist", "Riverbend", "visit", "555"):
        assert word not in text
    assert "Reply C to confirm" in text


def test_asking_twice_sends_once(people: People) -> None:
    patient = make_reachable(people)
    with clock.frozen(NOON):
        first, second = remind(people, patient.id, key="same"), remind(people, patient.id, key="same")
    assert first.id == second.id
    assert Notification.objects.count() == 1


def test_sent_is_sent(people: People) -> None:
    with outside_world() as (_mail, gateway), clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
        deliver(row)
        deliver(row)
    assert len(gateway.requests) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"context": {"practitioner": "Dr. A", "link": "https://elsewhere.example"}},
        {"context": {"practitioner": "Dr. A"}},
        {"context": {"diagnosis": "x"}},
        {"patient_id": None, "address": "guest@example.org"},
    ],
)
def test_a_context_that_is_wrong_or_short_is_refused(people: People, values: dict[str, Any]) -> None:
    patient = make_reachable(people)
    with pytest.raises(RefusedWordingError):
        remind(people, **{"patient_id": patient.id, **values})
    assert not Notification.objects.exists()


def test_a_recipient_is_one(people: People) -> None:
    patient = make_reachable(people)
    with pytest.raises(ValueError, match="exactly one"):
        remind(people, patient.id, address="guest@example.org")
    with pytest.raises(ValueError, match="exactly one"):
        remind(people, patient_id=None)  # type: ignore[arg-type]


def test_a_guest_is_reached_by_an_address(people: People) -> None:
    with outside_world() as (mail, _gateway), clock.frozen(NOON):
        row = remind(
            people,
            patient_id=None,  # type: ignore[arg-type]
            address="guest@example.org",
            template="visit.guest_invitation",
            language="es",
            context={"name": "Ana", "when": NOON, "link": f"{configuration.PUBLIC_URL}/guest/#token"},
        )
        deliver(row)
    assert mail.received[0].rcpt_tos == ["guest@example.org"]


def test_at_night_it_waits_for_the_morning(people: People) -> None:
    night = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 22:00 in Chicago
    with outside_world() as (_mail, gateway), clock.frozen(night):
        row = remind(people, make_reachable(people).id)
        deliver(row)
        assert not gateway.requests
    assert row.due_at == datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def test_what_waited_in_the_queue_into_the_night_waits_on(people: People) -> None:
    with clock.frozen(NOON):
        row = remind(people, make_reachable(people).id, expires_at=NOON + timedelta(days=1))
    with outside_world() as (_mail, gateway), clock.frozen(NOON + timedelta(hours=10)):
        deliver(row)
        assert not gateway.requests
    assert (row.state, row.due_at) == ("queued", datetime(2026, 11, 24, 14, 0, tzinfo=UTC))


def test_urgent_words_wake_people_but_never_outside_safe_hours(people: People) -> None:
    night = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    context = {"practitioner": "Dr. A", "link": f"{configuration.PUBLIC_URL}/care/"}
    anyone = make_reachable(people)
    careful = make_reachable(people, contact={"allowed_from": time(10), "allowed_until": time(12)})
    with outside_world() as (_mail, gateway), clock.frozen(night):
        for patient in (anyone, careful):
            deliver(remind(people, patient.id, template="visit.ready", context=context))
    assert [row.reason for row in Notification.objects.filter(state="suppressed")] == ["quiet_hours"]
    assert len(gateway.requests) == 1


def test_quiet_hours_are_the_organizations(people: People) -> None:
    MessagingPolicy.objects.create(
        organization=people.organization, quiet_from=time(11), quiet_until=time(13)
    )
    with clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
    assert row.due_at == NOON + timedelta(hours=1)


def test_too_late_is_not_sent(people: People) -> None:
    context = {
        "practitioner": "Dr. A",
        "when": NOON,
        "minutes": 10,
        "link": f"{configuration.PUBLIC_URL}/care/",
    }
    with clock.frozen(NOON):
        row = remind(people, make_reachable(people).id, template="appointment.starting", context=context)
    with outside_world() as (_mail, gateway), clock.frozen(NOON + timedelta(hours=1)):
        deliver(row)
    assert (row.state, row.reason) == ("suppressed", "expired")
    assert not gateway.requests


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"deceased_on": date(2026, 11, 1)}, "deceased"),
        ({"is_active": False}, "inactive"),
        ({"telephone": "", "email": ""}, "no_address"),
        ({"contact": {"preferred": SafeContact.Channel.PORTAL}}, "safe_contact"),
        ({"contact": {"is_sms_allowed": False, "is_email_allowed": False}}, "safe_contact"),
    ],
)
def test_some_people_are_not_written_to(people: People, values: dict[str, Any], reason: str) -> None:
    with outside_world() as (mail, gateway), clock.frozen(NOON):
        row = remind(people, make_reachable(people, **values).id)
        deliver(row)
    assert (row.state, row.reason) == ("suppressed", reason)
    assert not mail.received
    assert not gateway.requests


def test_a_busy_gateway_is_tried_again_later(people: People) -> None:
    with outside_world(sms={"status": 503}), clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
        again = deliver(row)
    assert row.state == "queued"
    assert again is not None
    assert NOON + timedelta(seconds=30) <= again <= NOON + timedelta(seconds=40)
    with outside_world() as (_mail, gateway), clock.frozen(again):
        deliver(row)
    assert row.state == "sent"
    assert [attempt.outcome for attempt in row.attempts.all()] == ["temporary", "accepted"]
    assert gateway.keys == [f"{row.organization_id}.{row.id}.sms"]


def test_a_refused_number_turns_to_mail_and_the_front_desk(people: People) -> None:
    refusing = {"status": 400, "answer": b'{"code": "invalid_number"}'}
    patient = make_reachable(people)
    with outside_world(sms=refusing) as (mail, gateway), clock.frozen(NOON):
        row = remind(people, patient.id)
        assert deliver(row) == NOON
        deliver(row)
        assert (row.state, row.channel) == ("sent", "email")
        assert mail.received[0].rcpt_tos == ["rosa@example.org"]
        later = remind(people, patient.id)
        deliver(later)
    assert later.channel == "email"
    assert len(gateway.requests) == 1
    doubt = DoubtfulContact.objects.get()
    assert (doubt.patient_id, doubt.channel, doubt.reason) == (patient.id, "sms", "sms_number_refused")
    told = {notice.user_id for notice in StaffNotice.objects.filter(kind="contact_doubtful")}
    assert told == {people.navigator.user.id, people.administrator.user.id}
    resolve_doubt(actor=people.navigator.actor, doubt=doubt)
    with outside_world() as (_mail, gateway), clock.frozen(NOON):
        deliver(remind(people, patient.id))
    assert len(gateway.requests) == 1


def test_when_every_way_is_refused_it_failed(people: People) -> None:
    refusing = {"status": 400, "answer": b"{}"}
    with outside_world(mail={"recipient_answer": "550 5.1.1 no"}, sms=refusing), clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
        deliver(row)
        deliver(row)
    assert (row.state, row.reason) == ("failed", "mail_recipient_refused")
    assert row.attempts.count() == 2


def test_a_short_lived_message_does_not_wait_for_a_slow_retry(people: People) -> None:
    context = {"practitioner": "Dr. A", "link": f"{configuration.PUBLIC_URL}/care/"}
    with (
        outside_world(sms={"status": 429, "headers": {"Retry-After": "1800"}}) as (mail, _),
        clock.frozen(NOON),
    ):
        row = remind(people, make_reachable(people).id, template="visit.ready", context=context)
        deliver(row)
        deliver(row)
    assert (row.state, row.channel) == ("sent", "email")
    assert len(mail.received) == 1


def test_withdrawing_stops_what_has_not_gone(people: People) -> None:
    patient, about = make_reachable(people), ("appointment", new_id())
    with outside_world() as (_mail, gateway), clock.frozen(NOON):
        soon = remind(people, patient.id, about=about)
        later = remind(people, patient.id, about=about, send_at=NOON + timedelta(hours=3))
        other = remind(people, patient.id)
        deliver(soon)
        assert withdraw(actor=system(people), about=about) == 1
    states = {row.id: row.state for row in Notification.objects.all()}
    assert states == {soon.id: "sent", later.id: "cancelled", other.id: "queued"}
    assert len(gateway.requests) == 1
    with outside_world() as (_mail, gateway), clock.frozen(NOON + timedelta(hours=3)):
        deliver(later)
    assert not gateway.requests


def test_a_worker_that_died_after_sending_is_noticed_and_repeats_under_the_same_key(people: People) -> None:
    with outside_world() as (_mail, gateway), clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
        claim = delivery._claim(row.id)
        assert claim is not None
        transport_for(claim.channel).send(claim.outgoing)
        # ... and here it dies: nothing is settled.
        assert delivery._claim(row.id) is None
    later = NOON + delivery.LEASE
    with outside_world() as (_mail, second_gateway), clock.frozen(later):
        assert left_behind(row.organization_id) == [row.id]
        pick_up_what_was_left()
    row.refresh_from_db()
    assert row.state == "sent"
    attempts = [(attempt.outcome, attempt.error) for attempt in row.attempts.order_by("created_at")]
    assert attempts == [("uncertain", "worker_lost"), ("accepted", "")]
    assert gateway.keys == second_gateway.keys


def test_a_worker_that_wakes_up_late_changes_nothing(people: People) -> None:
    with outside_world(), clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
        stale = delivery._claim(row.id)
        assert stale is not None
    with outside_world(), clock.frozen(NOON + delivery.LEASE):
        deliver(row)
        delivery._settle(stale, Result(Outcome.PERMANENT, error="mail_recipient_refused"))
    row.refresh_from_db()
    assert row.state == "sent"


def test_workers_that_keep_dying_do_not_repeat_for_ever(people: People, settings: Any) -> None:
    settings.SMS_GATEWAY_URL = "http://127.0.0.1:1"
    at = NOON
    with clock.frozen(at):
        row = remind(people, make_reachable(people).id, send_at=at, expires_at=at + timedelta(days=2))
    MessagingPolicy.objects.create(organization=people.organization, quiet_from=time(0), quiet_until=time(0))
    for _ in range(40):
        with clock.frozen(at):
            delivery._claim(row.id)
        at += delivery.LEASE
    row.refresh_from_db()
    assert row.state == "failed"
    assert DeliveryAttempt.objects.count() == 12


def test_a_broken_row_does_not_hold_up_the_others(people: People) -> None:
    patient = make_reachable(people)
    with outside_world() as (_mail, gateway), clock.frozen(NOON + timedelta(minutes=5)):
        broken = remind(people, patient.id, send_at=NOON)
        Notification.objects.filter(pk=broken.id).update(template="no.such")
        good = remind(people, patient.id, send_at=NOON + timedelta(minutes=1))
        Notification.objects.update(due_at=NOON)
        pick_up_what_was_left()
    good.refresh_from_db()
    broken.refresh_from_db()
    assert (good.state, broken.state) == ("sent", "queued")
    assert len(gateway.requests) == 1


def test_one_address_gets_so_many_a_day(people: People) -> None:
    patient = make_reachable(people)
    with outside_world() as (_mail, gateway), clock.frozen(NOON):
        for _ in range(delivery.MAX_PER_ADDRESS_AND_DAY + 1):
            row = remind(people, patient.id)
            deliver(row)
    assert (row.state, row.reason) == ("suppressed", "too_many")
    assert len(gateway.requests) == delivery.MAX_PER_ADDRESS_AND_DAY


def test_another_organization_cannot_send_it(people: People) -> None:
    with outside_world() as (_mail, gateway), clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
        assert deliver_one(people.other_organization.id, row.id) is None
    assert not gateway.requests


def test_without_a_gateway_patients_get_mail(people: People) -> None:
    with outside_world() as (mail, _gateway), override_settings(SMS_GATEWAY_URL=""), clock.frozen(NOON):
        deliver(remind(people, make_reachable(people).id))
    assert len(mail.received) == 1


def test_nobody_listening_loses_nothing(people: People, settings: Any) -> None:
    settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{free_port()}"
    with clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
        deliver(row)
    assert (row.state, row.reason) == ("queued", "sms_gateway_away")
