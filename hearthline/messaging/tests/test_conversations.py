import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from hearthline.directory.models import Patient
from hearthline.directory.tests.stage import link, make_caregiver, make_patient
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.identity.roles import Role
from hearthline.messaging import conversations
from hearthline.messaging.conversations import ConversationError
from hearthline.messaging.models import (
    Attachment,
    Draft,
    Handover,
    Message,
    MessageRead,
    Notification,
    PoolMember,
    RoutingPool,
    StaffNotice,
    Thread,
)
from hearthline.messaging.queries import inbox
from hearthline.messaging.tests.stage import NOON
from hearthline.tenancy.context import acting_in, set_context
from tests.database import run_in_threads
from tests.people import People, make_person

CANARY = "zanzibar-rash-on-left-knee"


def make_pool(people: People, *members: str, **values: Any) -> RoutingPool:
    pool = RoutingPool.objects.create(
        organization_id=people.organization.id,
        **{"name": "Riverside team", "weekdays": [0, 1, 2, 3, 4], "answer_within_minutes": 240, **values},
    )
    for name in members or ("nurse",):
        PoolMember.objects.create(
            organization_id=people.organization.id, pool=pool, user=getattr(people, name).user
        )
    return pool


def make_thread(people: People, patient: Patient, pool: RoutingPool, **values: Any) -> Thread:
    return conversations.start_thread(
        **{
            "actor": people.patient.actor,
            "patient": patient,
            "pool": pool,
            "subject": "A question",
            "text": CANARY,
            "key": str(new_id()),
            "author_kind": Message.Author.PATIENT,
            **values,
        }
    )


@pytest.fixture
def rosa(people: People) -> Patient:
    patient = make_patient(people, email="rosa@example.org")
    link(patient, people.patient)
    return patient


def picture() -> SimpleUploadedFile:
    raw = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(raw, "PNG")
    return SimpleUploadedFile("my knee.png", raw.getvalue(), content_type="text/html")


def fields_of(html: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def test_a_patient_writes_and_the_team_answers(people: People, rosa: Patient) -> None:
    pool = make_pool(people)
    page = people.patient.client.get("/care/messages/new/")
    assert page.status_code == 200
    assert "We usually answer by" in page.content.decode()
    assert "911" in page.content.decode()
    form = {
        **fields_of(page.content.decode()),
        "pool": pool.id,
        "subject": "Knee",
        "text": CANARY,
        "attachments": picture(),
    }
    sent = people.patient.client.post("/care/messages/new/", {**form, "patient": rosa.id})
    assert sent.status_code == 303
    set_context(people.organization.id, None)
    thread = Thread.objects.get()
    due_at = thread.answer_due_at
    assert due_at is not None
    assert StaffNotice.objects.filter(user=people.nurse.user, kind="thread_waiting").count() == 1
    inbox = people.nurse.client.get("/messages/?box=team").content.decode()
    assert "Knee" in inbox
    shown = people.nurse.client.get(f"/messages/{thread.id}/")
    assert CANARY in shown.content.decode()
    answer = {**fields_of(shown.content.decode()), "text": "Keep it cool."}
    assert people.nurse.client.post(f"/messages/{thread.id}/send/", answer).status_code == 303
    read = people.patient.client.get(f"/care/messages/{thread.id}/").content.decode()
    assert "Keep it cool." in read
    assert "Ines Okafor" in read
    set_context(people.organization.id, None)
    assert Thread.objects.filter(answer_due_at=None).exists()
    assert [row.template for row in Notification.objects.all()] == ["message.new"]
    readers = {
        (row.message.author_kind, row.user_id) for row in MessageRead.objects.select_related("message")
    }
    assert readers == {("patient", people.nurse.user.id), ("staff", people.patient.user.id)}


def test_a_file_comes_back_clean_and_to_nobody_else(people: People, rosa: Patient) -> None:
    thread = make_thread(people, rosa, make_pool(people))
    send = {"text": "see", "attachments": picture()}
    assert people.patient.client.post(f"/care/messages/{thread.id}/send/", send).status_code == 303
    set_context(people.organization.id, None)
    kept = Attachment.objects.get()
    assert (kept.name, kept.content_type) == ("my knee.png", "image/png")
    for client, path in ((people.patient.client, "/care"), (people.nurse.client, "")):
        answer: Any = client.get(f"{path}/messages/files/{kept.id}/")
        assert answer.status_code == 200
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert b"".join(answer.streaming_content).startswith(b"\x89PNG")
    assert people.stranger.client.get(f"/messages/files/{kept.id}/").status_code == 404
    assert people.caregiver.client.get(f"/care/messages/files/{kept.id}/").status_code == 404


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("a.png", b"<script>alert(1)</script>"),
        SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n broken"),
        SimpleUploadedFile("a.pdf", b"%PDF-1.7 /JavaScript (x) %%EOF"),
    ],
)
def test_a_file_that_is_refused_loses_no_words(
    people: People, rosa: Patient, file: SimpleUploadedFile
) -> None:
    thread = make_thread(people, rosa, make_pool(people))
    file.seek(0)
    answer = people.patient.client.post(
        f"/care/messages/{thread.id}/send/", {"text": "my words", "attachments": file}
    )
    assert answer.status_code == 422
    assert "my words" in answer.content.decode()
    set_context(people.organization.id, None)
    assert Message.objects.count() == 1
    assert not Attachment.objects.exists()


def test_a_double_press_sends_once_but_other_words_are_never_lost(people: People, rosa: Patient) -> None:
    thread = make_thread(people, rosa, make_pool(people))
    url = f"/care/messages/{thread.id}/send/"
    for text in ("first", "first", "second"):
        assert people.patient.client.post(url, {"text": text, "key": "k"}).status_code == 303
    set_context(people.organization.id, None)
    assert [message.text for message in thread.messages.all()] == [CANARY, "first", "second"]


def test_words_survive_the_end_of_a_session(people: People, rosa: Patient) -> None:
    thread = make_thread(people, rosa, make_pool(people))
    url = f"/care/messages/{thread.id}/"
    form = fields_of(people.patient.client.get(url).content.decode())
    client = people.patient.client
    client.logout()
    answer = client.post(f"{url}send/", {**form, "text": "written while the session ended"})
    assert answer.status_code == 303
    assert answer["Location"].startswith("/sign-in/?next=%2Fcare%2Fmessages%2F")
    set_context(people.organization.id, None)
    assert Message.objects.count() == 1
    assert Draft.objects.get().author_id == people.patient.user.id
    people.patient._client = None
    assert "written while the session ended" in people.patient.client.get(url).content.decode()
    people.patient.client.post(f"{url}send/", {"text": "written while the session ended"})
    set_context(people.organization.id, None)
    assert not Draft.objects.exists()


@pytest.mark.parametrize("ticket", ["", "garbage", "x" * 5_000])
def test_without_a_ticket_of_ours_nothing_is_kept(people: People, rosa: Patient, ticket: str) -> None:
    thread = make_thread(people, rosa, make_pool(people))
    answer = Client().post(f"/care/messages/{thread.id}/send/", {"text": "spam", "ticket": ticket})
    assert answer.status_code == 303
    set_context(people.organization.id, None)
    assert not Draft.objects.exists()


def test_internal_notes_stay_inside(people: People, rosa: Patient) -> None:
    thread = make_thread(people, rosa, make_pool(people))
    note = {"text": "seems worried", "is_internal": "on", "attachments": picture()}
    assert people.nurse.client.post(f"/messages/{thread.id}/send/", note).status_code == 303
    assert "seems worried" in people.nurse.client.get(f"/messages/{thread.id}/").content.decode()
    assert "seems worried" not in people.patient.client.get(f"/care/messages/{thread.id}/").content.decode()
    set_context(people.organization.id, None)
    file = Attachment.objects.get()
    assert people.patient.client.get(f"/care/messages/files/{file.id}/").status_code == 404
    set_context(people.organization.id, None)
    assert not Notification.objects.exists()
    thread.refresh_from_db()
    assert thread.answer_due_at is not None


def test_a_caregiver_writes_for_the_patient_only_with_scope(people: People, rosa: Patient) -> None:
    thread = make_thread(people, rosa, make_pool(people))
    url = f"/care/messages/{thread.id}/"
    assert people.caregiver.client.get(url).status_code == 404
    caregiver = make_caregiver(rosa, people.caregiver, may_message=True)
    assert people.caregiver.client.post(f"{url}send/", {"text": "for her"}).status_code == 303
    assert (
        "for <bdi>Rosa Delgado</bdi>" in people.nurse.client.get(f"/messages/{thread.id}/").content.decode()
    )
    set_context(people.organization.id, None)
    caregiver.may_message = False
    caregiver.may_book = True
    caregiver.save()
    assert people.caregiver.client.get(url).status_code == 404
    assert people.caregiver.client.post(f"{url}send/", {"text": "still me"}).status_code == 404


def test_who_may_read_what(people: People, rosa: Patient) -> None:
    thread = make_thread(people, rosa, make_pool(people))
    url, care = f"/messages/{thread.id}/", f"/care/messages/{thread.id}/"
    assert people.nurse.client.get(url).status_code == 200
    assert people.physician.client.get(url).status_code == 404  # neither their patient nor their pool
    assert people.stranger.client.get(url).status_code == 404
    for name in ("administrator", "technician", "auditor", "attendant", "patient"):
        assert getattr(people, name).client.get(url).status_code == 403
    assert people.nurse.client.get(care).status_code == 403
    for path in ("claim/", "close/", "reopen/"):
        assert people.stranger.client.post(url + path).status_code == 404
        assert people.patient.client.post(url + path).status_code == 403
    assert people.stranger.client.post(f"{url}send/", {"text": "x"}).status_code == 404
    set_context(people.organization.id, None)
    assert Message.objects.count() == 1


def test_claim_hand_over_close_reopen(people: People, rosa: Patient) -> None:
    pool, other = make_pool(people), make_pool(people, "physician", name="Doctors")
    thread = make_thread(people, rosa, pool)
    url = f"/messages/{thread.id}/"
    nurse, doctor = people.nurse.client, people.physician.client
    assert nurse.post(f"{url}claim/").status_code == 303
    to = {"pool": other.id, "to": people.physician.membership.id, "note": "please look"}
    assert nurse.post(f"{url}hand-over/", to).status_code == 303
    assert "please look" in doctor.get(url).content.decode()
    set_context(people.organization.id, None)
    thread.refresh_from_db()
    assert thread.owner_id == people.physician.user.id
    assert StaffNotice.objects.filter(user=people.physician.user, kind="thread_assigned").exists()
    assert doctor.post(f"{url}close/").status_code == 303
    assert "closed. Open it again first" in doctor.post(f"{url}close/", follow=True).content.decode()
    assert (
        people.patient.client.post(f"/care/messages/{thread.id}/send/", {"text": "again"}).status_code == 303
    )
    set_context(people.organization.id, None)
    thread.refresh_from_db()
    assert thread.status == "open"
    kinds = list(Handover.objects.order_by("created_at").values_list("kind", flat=True))
    assert kinds == ["claimed", "handed_over", "closed", "reopened"]


def test_a_conversation_is_not_handed_outside(people: People, rosa: Patient) -> None:
    thread = make_thread(people, rosa, make_pool(people))
    with acting_in(people.other_organization.id):
        foreign = RoutingPool.objects.create(organization=people.other_organization, name="Elsewhere")
    bad = {"pool": foreign.id, "to": people.stranger.membership.id}
    assert people.nurse.client.post(f"/messages/{thread.id}/hand-over/", bad).status_code == 422


def test_overdue_comes_first(people: People, rosa: Patient) -> None:
    pool = make_pool(people)
    with clock.frozen(NOON - timedelta(days=7)):
        late = make_thread(people, rosa, pool, subject="Late")
    with clock.frozen(NOON - timedelta(days=8)):
        answered = make_thread(people, rosa, pool, subject="Done")
        conversations.write(
            actor=people.nurse.actor, thread=answered, text="ok", key="k", author_kind=Message.Author.STAFF
        )
    with clock.frozen(NOON):
        fresh = make_thread(people, rosa, pool, subject="Fresh")
        rows = [row.id for row in inbox(people.nurse.actor, "team")]
    assert rows == [late.id, fresh.id, answered.id]


@pytest.mark.parametrize(
    "values",
    [
        {"text": ""},
        {"text": "   "},
        {"text": "x" * 5_001},
        {"text": "a\x00b"},
        {"key": "k" * 65, "text": "x"},
    ],
)
def test_words_that_cannot_be_sent(people: People, rosa: Patient, values: dict[str, str]) -> None:
    thread = make_thread(people, rosa, make_pool(people))
    answer = people.patient.client.post(f"/care/messages/{thread.id}/send/", {"text": "", **values})
    assert answer.status_code == 422
    set_context(people.organization.id, None)
    assert Message.objects.count() == 1


def test_nothing_said_leaves_the_house(
    people: People, rosa: Patient, caplog: pytest.LogCaptureFixture
) -> None:
    thread = make_thread(people, rosa, make_pool(people), subject=CANARY)
    conversations.write(
        actor=people.nurse.actor, thread=thread, text=CANARY, key="k", author_kind=Message.Author.STAFF
    )
    told = Notification.objects.get()
    assert CANARY not in told.context
    assert CANARY not in "".join(StaffNotice.objects.values_list("path", flat=True))
    assert CANARY not in caplog.text


def test_sixteen_people_claim_and_one_has_it(people: People, committed: None) -> None:
    with acting_in(people.organization.id):
        patient = make_patient(people)
        link(patient, people.patient)
        thread = make_thread(people, patient, make_pool(people))
        members = [
            make_person(people.organization, f"Nurse Number {number}", Role.NURSE) for number in range(16)
        ]

    def take(number: int) -> str:
        with acting_in(people.organization.id):
            try:
                conversations.claim(actor=members[number].actor, thread=thread)
            except ConversationError as error:
                return error.code
        return "mine"

    results = run_in_threads(16, take)
    assert sorted(results) == ["mine"] + ["taken"] * 15


def test_a_double_press_in_two_threads_sends_once(people: People, committed: None) -> None:
    with acting_in(people.organization.id):
        patient = make_patient(people)
        link(patient, people.patient)
        thread = make_thread(people, patient, make_pool(people))

    def press(_number: int) -> None:
        with acting_in(people.organization.id):
            conversations.write(
                actor=people.patient.actor,
                thread=thread,
                text="once",
                key="k",
                author_kind=Message.Author.PATIENT,
            )

    assert run_in_threads(8, press) == [None] * 8
    with acting_in(people.organization.id):
        assert Message.objects.filter(thread=thread).count() == 2


def test_the_promise_is_in_the_patients_zone(people: People) -> None:
    patient = make_patient(people, zone="Asia/Kathmandu")
    link(patient, people.patient)
    with clock.frozen(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)):
        thread = make_thread(people, patient, make_pool(people))
        page = people.patient.client.get(f"/care/messages/{thread.id}/").content.decode()
    assert "Tuesday 24 November 2026, 01:45 (Kathmandu time)" in page
