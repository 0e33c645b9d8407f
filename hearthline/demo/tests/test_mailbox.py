import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import include, path

from hearthline.demo.mailbox import sms, store
from hearthline.demo.mailbox.mail import make_controller
from hearthline.messaging.tests.listeners import HOST, free_port
from hearthline.messaging.transports import Outcome, Outgoing
from hearthline.messaging.transports.mail import Encryption, MailSettings, MailTransport
from hearthline.messaging.transports.sms import SmsSettings, SmsTransport

TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [Path(store.__file__).parents[1] / "templates"]}]
urlpatterns = [
    path("", include("hearthline.config.urls")),
    path("demo/", include("hearthline.demo.urls")),
]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    made: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr(sms, "call_back", lambda where, content: made.append((where, content)))
    monkeypatch.setattr(sms, "RECEIPT_AFTER_SECONDS", 0.01)
    return made


@pytest.fixture
def gateway(tmp_path: Path, settings: Any, calls: Any) -> Iterator[str]:
    settings.DEMO_MAILBOX_DIRECTORY = tmp_path / "outbox"
    settings.SMS_GATEWAY_TOKEN, settings.SMS_SENDER = "t0ken", "+15125550199"
    server = sms.make_server(HOST, 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.SMS_GATEWAY_URL = f"http://{HOST}:{server.server_port}"
    yield settings.SMS_GATEWAY_URL
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def wait_for(calls: list[Any], count: int) -> None:
    for _ in range(200):
        if len(calls) >= count:
            return
        threading.Event().wait(0.02)
    raise AssertionError(calls)


def test_the_stand_in_speaks_the_gateways_language(gateway: str, calls: list[Any]) -> None:
    transport = SmsTransport(SmsSettings(url=gateway, token="t0ken"))
    outgoing = Outgoing("a.b.sms", "+15125550123", "Hello http://localhost:8000/care/")
    first, repeat = transport.send(outgoing), transport.send(outgoing)
    assert first.outcome is Outcome.ACCEPTED
    assert repeat == first
    assert [item.text for item in store.newest()] == [outgoing.text]
    wait_for(calls, 1)
    assert calls[0][0] == "/messages/sms/receipt"
    assert (calls[0][1]["reference"], calls[0][1]["state"]) == ("a.b.sms", "delivered")


def test_numbers_that_do_not_work(gateway: str, calls: list[Any]) -> None:
    transport = SmsTransport(SmsSettings(url=gateway, token="t0ken"))
    refused = transport.send(Outgoing("a", "+15125550000", "x"))
    assert (refused.outcome, refused.is_address_wrong) == (Outcome.PERMANENT, True)
    assert transport.send(Outgoing("b", "+15125550001", "x")).outcome is Outcome.ACCEPTED
    wait_for(calls, 1)
    assert calls[0][1]["code"] == "unreachable"


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {"Authorization": "Bearer wrong"}, 401),
        (b"{}", {}, 400),
        (b"not json", {}, 400),
        (b"[]", {}, 400),
        (b"x" * 70_000, {}, 413),
    ],
)
def test_calls_that_make_no_sense(gateway: str, content: bytes, headers: dict[str, str], status: int) -> None:
    given = {"Authorization": "Bearer t0ken", **headers}
    assert httpx.post(f"{gateway}/messages", content=content, headers=given).status_code == status


def test_the_mail_server_keeps_what_it_gets(tmp_path: Path, settings: Any) -> None:
    settings.DEMO_MAILBOX_DIRECTORY = tmp_path / "outbox"
    port = free_port()
    controller = make_controller(HOST, port)
    controller.start()
    try:
        mail = MailTransport(
            MailSettings(host=HOST, port=port, sender="no-reply@clinic.example", encryption=Encryption.NONE)
        )
        outgoing = Outgoing("r", "rosa@example.org", "Hola: ñ", "Su cita", calendar="METHOD:REQUEST")
        assert mail.send(outgoing).outcome is Outcome.ACCEPTED
    finally:
        controller.stop()
    (item,) = store.newest()
    assert (item.kind, item.to, item.subject, item.text) == (
        "email",
        "rosa@example.org",
        "Su cita",
        "Hola: ñ",
    )
    assert item.has_calendar
    assert (tmp_path / "outbox").stat().st_mode & 0o777 == 0o700


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__, TEMPLATES=TEMPLATES)
def test_the_page_shows_it_and_answers(gateway: str, calls: list[Any]) -> None:
    kept = store.keep(
        kind="sms", sender="c", to="+15125550123", text="<b>Open</b> http://localhost:8000/care/ now"
    )
    page = Client().get("/demo/outbox/").content.decode()
    assert '<a href="http://localhost:8000/care/"' in page
    assert "&lt;b&gt;Open" in page
    assert Client().post(f"/demo/outbox/{kept.id}/reply/", {"text": "C"}).status_code == 303
    wait_for(calls, 1)
    assert calls[0][0] == "/messages/sms/incoming"
    assert (calls[0][1]["from"], calls[0][1]["text"]) == ("+15125550123", "C")
    assert [item.kind for item in store.newest()] == ["reply", "sms"]


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__, TEMPLATES=TEMPLATES)
def test_only_texts_are_answered(gateway: str) -> None:
    kept = store.keep(kind="email", sender="c", to="a@example.org", text="x")
    assert Client().post(f"/demo/outbox/{kept.id}/reply/", {"text": "C"}).status_code == 404
    assert Client().post("/demo/outbox/01a2083f-737c-71f6-b731-9345487c76d4/reply/").status_code == 404


@pytest.mark.django_db
def test_outside_the_demo_there_is_no_such_page() -> None:
    assert Client().get("/demo/outbox/").status_code == 404


def test_the_oldest_are_forgotten(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEMO_MAILBOX_DIRECTORY = tmp_path
    monkeypatch.setattr(store, "KEPT_ITEMS", 3)
    for number in range(5):
        store.keep(kind="sms", sender="", to="", text=str(number))
    assert [item.text for item in store.newest()] == ["4", "3", "2"]
