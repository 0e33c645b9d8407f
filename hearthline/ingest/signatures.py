"""Requests that a device signs with its own Ed25519 key: ``Authorization: Ed25519 id:counter:seconds:signature``.

The signature (base64url) is over the lines of ``signed_text``. The counter goes up with every request and is used up
in the database; the time (seconds since 1970) keeps a stolen but unsent request from being worth anything later.
"""

import base64
import binascii
import hashlib
import re
import time
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hearthline.ingest.answers import Refused
from hearthline.ingest.limits import SIGNATURE_SECONDS
from hearthline.ingest.requests import Message, header

SCHEME = "ed25519"
VERSION = "hearthline-1"
FORM = re.compile(r"([0-9a-f-]{36}):(\d{1,18}):(\d{1,12}):([A-Za-z0-9_-]{86})={0,2}", re.ASCII)
UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True)
class Claim:
    """What a request says of its signature."""

    key_id: str
    counter: int
    seconds: int
    signature: bytes


def claimed(scope: Message) -> Claim | None:
    """Return the claim of a request that says it is signed.

    Raises:
        Refused: what it says does not have the form.
    """
    kind, _, said = header(scope, b"authorization").partition(" ")
    if kind.lower() != SCHEME:
        return None
    form = FORM.fullmatch(said.strip())
    if form is None or not UUID_FORM.fullmatch(form[1]):
        sentence = "Send Authorization: Ed25519 id:counter:seconds:signature, as the documentation says."
        raise Refused(401, "bad-signature", sentence)
    try:
        signature = base64.urlsafe_b64decode(form[4] + "==")
    except binascii.Error as fault:
        raise Refused(401, "bad-signature", "The signature is not base64url.") from fault
    return Claim(form[1], int(form[2]), int(form[3]), signature)


def signed_text(method: str, path: str, claim: Claim, sent: bytes) -> bytes:
    """Return what is signed; ``sent`` is the body as it goes over the wire."""
    digest = hashlib.sha256(sent).hexdigest()
    lines = [VERSION, method, path, claim.key_id, str(claim.counter), str(claim.seconds), digest]
    return "\n".join(lines).encode()


def check(claim: Claim, public_key: bytes, scope: Message, sent: bytes) -> None:
    """Let a request pass that this key signed about now.

    Raises:
        Refused: it did not, or the device's clock is wrong.
    """
    text = signed_text(scope["method"], scope["path"], claim, sent)
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(claim.signature, text)
    except InvalidSignature as fault:
        sentence = "The signature does not fit this request and the device's key; sign what is sent."
        raise Refused(401, "bad-signature", sentence) from fault
    now = int(time.time())
    if abs(now - claim.seconds) > SIGNATURE_SECONDS:
        raise Refused(401, "bad-clock", f"Set the device's clock (it is {now} here) and sign again.")
