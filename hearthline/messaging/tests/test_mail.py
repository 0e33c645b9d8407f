import email
import email.policy
from typing import Any

import pytest

from hearthline.messaging.tests.listeners import cutting_mail_server, free_port, mail_server, silent_server
from hearthline.messaging.transports import Outcome, Outgoing, Result
from hearthline.messaging.transports.mail import Encryption, MailSettings, MailTransport

OUTGOING = Outgoing(
    reference="org.note.email",
    address="rosa@example.org",
    text="Hola Rosa,\n\nتذكير: https://clinic.example/x",
    subject="Visita mañana",
    language="es",
    sender_name="Riverbend, Clínica",
)


def send(port: int, outgoing: Outgoing = OUTGOING, **values: Any) -> Result:
    settings = MailSettings(
        host="127.0.0.1",
        port=port,
        sender="no-reply@clinic.example",
        **{"encryption": Encryption.NONE, "timeout_seconds": 5.0, **values},
    )
    return MailTransport(settings).send(outgoing)


def test_an_e_mail_arrives_whole() -> None:
    with mail_server() as server:
        result = send(server.port)
    assert result == Result(Outcome.ACCEPTED, provider_id="<org.note.email@clinic.example>")
    (envelope,) = server.received
    content = envelope.content
    assert isinstance(content, bytes)
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message["Subject"] == "Visita mañana"
    assert message["From"] == '"Riverbend, Clínica" <no-reply@clinic.example>'
    assert message["To"] == "rosa@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    body = message.get_body()
    assert body is not None
    assert body.get_content().strip() == OUTGOING.text


def test_an_invitation_is_a_calendar_part() -> None:
    calendar = "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n"
    with mail_server() as server:
        send(server.port, Outgoing("r", "a@example.org", "text", "subject", calendar=calendar))
    content = server.received[0].content
    assert isinstance(content, bytes)
    part = list(email.message_from_bytes(content).walk())[-1]
    assert part.get_content_type() == "text/calendar"
    assert part.get_param("method") == "CANCEL"


def test_a_repeat_has_the_same_message_id() -> None:
    with mail_server() as server:
        first, second = send(server.port), send(server.port)
    assert first.provider_id == second.provider_id


@pytest.mark.parametrize(
    ("answer", "outcome", "is_wrong"),
    [
        ("550 5.1.1 no such user", Outcome.PERMANENT, True),
        ("550 5.7.1 we do not like you", Outcome.PERMANENT, False),
        ("552 5.2.2 mailbox full", Outcome.PERMANENT, False),
        ("450 4.7.1 greylisted, come back", Outcome.TEMPORARY, False),
        ("421 4.3.2 closing", Outcome.TEMPORARY, False),
    ],
)
def test_a_refused_recipient(answer: str, outcome: Outcome, is_wrong: bool) -> None:
    with mail_server(recipient_answer=answer) as server:
        result = send(server.port)
    assert (result.outcome, result.is_address_wrong) == (outcome, is_wrong)
    assert not server.received


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("554 5.6.0 spam", Outcome.PERMANENT), ("451 4.3.0 try later", Outcome.TEMPORARY)],
)
def test_a_refused_text_says_nothing_of_the_address(answer: str, outcome: Outcome) -> None:
    with mail_server(text_answer=answer) as server:
        result = send(server.port)
    assert (result.outcome, result.is_address_wrong) == (outcome, False)


@pytest.mark.parametrize(
    ("cut_after", "outcome"),
    [("connect", Outcome.TEMPORARY), ("recipient", Outcome.TEMPORARY), ("text", Outcome.UNCERTAIN)],
)
def test_a_line_cut(cut_after: str, outcome: Outcome) -> None:
    with cutting_mail_server(cut_after=cut_after) as port:
        assert send(port).outcome is outcome


def test_nobody_listens() -> None:
    assert send(free_port()) == Result(Outcome.TEMPORARY, error="mail_server_refuses")


def test_a_server_that_never_speaks() -> None:
    with silent_server() as port:
        assert send(port, timeout_seconds=0.3) == Result(Outcome.TEMPORARY, error="mail_server_silent")


def test_a_slow_answer_after_the_text_is_uncertain() -> None:
    with mail_server(delay_seconds=1.0) as server:
        assert send(server.port, timeout_seconds=0.3).outcome is Outcome.UNCERTAIN


def test_without_encryption_on_offer_nothing_is_sent() -> None:
    with mail_server() as server:
        result = send(server.port, encryption=Encryption.STARTTLS)
    assert result.outcome is Outcome.TEMPORARY
    assert not server.received


@pytest.mark.parametrize(
    "address", ["no address", "a@b\r\nBcc: all@example.org", "", "a@b, c@d", "josé@example.org"]
)
def test_an_address_that_is_none(address: str) -> None:
    with mail_server() as server:
        result = send(server.port, Outgoing("r", address, "text", "subject"))
    assert (result.outcome, result.is_address_wrong) == (Outcome.PERMANENT, True)
    assert not server.received


def test_a_subject_cannot_add_headers() -> None:
    with mail_server() as server:
        result = send(server.port, Outgoing("r", "a@example.org", "text", "Hi\r\nBcc: all@example.org"))
    assert result.outcome is Outcome.PERMANENT
    assert not server.received
