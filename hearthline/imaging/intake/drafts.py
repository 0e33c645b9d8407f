"""Unfinished uploads on disk: sealed as they come, appended by one process at a time, true after a cut or a kill.

A draft is ``header | record | record …``; each record is a piece of the file, sealed with a key of this draft alone and
authenticating its number. What a kill left half written at the end is cut off at the next opening, so the offset is
always what is really there.

One writer at a time: a file lock, which dies with its process. Whoever comes later takes the turn over: it writes its
name into ``.turn``, the writer before sees that within a blink, keeps what it has, and lets go. It works between
processes, since a phone that lost its line comes back by a new connection while the old one still looks alive.
"""

import errno
import fcntl
import hashlib
import hmac
import os
import shutil
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from secrets import token_bytes, token_hex
from types import TracebackType
from typing import IO, Self
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from hearthline.foundation.crypto import Purpose, key_store

RECORD_BYTES = 256 * 1024
NONCE_BYTES = 12
TAG_BYTES = 16
SALT_BYTES = 32
MAGIC = b"HLU1"
HEADER = struct.Struct(f">4sI{SALT_BYTES}s")
LENGTH = struct.Struct(">I")
OVERHEAD = LENGTH.size + NONCE_BYTES + TAG_BYTES
TURN_SECONDS = 1.5  # to let go after somebody else took the turn: a writer looks ten times a second
LOOK_SECONDS = 0.02


class DraftMissingError(LookupError):
    """There is no such draft any more."""


class DraftBusyError(Exception):
    """The writer before does not let go: it is in the middle of finishing the file."""


class DiskFullError(OSError):
    """There is no room for more; what is there stays."""


def create_draft(organization_id: UUID, upload_id: UUID) -> None:
    """Make an empty draft, on disk before this returns.

    Raises:
        DiskFullError: there is no room.
    """
    path = _path(organization_id, upload_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    ring = key_store().ring(organization_id, may_create=True)
    with _explained(), os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(HEADER.pack(MAGIC, ring.current, token_bytes(SALT_BYTES)))
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)


def remove_draft(organization_id: UUID, upload_id: UUID) -> None:
    """Remove a draft, and whoever writes to it loses the turn."""
    path = _path(organization_id, upload_id)
    for one in (path, path.with_suffix(".turn")):
        with suppress(FileNotFoundError):
            one.unlink()


def draft_ids(organization_id: UUID, *, untouched_since: datetime) -> Iterator[UUID]:
    """Yield the uploads that have a draft on disk to which nothing was added since."""
    for path in (Path(settings.HEARTHLINE_UPLOAD_DIRECTORY) / str(organization_id)).glob("*.draft"):
        if path.stat().st_mtime < untouched_since.timestamp():
            yield UUID(path.stem)


def free_bytes() -> int:
    """Return how much room the disk of drafts has left."""
    directory = Path(settings.HEARTHLINE_UPLOAD_DIRECTORY)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return shutil.disk_usage(directory).free


class Draft:
    """A draft that this process has to itself, until it closes it or somebody takes the turn over."""

    def __init__(
        self, organization_id: UUID, upload_id: UUID, *, patience_seconds: float = TURN_SECONDS
    ) -> None:
        """Take the turn over and wait until the writer before has let go.

        Raises:
            DraftMissingError: there is no such draft.
            DraftBusyError: it was not let go in time.
        """
        self.organization_id = organization_id
        self._path = _path(organization_id, upload_id)
        self._turn = token_hex(8)
        self._file = self._lock(patience_seconds)
        self._aead, self._salt = self._open_header()
        self._count, self.size = 0, 0
        self._cut_torn_end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the next one write."""
        self._file.close()

    def is_taken_over(self) -> bool:
        """Whether somebody else wants the turn, or the draft is gone."""
        try:
            return self._path.with_suffix(".turn").read_text() != self._turn
        except FileNotFoundError:
            return True

    def append(self, content: bytes) -> None:
        """Seal more of the file behind what is there. ``sync`` makes it last.

        Raises:
            DiskFullError: there was no room; the draft is as it was before.
        """
        end = self._file.seek(0, os.SEEK_END)
        count, size = self._count, self.size
        try:
            with _explained():
                for start in range(0, len(content), RECORD_BYTES):
                    self._append_record(content[start : start + RECORD_BYTES])
        except OSError:
            self._file.truncate(end)
            self._count, self.size = count, size
            raise

    def sync(self) -> None:
        """Have everything appended reach the disk."""
        with _explained():
            os.fsync(self._file.fileno())

    def mark(self) -> tuple[int, int, int]:
        """Return the present end, for ``back_to``."""
        return self._file.seek(0, os.SEEK_END), self._count, self.size

    def back_to(self, mark: tuple[int, int, int]) -> None:
        """Drop what was appended since the mark: it arrived altered."""
        self._file.truncate(mark[0])
        _, self._count, self.size = mark

    def pieces(self) -> Iterator[bytes]:
        """Yield the file so far, piece by piece, each checked.

        Raises:
            InvalidTag: the draft was altered on disk.
        """
        position = HEADER.size
        for number in range(self._count):
            self._file.seek(position)
            (length,) = LENGTH.unpack(self._file.read(LENGTH.size))
            nonce = self._file.read(NONCE_BYTES)
            yield self._aead.decrypt(nonce, self._file.read(length + TAG_BYTES), self._place(number))
            position += OVERHEAD + length

    def _append_record(self, content: bytes) -> None:
        nonce = token_bytes(NONCE_BYTES)
        sealed = self._aead.encrypt(nonce, content, self._place(self._count))
        record = memoryview(LENGTH.pack(len(content)) + nonce + sealed)
        while record:
            record = record[self._file.write(record) :]
        self._count += 1
        self.size += len(content)

    def _place(self, number: int) -> bytes:
        return b"|".join((b"draft", str(self.organization_id).encode(), self._salt, str(number).encode()))

    def _lock(self, patience_seconds: float) -> IO[bytes]:
        try:
            file = self._path.open("r+b", buffering=0)
        except FileNotFoundError:
            raise DraftMissingError from None
        deadline = time.monotonic() + patience_seconds
        _write_turn(self._path.with_suffix(".turn"), self._turn)
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    file.close()
                    raise DraftBusyError from None
                time.sleep(LOOK_SECONDS)
        if not self._path.exists():
            file.close()
            raise DraftMissingError
        return file

    def _open_header(self) -> tuple[AESGCM, bytes]:
        header = self._file.read(HEADER.size)
        if len(header) < HEADER.size or header[:4] != MAGIC:
            self._file.close()
            raise DraftMissingError
        _, version, salt = HEADER.unpack(header)
        secret = key_store().ring(self.organization_id).data_key(Purpose.FILES, version)
        return AESGCM(hmac.new(secret, b"hearthline|draft|" + salt, hashlib.sha256).digest()), salt

    def _cut_torn_end(self) -> None:
        end = self._file.seek(0, os.SEEK_END)
        position = HEADER.size
        while position + LENGTH.size <= end:
            self._file.seek(position)
            (length,) = LENGTH.unpack(self._file.read(LENGTH.size))
            if not 0 < length <= RECORD_BYTES or position + OVERHEAD + length > end:
                break
            position += OVERHEAD + length
            self._count += 1
            self.size += length
        self._file.truncate(position)


class DraftStream:
    """The content of a draft as a stream to read from."""

    def __init__(self, draft: Draft) -> None:
        self._pieces = draft.pieces()
        self._left = b""

    def read(self, size: int = RECORD_BYTES, /) -> bytes:
        """Return up to ``size`` bytes; nothing at the end."""
        if not self._left:
            self._left = next(self._pieces, b"")
        piece, self._left = self._left[:size], self._left[size:]
        return piece


class _explained:  # noqa: N801 - a context manager
    """Tells a full disk from other faults."""

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise DiskFullError from error


def _write_turn(path: Path, turn: str) -> None:
    fresh = path.with_suffix(f".{turn}")
    fresh.write_text(turn)
    fresh.replace(path)


def _path(organization_id: UUID, upload_id: UUID) -> Path:
    return Path(settings.HEARTHLINE_UPLOAD_DIRECTORY) / str(organization_id) / f"{upload_id}.draft"


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
