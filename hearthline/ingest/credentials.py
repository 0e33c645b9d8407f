"""Who knocks: the token, secret or key of a device or gateway, kept in the process for a few seconds.

A sensor sends once in five minutes, so hardly any secret is known from before: those that knock at the same time are
looked up together, in one statement.
"""

import threading
import time
from collections.abc import Iterable
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
from hearthline.monitoring.readings.credentials import digest_of_secret, digest_of_token
from hearthline.monitoring.readings.pipeline.normalise import NO_DEVICE

FIND = """
SELECT c.token_digest, c.id, c.organization_id, c.doors, d.number, c.public_key,
  c.last_used_at IS NULL OR c.last_used_at < now() - %s::interval
FROM readings_devicecredential c
LEFT JOIN readings_device d ON d.organization_id = c.organization_id AND d.id = c.device_id
WHERE {} AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > now()) AND d.retired_at IS NULL
"""
FIND_TOKENS = FIND.format("c.token_digest = ANY(%s)")
FIND_KEYS = FIND.format("c.id = ANY(%s) AND c.public_key IS NOT NULL")
# When it was last used is no fact to wait for: two processes never wait for each other here.
USED = """
UPDATE readings_devicecredential c SET last_used_at = now() FROM (
  SELECT id FROM readings_devicecredential WHERE id = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED) AS free
WHERE c.id = free.id
"""
# A counter only goes up, in the database, so that a request is taken once whichever worker it comes to.
COUNT = """
UPDATE readings_devicecredential SET counter = %s WHERE organization_id = %s AND id = %s AND counter < %s
RETURNING counter
"""
COUNTER = "SELECT counter FROM readings_devicecredential WHERE organization_id = %s AND id = %s"
DEVICES = """
SELECT identifier, min(number) FROM readings_device
WHERE organization_id = %s AND identifier = ANY(%s) AND identifier <> '' AND retired_at IS NULL
GROUP BY identifier HAVING count(*) = 1
"""


@dataclass
class Caller:
    """A credential that was let in. ``device``: its number, or ``NO_DEVICE`` for a gateway."""

    id: UUID
    organization_id: UUID
    doors: frozenset[str]
    device: int
    public_key: bytes | None = None
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


@dataclass(frozen=True)
class Name:
    """What a request says of itself: a secret, or the id of the key it is signed with."""

    text: str
    is_key: bool = False


class Credentials:
    """The credentials this process has seen lately, and one connection to look up others."""

    def __init__(self) -> None:
        self._callers: dict[Name, tuple[Caller | None, float]] = {}
        self._connection: psycopg.Connection[Any] | None = None
        self._lock = threading.Lock()
        self.executor = ThreadPoolExecutor(1, thread_name_prefix="credentials")

    def known(self, name: Name) -> tuple[bool, Caller | None]:
        """Return whether a name was asked after lately, and whose it is (None: nobody's)."""
        caller, until = self._callers.get(name, (None, 0.0))
        return until > time.monotonic(), caller

    def find(self, names: Iterable[Name]) -> dict[Name, Caller | None]:
        """Ask the database whose these are, and note that they were used. Blocks.

        Raises:
            psycopg.Error: the database does not answer.
        """
        found: dict[Name, Caller | None] = dict.fromkeys(names)
        used: list[UUID] = []
        keys = {UUID(name.text): name for name in found if name.is_key}
        digests = {digest: name for name in found if not name.is_key for digest in _digests(name.text)}
        rows = self._execute(FIND_TOKENS, [USED_EVERY, list(digests)]) if digests else []
        rows += self._execute(FIND_KEYS, [USED_EVERY, list(keys)]) if keys else []
        for digest, identifier, organization, doors, number, key, is_stale in rows:
            name = keys[identifier] if digest is None else digests[bytes(digest)]
            public = None if key is None else bytes(key)
            found[name] = Caller(identifier, organization, frozenset(doors), number or NO_DEVICE, public)
            used += [identifier] if is_stale else []
        if used:
            self._execute(USED, [used])
        self._remember(found)
        return found

    def _remember(self, found: dict[Name, Caller | None]) -> None:
        until = time.monotonic() + CREDENTIAL_SECONDS
        if len(self._callers) >= CREDENTIALS_KEPT:
            self._callers.clear()
        for name, caller in found.items():
            before, _ = self._callers.get(name, (None, 0.0))
            if caller and before:
                caller.devices = before.devices
            self._callers[name] = (caller, until)

    def count(self, caller: Caller, counter: int) -> int | None:
        """Use up a counter: return None, or the one that was used before if this is not above it. Blocks."""
        names = [caller.organization_id, caller.id]
        if self._execute(COUNT, [counter, *names, counter]):
            return None
        rows = self._execute(COUNTER, names)
        return int(rows[0][0]) if rows else counter

    def unknown_devices(self, caller: Caller, identifiers: set[str]) -> set[str]:
        """Return the identifiers of devices that have to be looked up."""
        now = time.monotonic()
        return {name for name in identifiers if caller.devices.get(name, (0, 0.0))[1] < now}

    def find_devices(self, caller: Caller, identifiers: set[str]) -> None:
        """Look devices of the caller's organization up, so that ``caller.devices`` knows them. Blocks."""
        names = [name for name in identifiers if "\0" not in name]  # PostgreSQL has no such text
        found = dict(self._execute(DEVICES, [caller.organization_id, names]))
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


def _digests(secret: str) -> tuple[bytes, bytes]:
    """Return both forms in which the database may keep what was presented."""
    return digest_of_token(secret), digest_of_secret(secret)
