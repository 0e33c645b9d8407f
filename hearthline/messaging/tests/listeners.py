"""Real servers on real sockets that behave, or misbehave, as asked."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return int(taken.getsockname()[1])


@dataclass
class MailServer:
    """Takes every e-mail, or answers as ``recipient_answer`` and ``text_answer`` say."""

    port: int = 0
    received: list[Envelope] = field(default_factory=list)
    recipient_answer: str = ""
    text_answer: str = ""
    delay_seconds: float = 0.0

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_answer:
            return self.recipient_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        time.sleep(self.delay_seconds)
        if self.text_answer:
            return self.text_answer
        self.received.append(envelope)
        return "250 taken"


@contextmanager
def mail_server(**behaviour: Any) -> Iterator[MailServer]:
    server = MailServer(port=free_port(), **behaviour)
    controller = Controller(server, hostname=HOST, port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@contextmanager
def cutting_mail_server(*, cut_after: str) -> Iterator[int]:
    """Speak SMTP by hand and hang up: at once, after RCPT, or after the whole text without an answer."""
    listener = socket.create_server((HOST, 0))

    def serve() -> None:
        try:
            line, _address = listener.accept()
        except OSError:
            return
        with line, line.makefile("rwb") as speech:
            if cut_after == "connect":
                return
            speech.write(b"220 here\r\n")
            speech.flush()
            in_text = False
            for raw in speech:
                word = raw.strip().upper()
                if in_text:
                    if word == b".":
                        return
                    continue
                if word.startswith(b"RCPT") and cut_after == "recipient":
                    return
                in_text = word == b"DATA"
                speech.write(b"354 go on\r\n" if in_text else b"250 fine\r\n")
                speech.flush()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.close()
        thread.join(timeout=5)


@contextmanager
def silent_server() -> Iterator[int]:
    """Accept and never say a word."""
    with socket.create_server((HOST, 0)) as listener:
        yield int(listener.getsockname()[1])


@dataclass
class Gateway:
    """An SMS gateway: answers with ``status`` and ``answer``, remembers what it was given."""

    url: str = ""
    status: int = 202
    answer: bytes = b'{"id": "gw-1"}'
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    is_cutting: bool = False
    requests: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@contextmanager
def sms_gateway(**behaviour: Any) -> Iterator[Gateway]:
    gateway = Gateway(**behaviour)

    class Answerer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.requests.append(json.loads(body))
            gateway.authorizations.append(self.headers["Authorization"])
            gateway.keys.append(self.headers["Idempotency-Key"])
            time.sleep(gateway.delay_seconds)
            if gateway.is_cutting:
                self.close_connection = True
                return
            self.send_response(gateway.status)
            for name, value in gateway.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(gateway.answer)))
            self.end_headers()
            self.wfile.write(gateway.answer)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer((HOST, 0), Answerer)
    gateway.url = f"http://{HOST}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
