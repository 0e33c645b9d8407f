"""Texts through an HTTP gateway, in the shape most providers share, and its signed calls back to us.

We POST ``{"reference", "to", "text"}`` with a bearer token and the reference as ``Idempotency-Key``; a 2xx answers
``{"id"}``. The gateway POSTs receipts and incoming texts back, with ``X-Signature: sha256=<hex>`` over
``<X-Signature-Timestamp>.<body>``.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from hearthline.messaging.segments import MAX_SEGMENTS, measure, plain
from hearthline.messaging.transports import Outcome, Outgoing, Result

TIMEOUT_SECONDS = 15.0
MAX_ANSWER_BYTES = 16_384
MAX_RETRY_AFTER_SECONDS = 3_600
SIGNATURE_MAX_AGE_SECONDS = 300
SIGNATURE_PREFIX = "sha256="
WRONG_NUMBER_CODES = frozenset({"invalid_number", "unreachable", "landline", "unknown_subscriber"})
SIGN_IN_STATUSES = frozenset({401, 403})
BUSY_STATUSES = frozenset({408, 409, 425, 429})
FIRST_SUCCESS, FIRST_REDIRECT, FIRST_SERVER_ERROR = 200, 300, 500


@dataclass(frozen=True)
class SmsSettings:
    """Where the gateway is and how we prove who we are."""

    url: str
    token: str
    sender: str = ""
    timeout_seconds: float = TIMEOUT_SECONDS


class SmsTransport:
    """Hands texts to the gateway."""

    def __init__(self, settings: SmsSettings) -> None:
        self.settings = settings

    def send(self, outgoing: Outgoing) -> Result:
        """Hand over one text. A repeat with the same reference is recognised by the gateway."""
        text = plain(outgoing.text)
        if measure(text).segments > MAX_SEGMENTS:
            return Result(Outcome.PERMANENT, error="sms_too_long")
        body = {
            "reference": outgoing.reference,
            "to": outgoing.address,
            "text": text,
            "from": self.settings.sender,
        }
        headers = {"Authorization": f"Bearer {self.settings.token}", "Idempotency-Key": outgoing.reference}
        try:
            with (
                httpx.Client(
                    timeout=self.settings.timeout_seconds, follow_redirects=False, trust_env=False
                ) as client,
                client.stream(
                    "POST", f"{self.settings.url}/messages", json=body, headers=headers
                ) as response,
            ):
                return _read(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Result(Outcome.TEMPORARY, error="sms_gateway_away")
        except httpx.TimeoutException:
            return Result(Outcome.UNCERTAIN, error="sms_gateway_silent")
        except (httpx.HTTPError, httpx.InvalidURL):
            return Result(Outcome.UNCERTAIN, error="sms_line_lost")


def _read(response: httpx.Response) -> Result:
    content = b""
    for part in response.iter_bytes():
        content += part
        if len(content) > MAX_ANSWER_BYTES:
            break
    answer = _parsed(response, content)
    status = response.status_code
    if FIRST_SUCCESS <= status < FIRST_REDIRECT:
        # Taken over, whatever the answer's form: asking again could only double the text.
        return Result(Outcome.ACCEPTED, provider_id=str(answer.get("id", ""))[:100])
    if status in SIGN_IN_STATUSES:
        return Result(Outcome.TEMPORARY, error="sms_gateway_refuses_us")
    if status in BUSY_STATUSES or status >= FIRST_SERVER_ERROR:
        return Result(
            Outcome.TEMPORARY, error="sms_gateway_busy", retry_after_seconds=_retry_after(response.headers)
        )
    is_wrong = answer.get("code") in WRONG_NUMBER_CODES
    return Result(
        Outcome.PERMANENT,
        error="sms_number_refused" if is_wrong else "sms_refused",
        is_address_wrong=is_wrong,
    )


def _parsed(response: httpx.Response, content: bytes) -> dict[str, Any]:
    try:
        answer = httpx.Response(response.status_code, content=content[:MAX_ANSWER_BYTES]).json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _retry_after(headers: httpx.Headers) -> int | None:
    value = headers.get("Retry-After", "")
    return min(int(value), MAX_RETRY_AFTER_SECONDS) if value.isascii() and value.isdigit() else None


def sign(secret: str, *, timestamp: int, body: bytes) -> str:
    """Return the signature of a call back."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return SIGNATURE_PREFIX + digest


def is_signed(secret: str, *, timestamp: str, body: bytes, signature: str, now: datetime) -> bool:
    """Whether a call back was signed with our secret, lately. An empty secret signs nothing."""
    if not secret or not (
        timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= len("9999999999")
    ):
        return False
    if abs(now.timestamp() - int(timestamp)) > SIGNATURE_MAX_AGE_SECONDS:
        return False
    expected = sign(secret, timestamp=int(timestamp), body=body)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
