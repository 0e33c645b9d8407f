from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.messaging.tests.listeners import cutting_mail_server, free_port, silent_server, sms_gateway
from hearthline.messaging.transports import Outcome, Outgoing, Result
from hearthline.messaging.transports.sms import SmsSettings, SmsTransport, is_signed, sign

OUTGOING = Outgoing(
    reference="org.note.sms", address="+15125550100", text="It\u2019s time: https://clinic.example/x"
)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECRET = "a-secret-of-the-gateway"


def send(url: str, outgoing: Outgoing = OUTGOING, **values: Any) -> Result:
    settings = SmsSettings(
        url=url, token="t0ken", sender="+15125550199", **{"timeout_seconds": 5.0, **values}
    )
    return SmsTransport(settings).send(outgoing)


def test_a_text_arrives_with_its_reference() -> None:
    with sms_gateway() as gateway:
        result = send(gateway.url)
    assert result == Result(Outcome.ACCEPTED, provider_id="gw-1")
    assert gateway.requests == [
        {
            "reference": "org.note.sms",
            "to": "+15125550100",
            "text": "It's time: https://clinic.example/x",
            "from": "+15125550199",
        }
    ]
    assert gateway.authorizations == ["Bearer t0ken"]
    assert gateway.keys == ["org.note.sms"]


@pytest.mark.parametrize(
    ("status", "answer", "outcome", "is_wrong"),
    [
        (200, b"not json", Outcome.ACCEPTED, False),
        (202, b"[1, 2]", Outcome.ACCEPTED, False),
        (400, b'{"code": "invalid_number"}', Outcome.PERMANENT, True),
        (422, b'{"code": "blocked_content"}', Outcome.PERMANENT, False),
        (401, b"{}", Outcome.TEMPORARY, False),
        (429, b"{}", Outcome.TEMPORARY, False),
        (500, b"{}", Outcome.TEMPORARY, False),
        (503, b"\xff\xfe", Outcome.TEMPORARY, False),
        (302, b"", Outcome.PERMANENT, False),
        (202, b"x" * 100_000, Outcome.ACCEPTED, False),
    ],
)
def test_what_the_gateway_says(status: int, answer: bytes, outcome: Outcome, is_wrong: bool) -> None:
    with sms_gateway(status=status, answer=answer) as gateway:
        result = send(gateway.url)
    assert (result.outcome, result.is_address_wrong) == (outcome, is_wrong)


def test_the_gateway_may_ask_for_time_but_not_for_ever() -> None:
    with sms_gateway(status=429, headers={"Retry-After": "120"}) as gateway:
        assert send(gateway.url).retry_after_seconds == 120
    with sms_gateway(status=429, headers={"Retry-After": "99999999"}) as gateway:
        assert send(gateway.url).retry_after_seconds == 3_600


def test_a_slow_gateway_is_uncertain() -> None:
    with sms_gateway(delay_seconds=1.0) as gateway:
        assert send(gateway.url, timeout_seconds=0.3) == Result(Outcome.UNCERTAIN, error="sms_gateway_silent")


def test_a_line_cut_is_uncertain() -> None:
    with sms_gateway(is_cutting=True) as gateway:
        assert send(gateway.url).outcome is Outcome.UNCERTAIN


def test_nobody_listens() -> None:
    assert send(f"http://127.0.0.1:{free_port()}") == Result(Outcome.TEMPORARY, error="sms_gateway_away")


def test_a_server_that_speaks_something_else() -> None:
    with cutting_mail_server(cut_after="never") as port:
        assert send(f"http://127.0.0.1:{port}").outcome is Outcome.UNCERTAIN


def test_a_server_that_never_speaks() -> None:
    with silent_server() as port:
        assert send(f"http://127.0.0.1:{port}", timeout_seconds=0.3).outcome is Outcome.UNCERTAIN


def test_an_address_that_is_no_url() -> None:
    assert send("nonsense").outcome is not Outcome.ACCEPTED


def test_a_text_that_is_too_long_is_not_sent() -> None:
    with sms_gateway() as gateway:
        assert send(gateway.url, Outgoing("r", "+1", "a" * 2_000)).error == "sms_too_long"
    assert not gateway.requests


def test_a_signature_is_good_for_its_body_and_time_only() -> None:
    timestamp = int(NOW.timestamp())
    good = sign(SECRET, timestamp=timestamp, body=b"{}")

    def is_good(**changes: Any) -> bool:
        values = {"timestamp": str(timestamp), "body": b"{}", "signature": good, "now": NOW, **changes}
        return is_signed(changes.pop("secret", SECRET), **{k: v for k, v in values.items() if k != "secret"})

    assert is_good()
    assert not is_good(body=b"{ }")
    assert not is_good(timestamp=str(timestamp + 1))
    assert not is_good(signature="sha256=" + "0" * 64)
    assert not is_good(signature="")
    assert not is_good(secret="another")
    old = timestamp - 301
    assert not is_good(timestamp=str(old), signature=sign(SECRET, timestamp=old, body=b"{}"))
    assert not is_signed(
        "", timestamp=str(timestamp), body=b"{}", signature=sign("", timestamp=timestamp, body=b"{}"), now=NOW
    )


@given(st.text(max_size=30), st.binary(max_size=50), st.text(max_size=100))
def test_garbage_is_never_signed(timestamp: str, body: bytes, signature: str) -> None:
    assert not is_signed(SECRET, timestamp=timestamp, body=body, signature=signature, now=NOW)
