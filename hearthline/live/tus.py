"""The words of tus 1.0.0 (resumable uploads): headers read and written. Pure.

Extensions: creation, creation-with-upload, checksum, expiration, termination. No concatenation: a file is one sending.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Protocol
from uuid import UUID

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
CHECKSUMS = ("sha1", "sha256")
CONTENT_TYPE = "application/offset+octet-stream"
MOST_METADATA = 4_000
NUMBER = re.compile(r"[0-9]{1,15}")
SHA256 = re.compile(r"[0-9a-f]{64}")
KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
OVERRIDES = frozenset({"PATCH", "DELETE", "HEAD"})


class ProtocolError(Exception):
    """The request is not tus as we speak it. ``status`` is the answer's."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Hash(Protocol):
    """What ``hashlib`` makes."""

    def update(self, content: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


@dataclass(frozen=True)
class Checksum:
    """What the sender says of the bytes of one request."""

    algorithm: str
    digest: bytes

    def hasher(self) -> Any:
        """Return a fresh hash to feed with the bytes."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What the sender tells about the file. Either a capture or a patient says whose it is."""

    key: str
    sha256: str
    capture_id: UUID | None
    patient_id: UUID | None
    name: str
    view: str
    is_sent_anyway: bool


def method_of(method: str, headers: Mapping[str, str]) -> str:
    """Return the method meant: some networks let through nothing but GET and POST."""
    override = headers.get("x-http-method-override", "").upper()
    return override if method == "POST" and override in OVERRIDES else method


def check_version(method: str, headers: Mapping[str, str]) -> None:
    """Refuse another version of the protocol.

    Raises:
        ProtocolError: 412.
    """
    if method != "OPTIONS" and headers.get("tus-resumable") != VERSION:
        raise ProtocolError(412, "version")


def number(headers: Mapping[str, str], name: str) -> int:
    """Return a header that is a whole number of bytes.

    Raises:
        ProtocolError: 400, it is missing or no number.
    """
    text = headers.get(name, "")
    if not NUMBER.fullmatch(text):
        raise ProtocolError(400, name)
    return int(text)


def length_of(headers: Mapping[str, str]) -> int:
    """Return how long the file will be.

    Raises:
        ProtocolError: 400; also for a length to be told later and for parts of a concatenation, which we do not take.
    """
    if "upload-defer-length" in headers or "upload-concat" in headers:
        raise ProtocolError(400, "not_offered")
    return number(headers, "upload-length")


def checksum_of(headers: Mapping[str, str]) -> Checksum | None:
    """Return the checksum of this request's bytes, if one is given.

    Raises:
        ProtocolError: 400, an algorithm that was not announced, or no base64.
    """
    if "upload-checksum" not in headers:
        return None
    algorithm, _, digest = headers["upload-checksum"].partition(" ")
    decoded = _base64(digest)
    if algorithm not in CHECKSUMS or not decoded:
        raise ProtocolError(400, "upload-checksum")
    return Checksum(algorithm, decoded)


def metadata_of(headers: Mapping[str, str]) -> Metadata:
    """Return what is told about the file.

    Raises:
        ProtocolError: 400, it cannot be read or lacks what we need (key, SHA-256, and whose it is).
    """
    text = headers.get("upload-metadata", "")
    if len(text) > MOST_METADATA:
        raise ProtocolError(400, "upload-metadata")
    told = read_metadata(text)
    key, sha256 = told.get("key", ""), told.get("sha256", "").lower()
    capture_id, patient_id = _uuid(told.get("capture", "")), _uuid(told.get("patient", ""))
    if not KEY.fullmatch(key) or not SHA256.fullmatch(sha256) or bool(capture_id) == bool(patient_id):
        raise ProtocolError(400, "upload-metadata")
    return Metadata(
        key=key,
        sha256=sha256,
        capture_id=capture_id,
        patient_id=patient_id,
        name=told.get("filename", ""),
        view=told.get("view", ""),
        is_sent_anyway=told.get("anyway") == "yes",
    )


def read_metadata(text: str) -> dict[str, str]:
    """Return the pairs of an ``Upload-Metadata`` header.

    Raises:
        ProtocolError: 400, a pair is no base64 of UTF-8, or a name comes twice.
    """
    told: dict[str, str] = {}
    for pair in text.split(",") if text.strip() else []:
        name, _, value = pair.strip().partition(" ")
        decoded = _base64(value)
        if not name or name in told or decoded is None:
            raise ProtocolError(400, "upload-metadata")
        try:
            told[name] = decoded.decode()
        except UnicodeDecodeError:
            raise ProtocolError(400, "upload-metadata") from None
    return told


def expires(at: datetime) -> dict[str, str]:
    """Return the header that tells until when an upload may go on."""
    return {"upload-expires": format_datetime(at, usegmt=True)}


def capabilities(max_bytes: int) -> dict[str, str]:
    """Return the headers that tell what this server can do."""
    return {
        "tus-version": VERSION,
        "tus-extension": EXTENSIONS,
        "tus-max-size": str(max_bytes),
        "tus-checksum-algorithm": ",".join(CHECKSUMS),
    }


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
