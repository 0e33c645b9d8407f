"""A stand-in for a paid SMS gateway: it speaks the same HTTP, keeps texts, and calls back signed like a real one.

Numbers that end in 0000 are refused; those that end in 0001 are taken and then reported as not delivered.
"""

import hmac
import json
import logging
import threading
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from django.conf import settings

from hearthline.demo.mailbox import store
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.messaging.transports.sms import sign

logger = logging.getLogger(__name__)
MAX_BODY_BYTES = 65_536
REMEMBERED_KEYS = 10_000
RECEIPT_AFTER_SECONDS = 1.0
CALL_TRIES = 5
CALL_SECONDS = 5.0
REFUSED_ENDING, LOST_ENDING = "0000", "0001"


class Gateway:
    """The gateway's memory: an answer for each key, so that a repeat is recognised."""

    def __init__(self) -> None:
        self.answers: OrderedDict[str, tuple[int, dict[str, str]]] = OrderedDict()
        self.lock = threading.Lock()

    def take(self, key: str, text: dict[str, Any]) -> tuple[int, dict[str, str]]:
        """Take a text once and return status and answer."""
        to, reference = str(text["to"]), str(text["reference"])
        with self.lock:
            if key in self.answers:
                return self.answers[key]
            if to.endswith(REFUSED_ENDING):
                return 400, {"code": "invalid_number"}
            item = store.keep(kind=store.SMS, sender=str(text.get("from", "")), to=to, text=str(text["text"]))
            answer = (202, {"id": item.id})
            self.answers[key] = answer
            if len(self.answers) > REMEMBERED_KEYS:
                self.answers.popitem(last=False)
        state = "failed" if to.endswith(LOST_ENDING) else "delivered"
        receipt = {"event_id": str(new_id()), "reference": reference, "state": state}
        if state == "failed":
            receipt["code"] = "unreachable"
        timer = threading.Timer(RECEIPT_AFTER_SECONDS, call_back, ["/messages/sms/receipt", receipt])
        timer.daemon = True
        timer.start()
        return answer


def call_back(path: str, content: dict[str, str]) -> int:
    """Call the application, signed; again when it is away. Return the last status, 0 when nobody answered."""
    body = json.dumps(content).encode()
    status = 0
    for number in range(CALL_TRIES):
        timestamp = int(clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "X-Signature-Timestamp": str(timestamp),
            "X-Signature": sign(settings.SMS_WEBHOOK_SECRET, timestamp=timestamp, body=body),
        }
        try:
            url = f"{settings.PUBLIC_URL}{path}"
            status = httpx.post(
                url, content=body, headers=headers, timeout=CALL_SECONDS, trust_env=False
            ).status_code
        except httpx.HTTPError:
            logger.warning("the application did not answer the stand-in gateway")
        if status and status < 500 and status != 409:
            return status
        threading.Event().wait(2**number)
    return status


def make_server(host: str, port: int) -> ThreadingHTTPServer:
    """Return the gateway's HTTP server."""
    gateway = Gateway()

    class Answerer(BaseHTTPRequestHandler):
        timeout = CALL_SECONDS

        def do_POST(self) -> None:
            if not hmac.compare_digest(
                self.headers.get("Authorization", "").encode(),
                f"Bearer {settings.SMS_GATEWAY_TOKEN}".encode(),
            ):
                return self._answer(401, {"code": "not_signed_in"})
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
                return self._answer(413, {"code": "too_large"})
            try:
                content = json.loads(self.rfile.read(int(length)))
                if self.path == "/replies":
                    return self._take_reply(str(content["from"]), str(content["text"]))
                key = self.headers.get("Idempotency-Key") or str(new_id())
                return self._answer(*gateway.take(key, content))
            except (ValueError, KeyError, TypeError):
                return self._answer(400, {"code": "unreadable"})

        def _take_reply(self, sender: str, text: str) -> None:
            store.keep(kind=store.REPLY, sender=sender, to=settings.SMS_SENDER, text=text)
            content = {"event_id": str(new_id()), "from": sender, "text": text}
            threading.Thread(target=call_back, args=["/messages/sms/incoming", content], daemon=True).start()
            self._answer(202, {})

        def _answer(self, status: int, content: dict[str, str]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing: the lines would carry telephone numbers."""

    server = ThreadingHTTPServer((host, port), Answerer)
    server.daemon_threads = True
    return server
