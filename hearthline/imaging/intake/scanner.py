"""The virus scanner, when there is one: clamd, asked over its own protocol (INSTREAM, VERSION)."""

import re
import socket
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

from hearthline.foundation import clock
from hearthline.imaging.intake.choices import Scan

CHUNK_BYTES = 1024 * 1024
TIMEOUT_SECONDS = 60.0
QUESTION_SECONDS = 3.0
ANSWER_BYTES = 4096
OLD_AFTER = timedelta(days=7)  # ClamAV publishes several times a day; a week without is a fault
VERSION = re.compile(r"^ClamAV (?P<version>[^/]+)(?:/(?P<database>\d+)/(?P<date>.+))?$")


class ScannerUnavailableError(Exception):
    """A scanner is configured, does not answer, and the policy takes nothing that was not scanned."""


@dataclass(frozen=True)
class Standing:
    """How the scanner stands. ``database_at`` is when its signatures were made; None when it has none."""

    is_configured: bool
    is_answering: bool = False
    version: str = ""
    database_at: datetime | None = None

    @property
    def is_old(self) -> bool:
        """Whether its signatures are missing or older than a week."""
        return self.database_at is None or clock.now() - self.database_at > OLD_AFTER


def scan(content: bytes) -> Scan:
    """Ask the scanner about a file's bytes.

    Raises:
        ScannerUnavailableError: see there.
    """
    if not settings.HEARTHLINE_CLAMD:
        return Scan.NOT_ASKED
    try:
        answer = _ask(b"zINSTREAM\0", content, seconds=TIMEOUT_SECONDS)
    except OSError as error:
        answer = f"ERROR {type(error).__name__}"
    if answer.endswith("OK"):
        return Scan.CLEAN
    if answer.endswith("FOUND"):
        return Scan.FOUND
    if settings.HEARTHLINE_SCANS_EVERYTHING:
        raise ScannerUnavailableError(answer)
    return Scan.NOT_ASKED


def standing() -> Standing:
    """Return how the scanner stands, for the status page."""
    if not settings.HEARTHLINE_CLAMD:
        return Standing(is_configured=False)
    try:
        answer = _ask(b"zVERSION\0", b"", seconds=QUESTION_SECONDS)
    except OSError:
        return Standing(is_configured=True)
    found = VERSION.match(answer)
    if found is None:
        return Standing(is_configured=True)
    return Standing(True, True, found["version"], _database_time(found["date"]))


def _database_time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.strptime(" ".join(text.split()), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def _ask(command: bytes, content: bytes, *, seconds: float) -> str:
    with _connect(seconds) as line:
        line.sendall(command)
        if command.startswith(b"zINSTREAM"):
            for start in range(0, len(content), CHUNK_BYTES):
                chunk = content[start : start + CHUNK_BYTES]
                line.sendall(struct.pack(">I", len(chunk)) + chunk)
            line.sendall(struct.pack(">I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < ANSWER_BYTES:
            piece = line.recv(ANSWER_BYTES)
            if not piece:
                break
            answer += piece
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _connect(seconds: float) -> socket.socket:
    """Connect to ``HEARTHLINE_CLAMD``: the path of a unix socket, or ``host:port``."""
    address = settings.HEARTHLINE_CLAMD
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(seconds)
        try:
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=seconds)
