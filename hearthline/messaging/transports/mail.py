"""E-mail by SMTP, phase by phase, so that it is known whether the other side had the text when a line broke."""

import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum

from hearthline.foundation import clock
from hearthline.messaging.transports import Outcome, Outgoing, Result

TIMEOUT_SECONDS = 20.0
PERMANENT_FROM = 500
OK = 250
WILL_FORWARD = 251
# 5.1.x and the plain "no such mailbox" answers to RCPT speak of the address; other refusals speak of us.
WRONG_ADDRESS_CODES = frozenset({550, 551, 553})
POLICY_MARKS = (b"5.7.", b"5.2.2", b"4.")


class Encryption(StrEnum):
    """How the line to the mail server is protected."""

    NONE = "none"  # a server on the same machine only
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True)
class MailSettings:
    """Where and as whom to send."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    encryption: Encryption = Encryption.STARTTLS
    timeout_seconds: float = TIMEOUT_SECONDS


class MailTransport:
    """Sends each text in its own SMTP session."""

    def __init__(self, settings: MailSettings) -> None:
        self.settings = settings

    def send(self, outgoing: Outgoing) -> Result:
        """Hand over one e-mail; the phases before and after the text differ in what a lost line means."""
        try:
            message = compose(outgoing, sender=self.settings.sender)
        except (ValueError, IndexError):  # the standard library's parser meets odd addresses with either
            return Result(Outcome.PERMANENT, error="mail_unwritable", is_address_wrong=True)
        try:
            session = self._open()
        except smtplib.SMTPAuthenticationError:
            return Result(Outcome.TEMPORARY, error="mail_sign_in_refused")
        except (smtplib.SMTPException, OSError, ssl.SSLError) as problem:
            return Result(Outcome.TEMPORARY, error=_line_error(problem))
        try:
            return self._hand_over(session, message, outgoing.address)
        finally:
            _leave(session)

    def _open(self) -> smtplib.SMTP:
        settings = self.settings
        context = ssl.create_default_context()
        if settings.encryption is Encryption.TLS:
            session: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout_seconds, context=context
            )
        else:
            session = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
        try:
            session.ehlo_or_helo_if_needed()
            if settings.encryption is Encryption.STARTTLS:
                session.starttls(context=context)
                session.ehlo()
            if settings.user:
                session.login(settings.user, settings.password)
        except Exception:
            session.close()
            raise
        return session

    def _hand_over(self, session: smtplib.SMTP, message: EmailMessage, address: str) -> Result:
        try:
            code, _answer = session.mail(self.settings.sender)
            if code != OK:
                return _refused(code, "mail_sender_refused")
            code, answer = session.rcpt(address)
            if code not in (OK, WILL_FORWARD):
                is_wrong = code in WRONG_ADDRESS_CODES and not any(mark in answer for mark in POLICY_MARKS)
                return _refused(code, "mail_recipient_refused", is_address_wrong=is_wrong)
        except (smtplib.SMTPException, OSError) as problem:
            return Result(Outcome.TEMPORARY, error=_line_error(problem))
        try:
            code, _answer = session.data(message.as_bytes())
        except smtplib.SMTPDataError as problem:
            return _refused(problem.smtp_code, "mail_text_refused")
        except (smtplib.SMTPException, OSError):
            return Result(Outcome.UNCERTAIN, error="mail_line_lost_after_text")
        if code != OK:
            return _refused(code, "mail_text_refused")
        return Result(Outcome.ACCEPTED, provider_id=str(message["Message-ID"]))


def compose(outgoing: Outgoing, *, sender: str) -> EmailMessage:
    """Return the e-mail: plain text, and a calendar part where there is one.

    Raises:
        ValueError: an address or subject cannot stand in a header.
    """
    outgoing.address.encode("ascii")  # a line without SMTPUTF8 carries no other
    domain = sender.rpartition("@")[2]
    message = EmailMessage()
    message["Message-ID"] = f"<{outgoing.reference}@{domain}>"
    message["Date"] = format_datetime(clock.now())
    message["From"] = Address(display_name=outgoing.sender_name, addr_spec=sender)
    message["To"] = Address(addr_spec=outgoing.address)
    message["Subject"] = outgoing.subject
    message["Content-Language"] = outgoing.language
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(outgoing.text + "\n")
    if outgoing.calendar:
        method = "CANCEL" if "METHOD:CANCEL" in outgoing.calendar else "REQUEST"
        message.add_alternative(outgoing.calendar, subtype="calendar", params={"method": method})
    return message


def _refused(code: int, error: str, *, is_address_wrong: bool = False) -> Result:
    if code >= PERMANENT_FROM:
        return Result(Outcome.PERMANENT, error=error, is_address_wrong=is_address_wrong)
    return Result(Outcome.TEMPORARY, error=f"{error}_for_now")


def _line_error(problem: Exception) -> str:
    if isinstance(problem, TimeoutError) or isinstance(problem.__context__, TimeoutError):
        return "mail_server_silent"
    if isinstance(problem, ssl.SSLError):
        return "mail_line_not_private"
    if isinstance(problem, ConnectionRefusedError):
        return "mail_server_refuses"
    return "mail_line_lost"


def _leave(session: smtplib.SMTP) -> None:
    try:
        session.quit()
    except (smtplib.SMTPException, OSError):
        session.close()
