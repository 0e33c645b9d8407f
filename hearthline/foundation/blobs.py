"""Files, kept outside the database: addressed by their content, encrypted in chunks, written whole or not at all.

A stored file is ``header | chunks | footer``. Each chunk is sealed with a key of this file alone and authenticates
its number and whether it is the last; the sealed footer says what the whole is, so that a file put in another's
place, cut or reordered does not open. The name on disk is a keyed digest, which tells nothing about the content.
"""

import fcntl
import hashlib
import hmac
import os
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import IO, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from hearthline.foundation import clock
from hearthline.foundation.crypto import CryptographyError, Purpose, blind_index, key_store

MAX_BLOB_BYTES = 100 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
SWEEP_GRACE = timedelta(hours=24)  # a file is stored before the row that refers to it commits

MAGIC = b"HLB1"
SALT_BYTES = 32
TAG_BYTES = 16
HEADER = struct.Struct(f">4sI{SALT_BYTES}s")
FOOTER = struct.Struct(">32sQ")
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES
SEALED_FOOTER = FOOTER.size + TAG_BYTES
FOOTER_NUMBER = 2**63
SYNCERS = 8  # files of one batch are synced side by side: a journal takes many in one write
_syncers = ThreadPoolExecutor(SYNCERS, thread_name_prefix="blobs")


class BlobTooLargeError(ValueError):
    """The stream holds more than the limit; nothing was kept."""


class BlobMissingError(LookupError):
    """There is no such file in this organization."""


class Readable(Protocol):
    """Anything with ``read(size)``: an uploaded file, an open file, ``BytesIO``."""

    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True)
class BlobRef:
    """What a row keeps of a stored file."""

    sha256: str
    size: int
    content_type: str = ""


@dataclass(frozen=True)
class _Cipher:
    """Seals the parts of one file."""

    organization_id: UUID
    key_version: int
    salt: bytes

    @cached_property
    def _key(self) -> AESGCM:
        ring = key_store().ring(self.organization_id)
        secret = ring.data_key(Purpose.FILES, self.key_version)
        return AESGCM(hmac.new(secret, b"hearthline|file|" + self.salt, hashlib.sha256).digest())

    def _place(self, number: int, is_last: bool) -> tuple[bytes, bytes]:
        nonce = struct.pack(">IQ", int(is_last), number)
        return nonce, b"|".join((str(self.organization_id).encode(), self.salt, nonce))

    def seal(self, plain: bytes, number: int, *, is_last: bool) -> bytes:
        nonce, place = self._place(number, is_last)
        return self._key.encrypt(nonce, plain, place)

    def unseal(self, sealed: bytes, number: int, *, is_last: bool) -> bytes:
        nonce, place = self._place(number, is_last)
        try:
            return self._key.decrypt(nonce, sealed, place)
        except InvalidTag:
            message = f"part {number} of a stored file was changed, moved or cut"
            raise CryptographyError(message) from None


@dataclass(frozen=True)
class Blob:
    """An open stored file; each part is checked as it is read."""

    sha256: str
    size: int
    _path: Path = field(repr=False)
    _cipher: _Cipher = field(repr=False)

    def stream(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from ``start`` up to and without ``end`` (default: all), piece by piece.

        Raises:
            ValueError: the range is not within the file.
            CryptographyError: the file on disk was changed.
        """
        stop = self.size if end is None else end
        if not 0 <= start <= stop <= self.size:
            message = f"bytes {start} to {stop} are not within the {self.size} of the file"
            raise ValueError(message)
        return self._pieces(start, stop)

    def _pieces(self, start: int, stop: int) -> Iterator[bytes]:
        last = _chunk_count(self.size) - 1
        with self._path.open("rb") as file:
            for number in range(start // CHUNK_BYTES, last + 1):
                offset = number * CHUNK_BYTES
                if offset >= stop:
                    return
                file.seek(HEADER.size + number * SEALED_CHUNK)
                length = min(CHUNK_BYTES, self.size - offset) + TAG_BYTES
                plain = self._cipher.unseal(file.read(length), number, is_last=number == last)
                yield plain[max(start - offset, 0) : stop - offset]

    def read(self) -> bytes:
        """Return the whole content; for small files."""
        return b"".join(self.stream())


@dataclass(frozen=True)
class Draft:
    """A file that is written, sealed, but has no name yet and is not safe from a power cut."""

    ref: BlobRef
    path: Path = field(repr=False)


def store(
    organization_id: UUID, stream: Readable, content_type: str = "", *, max_bytes: int = MAX_BLOB_BYTES
) -> BlobRef:
    """Keep the stream's content and return its reference. The same content is kept once per organization.

    Raises:
        BlobTooLargeError: the stream holds more than ``max_bytes``.
    """
    draft = write(organization_id, stream, content_type, max_bytes=max_bytes)
    keep(organization_id, [draft])
    return draft.ref


def write(
    organization_id: UUID, stream: Readable, content_type: str = "", *, max_bytes: int = MAX_BLOB_BYTES
) -> Draft:
    """Write a draft, to be kept with others by ``keep`` or thrown away by ``discard``.

    Raises:
        BlobTooLargeError: the stream holds more than ``max_bytes``.
    """
    ring = key_store().ring(organization_id, may_create=True)
    cipher = _Cipher(organization_id, ring.current, os.urandom(SALT_BYTES))
    directory = _directory(organization_id)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / f".draft-{token_hex(8)}"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
            sha256, size = _write(file, stream, cipher, max_bytes)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Draft(BlobRef(sha256, size, content_type), path)


def keep(organization_id: UUID, drafts: Sequence[Draft]) -> None:
    """Give drafts their names; when it returns, all of them are on the disk, whoever wrote them first.

    All files are named, then all synced with their directories: one wait for the disk's journal, not one a file. What
    a power cut leaves half written in between has no row that refers to it, and is replaced by whoever stores it again.
    """
    directory = _directory(organization_id)
    paths = {_path(organization_id, draft.ref.sha256) for draft in drafts}
    try:
        with _one_at_a_time(directory):
            is_new = [_name(organization_id, draft) for draft in drafts]
        directories = {path.parent for path in paths} | ({directory} if any(is_new) else set())
        _side_by_side(_sync, paths | directories)
    finally:
        discard(drafts)


def discard(drafts: Iterable[Draft]) -> None:
    """Throw away the drafts that were not kept."""
    for draft in drafts:
        draft.path.unlink(missing_ok=True)


def open_blob(organization_id: UUID, sha256: str) -> Blob:
    """Open a stored file of the organization.

    Raises:
        BlobMissingError: the organization has no such file.
        CryptographyError: the file on disk was changed, cut or belongs elsewhere.
    """
    path = _path(organization_id, sha256)
    try:
        with path.open("rb") as file:
            header = file.read(HEADER.size)
            length = file.seek(0, os.SEEK_END)
            file.seek(max(length - SEALED_FOOTER, 0))
            sealed_footer = file.read()
    except FileNotFoundError:
        message = "this organization has no such file"
        raise BlobMissingError(message) from None
    if len(header) < HEADER.size or header[:4] != MAGIC:
        message = "a stored file has an unknown format"
        raise CryptographyError(message)
    _, key_version, salt = HEADER.unpack(header)
    cipher = _Cipher(organization_id, key_version, salt)
    digest, size = FOOTER.unpack(cipher.unseal(sealed_footer, FOOTER_NUMBER, is_last=True))
    expected = HEADER.size + size + _chunk_count(size) * TAG_BYTES + SEALED_FOOTER
    if digest.hex() != sha256 or length != expected:
        message = "a stored file was cut, lengthened or put in the place of another"
        raise CryptographyError(message)
    return Blob(sha256, size, path, cipher)


def sweep(organization_id: UUID, referenced: Iterable[str]) -> int:
    """Remove the organization's files that no row refers to and that are older than a day; return how many.

    ``referenced`` are the SHA-256 digests of every row that keeps one, whatever its package.
    """
    kept = {_path(organization_id, sha256) for sha256 in referenced}
    oldest = (clock.now() - SWEEP_GRACE).timestamp()
    removed = 0
    directory = _directory(organization_id)
    if not directory.exists():
        return 0
    with _one_at_a_time(directory):
        for path in directory.glob("*/*"):
            if path not in kept and path.stat().st_mtime < oldest:
                path.unlink()
                removed += 1
        for draft in directory.glob(".draft-*"):
            if draft.stat().st_mtime < oldest:
                draft.unlink()
    return removed


def _name(organization_id: UUID, draft: Draft) -> bool:
    """Give the draft its name, or make the sound file that has it already young again; return whether it is new."""
    path = _path(organization_id, draft.ref.sha256)
    try:
        open_blob(organization_id, draft.ref.sha256)
        os.utime(path)
    except (BlobMissingError, CryptographyError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        draft.path.replace(path)
        return True
    return False


def _side_by_side(function: Callable[[Path], None], paths: Iterable[Path]) -> None:
    wanted = list(paths)
    if len(wanted) == 1:
        function(wanted[0])
    else:
        list(_syncers.map(function, wanted))


@contextmanager
def _one_at_a_time(directory: Path) -> Iterator[None]:
    with (directory / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write(file: IO[bytes], stream: Readable, cipher: _Cipher, max_bytes: int) -> tuple[str, int]:
    digest, size, number = hashlib.sha256(), 0, 0
    file.write(HEADER.pack(MAGIC, cipher.key_version, cipher.salt))
    chunk = _fill(stream)
    while True:
        size += len(chunk)
        if size > max_bytes:
            message = f"the file is larger than {max_bytes} bytes"
            raise BlobTooLargeError(message)
        digest.update(chunk)
        following = _fill(stream) if len(chunk) == CHUNK_BYTES else b""
        file.write(cipher.seal(chunk, number, is_last=not following))
        if not following:
            break
        chunk, number = following, number + 1
    file.write(cipher.seal(FOOTER.pack(digest.digest(), size), FOOTER_NUMBER, is_last=True))
    return digest.hexdigest(), size


def _fill(stream: Readable) -> bytes:
    parts, missing = [], CHUNK_BYTES
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _chunk_count(size: int) -> int:
    return max(1, -(-size // CHUNK_BYTES))


def _directory(organization_id: UUID) -> Path:
    return Path(settings.HEARTHLINE_BLOB_DIRECTORY) / str(organization_id)


def _path(organization_id: UUID, sha256: str) -> Path:
    name = blind_index(organization_id, "blob", sha256).hex()
    return _directory(organization_id) / name[:2] / name[2:]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
