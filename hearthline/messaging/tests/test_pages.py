from typing import Any

import pytest
from django.urls import reverse

from hearthline.directory.tests.stage import link, make_patient
from hearthline.foundation import clock
from hearthline.messaging import notices, oversight
from hearthline.messaging.delivery import deliver_one
from hearthline.messaging.doubts import doubt_address
from hearthline.messaging.models import (
    DoubtfulContact,
    MessagingPolicy,
    PoolMember,
    RoutingPool,
    StaffNotice,
    TemplateWording,
)
from hearthline.messaging.tests.stage import NOON, make_reachable, outside_world, remind
from hearthline.tenancy.context import acting_in, set_context
from tests.people import People

WORDS = "/administration/messages/words/appointment.reminder/en/sms/"
GOOD = "{organization}: see you {when}. {link}"


def test_only_administrators_change_messages(people: People) -> None:
    for path in ("", "words/", "hours/", "teams/", "teams/new/"):
        url = f"/administration/messages/{path}"
        assert people.administrator.client.get(url).status_code == 200
        for name in ("nurse", "physician", "patient", "auditor", "technician"):
            assert getattr(people, name).client.get(url).status_code == 403
    assert people.nurse.client.post(WORDS, {"text": GOOD}).status_code == 403


def test_own_words_are_used_and_only_here(people: People) -> None:
    page = people.administrator.client.get(WORDS).content.decode()
    assert "Riverbend Clinic: visit with Dr. Sample" in page
    answer = people.administrator.client.post(WORDS, {"text": GOOD, "is_reviewed": "on"})
    assert answer.status_code == 303
    set_context(people.organization.id, None)
    with outside_world() as (_mail, gateway), clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
        deliver_one(row.organization_id, row.id)
    assert gateway.requests[0]["text"].startswith("Riverbend Clinic: see you Tuesday")
    with acting_in(people.other_organization.id):
        assert not TemplateWording.objects.exists()


def test_a_preview_saves_nothing(people: People) -> None:
    answer = people.administrator.client.post(WORDS, {"text": GOOD, "preview": "yes"})
    assert answer.status_code == 200
    assert "Riverbend Clinic: see you" in answer.content.decode()
    set_context(people.organization.id, None)
    assert not TemplateWording.objects.exists()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Your {diagnosis}: {when} {link}", "could tell others about the person"),
        ("{service} {when} {link}", "could tell others about the person"),
        ("{nonsense} {when} {link}", "no placeholder"),
        ("see you {when}", "The reader needs {link}"),
        ("{when} {link", "A brace is open"),
        ("", "required"),
        ("x" * 2_001, "2000"),
    ],
)
def test_words_that_may_not_be_used(people: People, text: str, word: str) -> None:
    answer = people.administrator.client.post(WORDS, {"text": text})
    assert answer.status_code == 422
    assert word in answer.content.decode()
    set_context(people.organization.id, None)
    assert not TemplateWording.objects.exists()


@pytest.mark.parametrize(
    "path", ["no.such/en/sms/", "appointment.reminder/xx/sms/", "appointment.reminder/en/fax/"]
)
def test_templates_that_are_not_there(people: People, path: str) -> None:
    assert people.administrator.client.get(f"/administration/messages/words/{path}").status_code == 404


def test_quiet_hours_are_changed(people: People) -> None:
    values = {"quiet_from": "22:00", "quiet_until": "07:00"}
    assert people.administrator.client.post("/administration/messages/hours/", values).status_code == 303
    bad = {"quiet_from": "25:00", "quiet_until": ""}
    assert people.administrator.client.post("/administration/messages/hours/", bad).status_code == 422
    set_context(people.organization.id, None)
    assert MessagingPolicy.objects.get().quiet_from.hour == 22


def test_a_team_that_answers_is_made_and_changed(people: People) -> None:
    values: dict[str, Any] = {
        "name": "Nurses",
        "answer_within_minutes": "120",
        "opens_at": "08:00",
        "closes_at": "16:00",
        "weekdays": ["0", "2"],
        "members": [people.nurse.membership.id, people.physician.membership.id],
        "takes_new_threads": "on",
        "is_active": "on",
    }
    url = "/administration/messages/teams/new/"
    assert people.administrator.client.post(url, values).status_code == 303
    assert people.administrator.client.post(url, values).status_code == 422  # the name is taken
    set_context(people.organization.id, None)
    pool = RoutingPool.objects.get()
    assert (pool.weekdays, pool.members.count()) == ([0, 2], 2)
    values["members"] = [people.nurse.membership.id]
    assert (
        people.administrator.client.post(f"/administration/messages/teams/{pool.id}/", values).status_code
        == 303
    )
    for wrong in (
        {"members": [people.stranger.membership.id]},
        {"answer_within_minutes": "1"},
        {"weekdays": ["9"]},
    ):
        answer = people.administrator.client.post(
            f"/administration/messages/teams/{pool.id}/", {**values, **wrong}
        )
        assert answer.status_code == 422
    set_context(people.organization.id, None)
    assert [member.user_id for member in PoolMember.objects.all()] == [people.nurse.user.id]


def test_the_banner_shows_while_the_worker_is_silent(people: People) -> None:
    shown = people.administrator.client.get("/administration/messages/").content.decode()
    assert "The worker that sends messages has stopped" in shown
    oversight.beat()
    shown = people.administrator.client.get("/administration/messages/").content.decode()
    assert "The worker that sends messages has stopped" not in shown


def test_notices_are_ones_own(people: People) -> None:
    notices.tell_users(
        organization_id=people.organization.id,
        user_ids=[people.nurse.user.id],
        kind=StaffNotice.Kind.OTHER,
        about=("x", people.organization.id),
        path="/messages/",
        key="k",
    )
    notice = StaffNotice.objects.get()
    assert notices.count_unread(people.nurse.actor) == 1
    assert "Something needs you" in people.nurse.client.get("/messages/notices/").content.decode()
    assert "Something needs you" not in people.physician.client.get("/messages/notices/").content.decode()
    assert people.physician.client.post(f"/messages/notices/{notice.id}/").status_code == 404
    answer = people.nurse.client.post(f"/messages/notices/{notice.id}/")
    assert (answer.status_code, answer["Location"]) == (303, "/messages/")
    assert people.patient.client.get("/messages/notices/").status_code == 403
    set_context(people.organization.id, None)
    assert notices.count_unread(people.nurse.actor) == 0


def test_an_address_that_does_not_work_is_a_task(people: People) -> None:
    patient = make_reachable(people)
    with outside_world(), clock.frozen(NOON):
        row = remind(people, patient.id)
        deliver_one(row.organization_id, row.id)
    row.refresh_from_db()
    doubt_address(row, reason="receipt_failed")
    doubt = DoubtfulContact.objects.get()
    assert "Rosa Delgado" in people.navigator.client.get("/messages/contacts/").content.decode()
    assert "Rosa Delgado" not in people.physician.client.get("/messages/contacts/").content.decode()
    url = reverse("messaging:resolve_doubt", args=[doubt.id])
    assert people.physician.client.post(url).status_code == 404
    assert people.stranger.client.post(url).status_code == 404
    assert people.technician.client.post(url).status_code == 403
    assert people.navigator.client.post(url).status_code == 303
    assert people.navigator.client.post(url).status_code == 404


def test_what_became_of_each_message_is_shown(people: People) -> None:
    patient = make_reachable(people, email="")
    link(patient, people.patient)
    with clock.frozen(NOON):
        with outside_world():
            sent = remind(people, patient.id)
            deliver_one(sent.organization_id, sent.id)
        with outside_world(sms={"status": 400, "answer": b'{"code": "invalid_number"}'}):
            failed = remind(people, patient.id)
            deliver_one(failed.organization_id, failed.id)
    url = f"/messages/sent/{patient.id}/"
    for client, path in ((people.nurse.client, url), (people.patient.client, "/care/messages/sent/")):
        shown = client.get(path).content.decode()
        assert "Sent" in shown
        assert "The number cannot be reached." in shown
    assert people.physician.client.get(url).status_code == 404
    assert people.stranger.client.get(url).status_code == 404
    other = make_patient(people, "Ana", "Other")
    assert "Ana" not in people.patient.client.get("/care/messages/sent/").content.decode()
    assert people.patient.client.get(f"/messages/sent/{other.id}/").status_code == 403
