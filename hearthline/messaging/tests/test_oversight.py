import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from hearthline.compliance.events import BreakGlassOpened
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.messaging import oversight
from hearthline.messaging.delivery import deliver_one
from hearthline.messaging.jobs import show_life_and_watch
from hearthline.messaging.metrics import SendingCollector
from hearthline.messaging.models import Alarm, Notification, StaffNotice
from hearthline.messaging.oversight import Finding
from hearthline.messaging.rules import State
from hearthline.messaging.subscribers import tell_patient, tell_privacy_officers
from hearthline.messaging.tests.stage import NOON, make_reachable, outside_world, remind
from hearthline.tenancy.context import acting_in, set_context
from tests.people import People

LATE = NOON + timedelta(minutes=11)


def test_all_is_well(people: People) -> None:
    with outside_world() as (mail, _gateway), clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
        deliver_one(row.organization_id, row.id)
        show_life_and_watch()
        assert oversight.look().is_well
    set_context(people.organization.id, None)
    assert not Alarm.objects.exists()
    assert not mail.received


def test_a_reminder_that_did_not_go_raises_one_alarm_and_one_mail(people: People) -> None:
    with clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
    with outside_world() as (mail, _gateway):
        with clock.frozen(LATE):
            oversight.beat()
            assert oversight.watch().late_count == 1
            oversight.watch()
        set_context(people.organization.id, None)
        alarm = Alarm.objects.get()
        assert (alarm.kind, alarm.count, alarm.oldest_at, alarm.ended_at) == ("reminders_late", 1, NOON, None)
        assert [envelope.rcpt_tos for envelope in mail.received] == [[people.administrator.user.email]]
        assert StaffNotice.objects.filter(user=people.administrator.user, kind="reminders_alarm").count() == 1
        with clock.frozen(LATE + timedelta(minutes=1)):
            deliver_one(row.organization_id, row.id)
            oversight.beat()
            assert oversight.watch().is_well
    set_context(people.organization.id, None)
    alarm.refresh_from_db()
    assert alarm.ended_at is not None


def test_retries_do_not_hide_that_nothing_goes(people: People) -> None:
    with outside_world(sms={"status": 503}), clock.frozen(NOON):
        row = remind(people, make_reachable(people, email="").id)
        deliver_one(row.organization_id, row.id)
    with outside_world(sms={"status": 503}), clock.frozen(LATE):
        deliver_one(row.organization_id, row.id)
        row.refresh_from_db()
        assert row.due_at > LATE
        assert oversight.late_reminders().count == 1


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ({"state": State.FAILED, "reason": "sms_gateway_away"}, 1),
        ({"state": State.SUPPRESSED, "reason": "expired"}, 1),
        ({"state": State.SUPPRESSED, "reason": "opted_out"}, 0),
        ({"state": State.FAILED, "reason": "sms_number_refused"}, 0),
        ({"state": State.CANCELLED, "reason": "withdrawn"}, 0),
        ({"state": State.SENT, "reason": ""}, 0),
        ({"is_reminder": False}, 0),
    ],
)
def test_what_counts_as_late(people: People, values: dict[str, Any], count: int) -> None:
    with clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
    with clock.frozen(LATE):
        Notification.objects.filter(pk=row.pk).update(decided_at=LATE, **values)
        assert oversight.late_reminders().count == count


def test_quiet_hours_are_no_alarm(people: People) -> None:
    night = NOON + timedelta(hours=10)
    with clock.frozen(night):
        remind(people, make_reachable(people).id)
    with clock.frozen(night + timedelta(hours=2)):
        assert oversight.late_reminders().count == 0


def test_a_silent_worker_is_found_from_outside(people: People) -> None:
    with clock.frozen(NOON):
        oversight.beat()
    with outside_world() as (mail, _gateway), clock.frozen(NOON + timedelta(minutes=2)):
        assert oversight.watch().is_well
    with outside_world() as (mail, _gateway), clock.frozen(NOON + timedelta(minutes=4)):
        assert oversight.watch().is_worker_silent
        assert len(mail.received) == 1
    set_context(people.organization.id, None)
    assert Alarm.objects.get().kind == "worker_silent"


def test_a_mail_server_that_is_away_does_not_hide_the_alarm(people: People, settings: Any) -> None:
    settings.EMAIL_PORT = 1
    settings.EMAIL_USE_TLS = False
    with clock.frozen(NOON):
        assert oversight.watch().is_worker_silent
    set_context(people.organization.id, None)
    assert Alarm.objects.filter(ended_at=None).count() == 1
    assert Notification.objects.get().state == "queued"


def test_what_was_never_planned_is_missed_too(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oversight, "_expectations", [])

    @oversight.expects
    def appointments_without_reminders(organization_id: Any) -> Finding:
        return Finding(3, NOON) if organization_id == people.organization.id else Finding()

    with outside_world(), clock.frozen(NOON):
        oversight.beat()
        assert oversight.watch().missing_count == 3
    set_context(people.organization.id, None)
    assert Alarm.objects.get().kind == "reminders_missing"


def test_figures(people: People) -> None:
    with clock.frozen(NOON):
        oversight.beat()
        remind(people, make_reachable(people).id)
    with clock.frozen(LATE):
        figures = {
            metric.name: [sample.value for sample in metric.samples]
            for metric in SendingCollector().collect()
        }
    assert figures == {
        "hearthline_reminders_late": [1],
        "hearthline_reminders_missing": [0],
        "hearthline_pulse_age_seconds": [660],
    }


def test_the_health_page_tells_and_raises(people: People, committed: None) -> None:
    with outside_world() as (mail, _gateway):
        answer = Client().get("/health/reminders")
        assert answer.status_code == 503
        assert answer.json()["worker_silent"] is True
        for _ in range(100):
            if mail.received:
                break
            time.sleep(0.05)
        assert mail.received
        oversight.beat()
        assert Client().get("/health/reminders").status_code == 200
    with acting_in(people.organization.id):
        assert Alarm.objects.get().kind == "worker_silent"
    assert Client(headers={"X-Forwarded-For": "203.0.113.9"}).get("/health/reminders").status_code == 404


def test_one_look_by_command(people: People, capsys: pytest.CaptureFixture[str]) -> None:
    with outside_world(), pytest.raises(SystemExit) as ended:
        call_command("watch_reminders", "--once")
    assert ended.value.code == 1


def test_privacy_officers_and_the_patient_hear_of_emergency_access(people: People) -> None:
    patient = make_reachable(people)
    event = BreakGlassOpened(
        organization_id=people.organization.id,
        break_glass_id=new_id(),
        patient_id=patient.id,
        user_id=people.physician.user.id,
    )
    for reaction in (tell_privacy_officers, tell_patient) * 2:
        reaction(event)
    assert [notice.user_id for notice in StaffNotice.objects.filter(kind="glass_broken")] == [
        people.auditor.user.id
    ]
    told = {(row.template, row.patient_id or row.user_id) for row in Notification.objects.all()}
    assert told == {("record.opened", patient.id), ("staff.notice", people.auditor.user.id)}
