"""Sealing bytes and text with AES-256-GCM: ``version | key version | nonce | ciphertext and tag``.

The context (organization, table, column, row) is authenticated, so a sealed value that is moved to another row,
column or organization does not open. Nonces are random: rotate an organization's key before 2^30 values have been
sealed with one purpose of it (NIST SP 800-38D allows 2^32).
"""

import base64
import binascii
import hashlib
import hmac
import os
import struct
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hearthline.foundation.crypto.errors import CryptographyError
from hearthline.foundation.crypto.keystore import INSTALLATION, NONCE_BYTES, Purpose, Scope, key_store

FORMAT_VERSION = 1
HEADER = struct.Struct(">BI")
TAG_BYTES = 16
OVERHEAD_BYTES = HEADER.size + NONCE_BYTES + TAG_BYTES


def seal(scope: Scope, purpose: Purpose, plain: bytes, *, context: str) -> bytes:
    """Return the bytes sealed with the scope's current key, bound to ``context``."""
    ring = key_store().ring(scope, may_create=True)
    header = HEADER.pack(FORMAT_VERSION, ring.current)
    nonce = os.urandom(NONCE_BYTES)
    cipher = AESGCM(ring.data_key(purpose, ring.current))
    return header + nonce + cipher.encrypt(nonce, plain, _bind(header, scope, context))


def unseal(scope: Scope, purpose: Purpose, sealed: bytes, *, context: str) -> bytes:
    """Return the bytes that were sealed.

    Raises:
        CryptographyError: tampered with, sealed for another place, or the key is not there.
    """
    if len(sealed) < OVERHEAD_BYTES:
        message = f"a sealed value is too short ({context})"
        raise CryptographyError(message)
    header = sealed[: HEADER.size]
    version, key_version = HEADER.unpack(header)
    if version != FORMAT_VERSION:
        message = f"a sealed value has an unknown format ({context})"
        raise CryptographyError(message)
    cipher = AESGCM(key_store().ring(scope).data_key(purpose, key_version))
    nonce, body = sealed[HEADER.size : HEADER.size + NONCE_BYTES], sealed[HEADER.size + NONCE_BYTES :]
    try:
        return cipher.decrypt(nonce, body, _bind(header, scope, context))
    except InvalidTag:
        message = f"a sealed value was changed or belongs elsewhere ({context})"
        raise CryptographyError(message) from None


def key_version_of(sealed: bytes) -> int:
    """Return the number of the key that sealed a value."""
    if len(sealed) < OVERHEAD_BYTES:
        message = "a sealed value is too short"
        raise CryptographyError(message)
    return int(HEADER.unpack(sealed[: HEADER.size])[1])


def installation_encrypt(text: str, *, context: str) -> str:
    """Seal text of the installation itself (a user's second factor), as ASCII text for any column.

    ``context`` names the place, for example ``identity_authenticator|<user id>``; opening needs the same.
    """
    sealed = seal(INSTALLATION, Purpose.FIELDS, text.encode(), context=context)
    return base64.urlsafe_b64encode(sealed).decode()


def installation_decrypt(sealed: str, *, context: str) -> str:
    """Open what ``installation_encrypt`` sealed for the same context.

    Raises:
        CryptographyError: tampered with, or sealed for another place.
    """
    try:
        raw = base64.b64decode(sealed.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        message = f"a sealed value is not in the expected form ({context})"
        raise CryptographyError(message) from None
    return unseal(INSTALLATION, Purpose.FIELDS, raw, context=context).decode()


def blind_index(organization_id: UUID, purpose: str, value: str) -> bytes:
    """Return a keyed digest by which an encrypted value can be looked up within its organization.

    Only for values that cannot be guessed by trying them all (record numbers, e-mail, telephone), never for birth
    dates or sex. ``value`` has to be in one normal form already. The digest survives key rotation: it always
    comes from the first version of the organization's key.
    """
    key = key_store().ring(organization_id, may_create=True).data_key(Purpose.INDEX, 1)
    return hmac.new(key, f"{purpose}\x00{value}".encode(), hashlib.sha256).digest()


def _bind(header: bytes, scope: Scope, context: str) -> bytes:
    return header + f"{scope}|{context}".encode()
