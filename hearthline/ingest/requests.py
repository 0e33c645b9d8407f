"""Reading one request: its body within limits, its secret, and how much its sender may still send this minute."""

import time
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from hearthline.ingest.answers import Refused
from hearthline.ingest.credentials import Caller
from hearthline.ingest.limits import (
    BODY_BYTES,
    DEVICE_READINGS_A_MINUTE,
    GATEWAY_READINGS_A_MINUTE,
    MINUTE_SECONDS,
    REQUESTS_A_MINUTE,
    SECRET_CHARACTERS,
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
GZIP = 31  # zlib's window bits for a gzip header
TOO_LARGE = f"A body may have {BODY_BYTES // 1_000_000} MB, unpacked; send it in parts."


class Gone(Exception):  # noqa: N818 - it is an outcome
    """The client went away before its body was complete."""


def header(scope: Message, name: bytes) -> str:
    """Return a header's value, or an empty string."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def query(scope: Message) -> dict[str, str]:
    """Return the query's parameters, the first value of each."""
    text = scope.get("query_string", b"").decode("latin-1")
    try:
        return {name: values[0] for name, values in parse_qs(text, max_num_fields=50).items()}
    except ValueError as fault:
        raise Refused(400, "malformed", "The query has too many parameters.") from fault


async def read_body(scope: Message, receive: Receive) -> bytes:
    """Return the whole body as it was sent.

    Raises:
        Refused: it is larger than taken.
        Gone: the client went away.
    """
    declared = header(scope, b"content-length")
    if declared.isdigit() and int(declared) > BODY_BYTES:
        raise Refused(413, "too-large", TOO_LARGE)
    pieces = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        pieces += message.get("body", b"")
        if len(pieces) > BODY_BYTES:
            raise Refused(413, "too-large", TOO_LARGE)
        if not message.get("more_body"):
            return bytes(pieces)


def unpacked(scope: Message, sent: bytes) -> bytes:
    """Return what a body holds; never more than one byte beyond the limit is unpacked.

    Raises:
        Refused: its packing is not known or broken, or it holds more than is taken.
    """
    packing = header(scope, b"content-encoding").strip().lower()
    if packing in {"", "identity"}:
        return sent
    if packing != "gzip":
        raise Refused(415, "unknown-packing", "Send the body as it is, or packed with gzip.")
    unpacker = zlib.decompressobj(GZIP)
    try:
        body = unpacker.decompress(sent, BODY_BYTES + 1)
    except zlib.error as fault:
        raise Refused(400, "broken-packing", "The body says it is gzip but cannot be unpacked.") from fault
    if len(body) > BODY_BYTES:
        raise Refused(413, "too-large", TOO_LARGE)
    if not unpacker.eof:
        raise Refused(400, "broken-packing", "The gzip body ends too early; send it again.")
    return body


def presented(scope: Message) -> str:
    """Return the secret that comes with a request: bearer token, ``api-secret``, or ``?token=``.

    Raises:
        Refused: there is none.
    """
    kind, _, token = header(scope, b"authorization").partition(" ")
    secret = token.strip() if kind.lower() == "bearer" else ""
    secret = secret or header(scope, b"api-secret").strip() or query(scope).get("token", "")
    if not secret or len(secret) > SECRET_CHARACTERS:
        raise Refused(
            401, "no-credential", "Send the device's token: Authorization: Bearer …, or api-secret."
        )
    return secret


class Quotas:
    """What each credential has sent to this worker in the present minute."""

    def __init__(self) -> None:
        self._ends = 0.0
        self._readings: dict[UUID, int] = {}
        self._requests: dict[UUID, int] = {}

    def charge(self, caller: Caller, items: int) -> None:
        """Count a request of so many items.

        Raises:
            Refused: the sender has sent enough for this minute.
        """
        now = time.monotonic()
        if now >= self._ends:
            self._ends = now + MINUTE_SECONDS
            self._readings.clear()
            self._requests.clear()
        limit = GATEWAY_READINGS_A_MINUTE if caller.is_gateway else DEVICE_READINGS_A_MINUTE
        readings = self._readings.get(caller.id, 0) + items
        requests = self._requests.get(caller.id, 0) + 1
        if readings > limit or requests > REQUESTS_A_MINUTE:
            seconds = max(1, round(self._ends - now))
            sentence = f"This device has sent enough for a minute; go on in {seconds} seconds."
            raise Refused(429, "quota", sentence, retry_seconds=seconds)
        self._readings[caller.id] = readings
        self._requests[caller.id] = requests
