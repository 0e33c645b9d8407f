"""The demo's SMTP server: takes every e-mail and delivers none."""

import email
import email.policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from hearthline.demo.mailbox import store

MAX_BYTES = 5 * 1024 * 1024


class Sink:
    """Keeps what it is given."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Take one e-mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        body = message.get_body(preferencelist=("plain",))
        calendars = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
        for recipient in envelope.rcpt_tos:
            store.keep(
                kind=store.EMAIL,
                sender=str(message["From"] or envelope.mail_from),
                to=recipient,
                subject=str(message["Subject"] or ""),
                text=str(body.get_content()).strip() if body is not None else "",
                has_calendar=bool(calendars),
            )
        return "250 kept"


def make_controller(host: str, port: int) -> Controller:
    """Return the server; ``start`` and ``stop`` are its own."""
    return Controller(Sink(), hostname=host, port=port, data_size_limit=MAX_BYTES, enable_SMTPUTF8=True)
