"""Who knocks: the bearer token or api-secret of a device or gateway, kept in the process for a few seconds.

The database holds SHA-256 digests only. Uploaders of the Nightscout kind never send their secret: they send the hex
SHA-1 of it. So a secret is kept as the SHA-256 of that hex (``digest_of_secret``) when it is made for such an
uploader, and whoever presents the secret itself (``?token=``, bearer) is led along the same two steps. The secret is
random and long, so SHA-1's weakness (collisions) helps nobody; what must not leak, the database, holds neither.
"""

import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from hearthline.ingest.connections import connect
from hearthline.ingest.limits import (
    CREDENTIAL_SECONDS,
    CREDENTIALS_KEPT,
    DEVICE_KNOWN_SECONDS,
    USED_EVERY,
)
from hearthline.monitoring.readings.pipeline.normalise import NO_DEVICE

FIND = """
SELECT c.id, c.organization_id, c.doors, d.number,
  c.last_used_at IS NULL OR c.last_used_at < now() - %s::interval
FROM readings_devicecredential c
LEFT JOIN readings_device d ON d.organization_id = c.organization_id AND d.id = c.device_id
WHERE c.token_digest = ANY(%s) AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > now())
  AND d.retired_at IS NULL
"""
USED = "UPDATE readings_devicecredential SET last_used_at = now() WHERE organization_id = %s AND id = %s"
DEVICES = """
SELECT identifier, min(number) FROM readings_device
WHERE organization_id = %s AND identifier = ANY(%s) AND identifier <> '' AND retired_at IS NULL
GROUP BY identifier HAVING count(*) = 1
"""


def digest_of_token(token: str) -> bytes:
    """Return what the database keeps of a bearer token."""
    return hashlib.sha256(token.encode()).digest()


def digest_of_secret(secret: str) -> bytes:
    """Return what the database keeps of an uploader's API secret."""
    return digest_of_token(sha1_hex(secret))


def sha1_hex(secret: str) -> str:
    """Return what an uploader sends of its secret."""
    return hashlib.sha1(secret.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Caller:
    """A credential that was let in. ``device``: its number, or ``NO_DEVICE`` for a gateway."""

    id: UUID
    organization_id: UUID
    doors: frozenset[str]
    device: int
    known_until: float
    devices: dict[str, tuple[int, float]] = field(default_factory=dict)

    @property
    def is_gateway(self) -> bool:
        """Whether its items have to name their device."""
        return self.device == NO_DEVICE

    def device_of(self, identifier: str) -> int:
        """Return the number of the device an item names: its own, whatever it says, unless it is a gateway."""
        if self.device != NO_DEVICE:
            return self.device
        return self.devices.get(identifier, (NO_DEVICE, 0.0))[0]


class Credentials:
    """The credentials this process has seen lately, and one connection to look up others."""

    def __init__(self) -> None:
        self._callers: dict[bytes, tuple[Caller | None, float]] = {}
        self._connection: psycopg.Connection[Any] | None = None
        self._lock = threading.Lock()
        self.executor = ThreadPoolExecutor(1, thread_name_prefix="credentials")

    def known(self, presented: str) -> tuple[bool, Caller | None]:
        """Return whether a secret was asked after lately, and whose it is (None: nobody's)."""
        caller, until = self._callers.get(digest_of_token(presented), (None, 0.0))
        return until > time.monotonic(), caller

    def find(self, presented: str) -> Caller | None:
        """Ask the database whose a secret is, and note that it was used. Blocks.

        Raises:
            psycopg.Error: the database does not answer.
        """
        digests = [digest_of_token(presented), digest_of_secret(presented)]
        row = self._execute(FIND, [USED_EVERY, digests])
        until = time.monotonic() + CREDENTIAL_SECONDS
        caller = None
        if row:
            identifier, organization, doors, number, is_stale = row[0]
            caller = Caller(identifier, organization, frozenset(doors), number or NO_DEVICE, until)
            if is_stale:
                self._execute(USED, [organization, identifier])
        if len(self._callers) >= CREDENTIALS_KEPT:
            self._callers.clear()
        before = self._callers.get(digests[0], (None, 0.0))[0]
        if caller and before:
            caller.devices = before.devices
        self._callers[digests[0]] = (caller, until)
        return caller

    def unknown_devices(self, caller: Caller, identifiers: set[str]) -> set[str]:
        """Return the identifiers of devices that have to be looked up."""
        now = time.monotonic()
        return {name for name in identifiers if caller.devices.get(name, (0, 0.0))[1] < now}

    def find_devices(self, caller: Caller, identifiers: set[str]) -> None:
        """Look devices of the caller's organization up, so that ``caller.devices`` knows them. Blocks."""
        found = dict(self._execute(DEVICES, [caller.organization_id, list(identifiers)]))
        now = time.monotonic()
        if len(caller.devices) > CREDENTIALS_KEPT:
            caller.devices.clear()
        for name in identifiers:
            seconds = DEVICE_KNOWN_SECONDS if name in found else CREDENTIAL_SECONDS
            caller.devices[name] = (found.get(name, NO_DEVICE), now + seconds)

    def query(self, statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
        """Run a small reading statement. Blocks."""
        return self._execute(statement, values)

    def _execute(self, statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
        with self._lock:
            for attempt in (1, 2):
                try:
                    if self._connection is None or self._connection.closed:
                        self._connection = connect(autocommit=True)
                    cursor = self._connection.execute(statement, values)
                    return cursor.fetchall() if cursor.description else []
                except psycopg.OperationalError:
                    self._connection = None
                    if attempt == 2:
                        raise
        return []

    def close(self) -> None:
        """Let the connection go."""
        self.executor.shutdown()
        if self._connection:
            self._connection.close()
