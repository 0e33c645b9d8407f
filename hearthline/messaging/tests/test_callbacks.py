import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.messaging import delivery, replies
from hearthline.messaging.delivery import deliver_one
from hearthline.messaging.models import InboundText, Notification, OptOut, ReceiptEvent, StaffNotice
from hearthline.messaging.replies import Answer, Reply
from hearthline.messaging.rules import Intent
from hearthline.messaging.tests.stage import (
    NOON,
    TELEPHONE,
    WEBHOOK_SECRET,
    make_reachable,
    outside_world,
    remind,
)
from hearthline.messaging.transports.configured import transport_for
from hearthline.messaging.transports.sms import sign
from hearthline.tenancy.context import acting_in, set_context
from tests.people import People

RECEIPT, INCOMING = "/messages/sms/receipt", "/messages/sms/incoming"


@pytest.fixture(autouse=True)
def _secret(settings: Any) -> None:
    settings.SMS_WEBHOOK_SECRET = WEBHOOK_SECRET


@pytest.fixture
def asked() -> Iterator[list[Reply]]:
    """Stand for scheduling: remember the replies, answer as it would."""
    seen: list[Reply] = []

    def handler(reply: Reply) -> Answer | None:
        seen.append(reply)
        return Answer("sms.confirmed", {"when": NOON, "link": replies.care_link()})

    before = dict(replies._handlers)
    replies.answers("appointment")(handler)
    yield seen
    replies._handlers.clear()
    replies._handlers.update(before)


def call(path: str, content: Any, *, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    raw = json.dumps(content).encode() if body is None else body
    timestamp = int(clock.now().timestamp())
    signed = {
        "X-Signature-Timestamp": str(timestamp),
        "X-Signature": sign(WEBHOOK_SECRET, timestamp=timestamp, body=raw),
    }
    return Client().post(
        path, data=raw, content_type="application/json", headers={**signed, **(headers or {})}
    )


def sent_reminder(people: People, **values: Any) -> Notification:
    with outside_world():
        row = remind(people, make_reachable(people, **values).id)
        deliver_one(row.organization_id, row.id)
    row.refresh_from_db()
    assert row.state == "sent"
    return row


def reference(row: Notification) -> str:
    return f"{row.organization_id}.{row.id}.sms"


def receipt_for(row: Notification, state: str = "delivered", **values: str) -> dict[str, str]:
    return {"event_id": str(new_id()), "reference": reference(row), "state": state, **values}


def text_back(people: People, text: str, sender: str = TELEPHONE, event_id: str = "") -> InboundText:
    event_id = event_id or str(new_id())
    assert call(INCOMING, {"event_id": event_id, "from": sender, "text": text}).status_code == 200
    set_context(people.organization.id, None)
    inbound = InboundText.objects.get(event_id=event_id)
    replies.handle_text(people.organization.id, inbound_id=str(inbound.id))
    inbound.refresh_from_db()
    return inbound


def answers_sent(people: People) -> list[str]:
    rows = Notification.objects.filter(key__startswith="text_back").order_by("created_at")
    return [row.template for row in rows]


def test_a_receipt_says_delivered(people: People) -> None:
    with clock.frozen(NOON):
        row = sent_reminder(people)
        answer = receipt_for(row)
        assert call(RECEIPT, answer).status_code == 200
        assert call(RECEIPT, answer).status_code == 200  # a repeat is taken and changes nothing
    set_context(people.organization.id, None)
    row.refresh_from_db()
    assert (row.state, row.delivered_at) == ("delivered", NOON)
    assert ReceiptEvent.objects.count() == 1


def test_a_failed_text_turns_to_mail(people: People) -> None:
    with clock.frozen(NOON):
        row = sent_reminder(people)
        assert call(RECEIPT, receipt_for(row, "failed", code="unreachable")).status_code == 200
        set_context(people.organization.id, None)
        with outside_world() as (mail, _gateway):
            deliver_one(row.organization_id, row.id)
        assert len(mail.received) == 1
        # The receipt of the first way comes again under another name: the second way is not disturbed.
        assert call(RECEIPT, receipt_for(row, "failed")).status_code == 200
    set_context(people.organization.id, None)
    row.refresh_from_db()
    assert (row.state, row.channel) == ("sent", "email")
    assert StaffNotice.objects.filter(kind="contact_doubtful").exists()


def test_a_receipt_may_overtake_our_own_bookkeeping(people: People) -> None:
    with outside_world(), clock.frozen(NOON):
        row = remind(people, make_reachable(people).id)
        claim = delivery._claim(row.id)
        assert claim is not None
        assert call(RECEIPT, receipt_for(row, "failed")).status_code == 409
        assert call(RECEIPT, receipt_for(row)).status_code == 200
        set_context(people.organization.id, None)
        delivery._settle(claim, transport_for(claim.channel).send(claim.outgoing))
    row.refresh_from_db()
    assert row.state == "delivered"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"event_id": "e", "reference": "nonsense", "state": "delivered"}, 404),
        ({"event_id": "e", "reference": f"{new_id()}.{new_id()}.sms", "state": "delivered"}, 404),
        ({"event_id": "e", "reference": "x", "state": "exploded"}, 422),
        ({"event_id": "", "reference": "x", "state": "failed"}, 422),
        ({"event_id": "e" * 101, "reference": "x", "state": "failed"}, 422),
        ({"event_id": "\x00", "reference": "x", "state": "failed"}, 422),
        ({"event_id": 7, "reference": "x", "state": "failed"}, 422),
        ([], 422),
        (None, 422),
        ("text", 422),
    ],
)
def test_receipts_that_make_no_sense(people: People, content: Any, status: int) -> None:
    assert call(RECEIPT, content).status_code == status


@pytest.mark.parametrize("path", [RECEIPT, INCOMING])
def test_only_the_gateway_is_heard(people: People, path: str) -> None:
    content = {"event_id": "e", "from": TELEPHONE, "text": "STOP", "reference": "x", "state": "delivered"}
    assert call(path, content, headers={"X-Signature": "sha256=" + "0" * 64}).status_code == 401
    assert call(path, content, headers={"X-Signature-Timestamp": "1"}).status_code == 401
    assert Client().post(path, data=b"{}", content_type="application/json").status_code == 401
    assert Client().get(path).status_code == 405
    assert call(path, content, body=b"x" * 9_000).status_code == 413
    assert call(path, content, body=b"[" * 8_000).status_code == 400
    assert call(path, content, body=b"\xff\xfe").status_code == 400
    assert not OptOut.objects.exists()


def test_without_a_secret_nobody_is_heard(people: People, settings: Any) -> None:
    settings.SMS_WEBHOOK_SECRET = ""
    raw = b"{}"
    timestamp = int(clock.now().timestamp())
    forged = {"X-Signature": sign("", timestamp=timestamp, body=raw)}
    assert call(RECEIPT, {}, body=raw, headers=forged).status_code == 401


@pytest.mark.parametrize(
    ("text", "intent"), [("C", Intent.CONFIRM), ("r", Intent.RESCHEDULE), ("X", Intent.CANCEL)]
)
def test_an_answer_reaches_who_asked(people: People, asked: list[Reply], text: str, intent: Intent) -> None:
    with clock.frozen(NOON):
        row = sent_reminder(people)
        text_back(people, text)
        text_back(people, text, event_id="twice")
        call(INCOMING, {"event_id": "twice", "from": TELEPHONE, "text": text})
        set_context(people.organization.id, None)
    assert [(reply.intent, reply.about_id, reply.patient_id) for reply in asked] == [
        (intent, row.about_id, row.patient_id)
    ] * 2
    assert answers_sent(people) == ["sms.confirmed", "sms.confirmed"]


def test_stop_stops_and_start_starts(people: People, asked: list[Reply]) -> None:
    with clock.frozen(NOON):
        row = sent_reminder(people, email="")
        assert row.patient_id is not None
        text_back(people, "Stop.")
        with outside_world() as (_mail, gateway):
            blocked = remind(people, row.patient_id)
            deliver_one(blocked.organization_id, blocked.id)
            last_word = Notification.objects.get(template="sms.stopped")
            deliver_one(last_word.organization_id, last_word.id)
        blocked.refresh_from_db()
        assert (blocked.state, blocked.reason) == ("suppressed", "opted_out")
        assert [sent["text"].split(":")[1][:20] for sent in gateway.requests] == [" you will get no mor"]
        text_back(people, "start")
        with outside_world() as (_mail, gateway):
            again = remind(people, row.patient_id)
            deliver_one(again.organization_id, again.id)
        assert len(gateway.requests) == 1
    assert not asked


def test_words_that_nobody_reads_are_answered_once_a_day_and_told_to_the_front_desk(
    people: People, asked: list[Reply]
) -> None:
    with clock.frozen(NOON):
        sent_reminder(people)
        text_back(people, "I have chest pain")
        text_back(people, "hello?")
    assert answers_sent(people) == ["sms.help"]
    assert not asked
    notices = StaffNotice.objects.filter(kind="text_unread", user=people.nurse.user)
    assert notices.count() == 2
    assert "chest" not in json.dumps(list(notices.values("path", "key", "about_type")), default=str)


def test_an_old_question_is_not_answered_any_more(people: People, asked: list[Reply]) -> None:
    with clock.frozen(NOON):
        sent_reminder(people)
    with clock.frozen(NOON + timedelta(days=15)):
        inbound = text_back(people, "X")
    assert inbound.outcome == "unread"
    assert not asked


def test_a_shared_telephone_gets_no_chatty_answer(people: People, asked: list[Reply]) -> None:
    with clock.frozen(NOON):
        sent_reminder(people, contact={"is_telephone_shared": True})
        text_back(people, "HELP")
        text_back(people, "C")
    assert answers_sent(people) == ["neutral.link"]


def test_a_text_from_a_stranger_is_nobodys(people: People, asked: list[Reply]) -> None:
    with clock.frozen(NOON):
        sent_reminder(people)
        answer = call(INCOMING, {"event_id": "e", "from": "+15125550999", "text": "C"})
    assert answer.status_code == 200
    set_context(people.organization.id, None)
    assert not InboundText.objects.exists()


def test_stop_counts_for_every_organization_that_wrote(people: People) -> None:
    with clock.frozen(NOON):
        sent_reminder(people)
        call(INCOMING, {"event_id": "e", "from": TELEPHONE, "text": "STOP"})
    with acting_in(people.other_organization.id):
        assert not OptOut.objects.exists()
    with acting_in(people.organization.id):
        assert OptOut.objects.count() == 1


@pytest.mark.parametrize(
    "content",
    [
        {"event_id": "e", "from": "not a number", "text": "C"},
        {"event_id": "e", "from": TELEPHONE, "text": "x" * 2_001},
        {"event_id": "e", "from": TELEPHONE, "text": "a\x00b"},
        {"event_id": "e", "from": TELEPHONE},
    ],
)
def test_texts_that_make_no_sense(people: People, content: Any) -> None:
    assert call(INCOMING, content).status_code == 422


def test_links_of_answers_are_ours() -> None:
    assert replies.care_link().startswith(settings.PUBLIC_URL)
