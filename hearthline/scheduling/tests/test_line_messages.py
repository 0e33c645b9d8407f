"""What people in the line are sent: once that it is nearly their turn, once that the clinician is ready."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from django.db import connection

from hearthline.directory.models import Patient, SafeContact
from hearthline.directory.tests.stage import make_patient
from hearthline.foundation import clock
from hearthline.messaging.models import Notification
from hearthline.messaging.rendering import unpack_context
from hearthline.messaging.tests.stage import outside_world
from hearthline.messaging.tests.test_delivery import deliver
from hearthline.scheduling import services
from hearthline.scheduling.jobs import clear_expired
from hearthline.scheduling.line_messages import tell_called, tell_near
from hearthline.scheduling.models import WalkInEntry
from hearthline.scheduling.reminding import plan_messages
from hearthline.scheduling.rules.queue import SEEN_WITHIN
from hearthline.scheduling.services.walk_ins import SUBJECT
from hearthline.scheduling.tests.line import OPEN, enter, make_line
from hearthline.scheduling.tests.stage import NINE, Stage, make_row
from tests.people import People

NEAR, READY = "visit.turn_near", "visit.ready"


@pytest.fixture
def stage(people: People) -> Iterator[Stage]:
    with clock.frozen(OPEN):
        made = make_line(people)
        made.patient.telephone, made.patient.email = "+15125550134", "rosa@example.org"
        made.patient.save()
        yield made


def wait(stage: Stage, mode: str = "video", patient: Patient | None = None) -> WalkInEntry:
    return enter(stage, patient, mode=mode, call_back_number="+15125550134")


def look_after(stage: Stage, at: datetime = OPEN) -> None:
    """What happens after somebody moved, and again each minute."""
    with clock.frozen(at):
        tell_near(stage.service.pk, stage.people.site.pk)
        clear_expired()


def call(stage: Stage, entry: WalkInEntry, at: datetime = OPEN) -> WalkInEntry:
    """Call somebody; the reaction runs twice, as it may."""
    with clock.frozen(at):
        services.call_next(stage.people.physician.actor, entry=entry, practitioner_id=stage.practitioner.pk)
        for _ in range(2):
            found = WalkInEntry.objects.select_related("patient", "appointment__practitioner").get(
                pk=entry.pk
            )
            tell_called(found)
    return found


def sent(template: str, state: str = "queued") -> list[UUID]:
    rows = Notification.objects.filter(template=template, state=state, about_type=SUBJECT)
    return list(rows.values_list("about_id", flat=True))


def test_only_who_is_next_is_told_and_only_once(stage: Stage) -> None:
    first = wait(stage)
    second = wait(stage, patient=make_patient(stage.people, "Omar", "Haddad", email="omar@example.org"))
    for minutes in range(3):
        look_after(stage, OPEN + timedelta(minutes=minutes))
    assert sent(NEAR) == [first.pk]
    services.leave_queue(stage.people.nurse.actor, entry=first)
    for minutes in range(3):
        look_after(stage, OPEN + timedelta(minutes=minutes))
    assert sent(NEAR) == [second.pk]
    assert sent(NEAR, "cancelled") == [first.pk]  # it had not gone yet
    row = Notification.objects.get(template=NEAR, about_id=second.pk)
    context = unpack_context(row.context)
    assert context["minutes"] == 20
    assert str(context["link"]).endswith(f"/care/line/place/{second.pk}/")


def test_nobody_on_duty_nobody_told(stage: Stage) -> None:
    wait(stage)
    look_after(stage, NINE - timedelta(hours=1))
    assert sent(NEAR) == []


def test_who_is_next_after_an_hour_of_booked_visits_is_not_told_yet(stage: Stage) -> None:
    other = make_patient(stage.people, "Omar", "Haddad")
    make_row(stage, OPEN + timedelta(minutes=5), 60, patient=other)
    entry = wait(stage)
    look_after(stage)
    assert sent(NEAR) == []
    look_after(stage, OPEN + timedelta(minutes=70))
    assert sent(NEAR) == [entry.pk]


@pytest.mark.parametrize("mode", ["video", "phone", "in_person"])
def test_who_is_at_the_clinic_is_not_sent_to_a_page(stage: Stage, mode: str) -> None:
    stage.service.modes = ["video", "phone", "in_person"]
    stage.service.save()
    entry = wait(stage, mode)
    look_after(stage)
    assert sent(NEAR) == ([] if mode == "in_person" else [entry.pk])


def test_who_looks_at_the_page_is_told_when_they_stop_looking(stage: Stage) -> None:
    entry = wait(stage)
    services.note_seen(entry)
    look_after(stage, OPEN + SEEN_WITHIN)
    assert sent(NEAR) == []
    look_after(stage, OPEN + SEEN_WITHIN + timedelta(seconds=1))
    assert sent(NEAR) == [entry.pk]


def test_called_while_away_the_person_is_fetched_once(stage: Stage) -> None:
    entry = call(stage, wait(stage))
    assert sent(READY) == [entry.pk]
    row = Notification.objects.get(template=READY)
    assert unpack_context(row.context)["practitioner"] == stage.practitioner.full_name
    plan_messages(entry.appointment)  # the reaction to the booking may run later, and takes nothing back
    row.refresh_from_db()
    assert (row.state, Notification.objects.count()) == ("queued", 1)


def test_called_while_looking_at_the_page_nothing_is_sent(stage: Stage) -> None:
    entry = wait(stage)
    services.note_seen(entry)
    call(stage, entry, OPEN + SEEN_WITHIN)
    assert sent(READY) == []


def test_who_is_telephoned_gets_no_link_to_come_in(stage: Stage) -> None:
    call(stage, wait(stage, "phone"))
    away = wait(stage, patient=make_patient(stage.people, "Omar", "Haddad", email="omar@example.org"))
    services.want_call_back(stage.people.nurse.actor, entry=away, call_back_number="+15125550177")
    with clock.frozen(OPEN + timedelta(minutes=40)):
        call(stage, away, OPEN + timedelta(minutes=40))
    assert sent(READY) == []


def test_safe_hours_hold_though_the_message_is_urgent(stage: Stage) -> None:
    SafeContact.objects.create(
        organization_id=stage.people.organization.id,
        patient=stage.patient,
        allowed_from=time(18),
        allowed_until=time(20),
    )
    entry = wait(stage)
    look_after(stage)
    look_after(stage)
    assert (sent(NEAR), sent(NEAR, "suppressed")) == ([], [entry.pk])


@pytest.mark.parametrize(
    ("language", "near", "ready"),
    [("en", "it is nearly your turn", "is ready for you now"), ("es", "casi es su turno", "le espera ahora")],
)
def test_the_words_go_out_in_the_persons_language_and_say_nothing_of_health(
    stage: Stage, language: str, near: str, ready: str
) -> None:
    stage.service.names = {"en": "Zanzibar", "es": "Zanzibar"}
    stage.service.save()
    stage.patient.language = language
    stage.patient.save()
    SafeContact.objects.create(
        organization_id=stage.people.organization.id, patient=stage.patient, preferred="sms"
    )
    entry = wait(stage)
    with outside_world() as (_mail, gateway), clock.frozen(OPEN):
        look_after(stage)
        deliver(Notification.objects.get(template=NEAR))
        call(stage, entry)
        deliver(Notification.objects.get(template=READY))
    said = [str(request) for request in gateway.requests]
    assert near in said[0]
    assert ready in said[1]
    assert "Zanzibar" not in "".join(said)


def test_each_move_in_the_line_asks_for_the_messages(stage: Stage) -> None:
    entry = wait(stage)
    services.call_next(stage.people.physician.actor, entry=entry, practitioner_id=stage.practitioner.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'reaction' FROM procrastinate_jobs WHERE args ? 'reaction' ORDER BY id")
        asked = [row[0].rsplit(".", 1)[-1] for row in cursor.fetchall()]
    assert asked.count("tell_the_next") == 2
    assert asked.count("fetch_called") == 1
