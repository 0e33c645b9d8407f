"""The key store: one root key, and one file of wrapped keys for each organization, outside the database.

Destroying an organization's file makes everything sealed for it unreadable, in backups of the database too, as
long as the key store is not in the same backup (``docs/threat-model.md``).
"""

import base64
import fcntl
import json
import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from hearthline.foundation import clock
from hearthline.foundation.crypto.errors import CryptographyError, KeysDestroyedError
from hearthline.foundation.crypto.files import create_once, replace

KEY_BYTES = 32
NONCE_BYTES = 12
MAX_RINGS_IN_MEMORY = 256
INSTALLATION = "installation"

Scope = UUID | str
Stamp = tuple[int, int, int]


class Purpose(StrEnum):
    """What a data key is for; a value sealed for one purpose cannot be opened with another's key."""

    FIELDS = "fields"
    FILES = "files"
    INDEX = "index"
    AUDIT = "audit"


@dataclass
class KeyRing:
    """The opened keys of one scope: every version ever used, and the number that seals new values."""

    scope: str
    keys: dict[int, bytes] = field(repr=False)
    current: int
    stamp: Stamp
    _derived: dict[tuple[Purpose, int], bytes] = field(default_factory=dict, repr=False)

    def data_key(self, purpose: Purpose, version: int) -> bytes:
        """Return the key for a purpose, derived from a version of the scope's key."""
        derived = self._derived.get((purpose, version))
        if derived is None:
            if version not in self.keys:
                message = f"sealed with key version {version}, which the key store does not hold"
                raise CryptographyError(message)
            info = f"hearthline|{self.scope}|{version}|{purpose}".encode()
            derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(
                self.keys[version]
            )
            self._derived[purpose, version] = derived
        return derived


class KeyStore:
    """The directory of keys. Files are created at first use, and opened files are remembered (a bounded number)."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._rings: OrderedDict[str, KeyRing] = OrderedDict()
        self._lock = Lock()

    def ring(self, scope: Scope, *, may_create: bool = False) -> KeyRing:
        """Return the opened keys of an organization (or of the installation).

        Raises:
            CryptographyError: there is no key file and ``may_create`` is false, or it cannot be opened.
        """
        name, path = str(scope), self._path(scope)
        stamp = _stamp(path)
        if stamp is None:
            if not may_create:
                message = f"the key store holds no key for {name}; is its directory the right one?"
                raise CryptographyError(message)
            create_once(path, self._encode(name, {1: os.urandom(KEY_BYTES)}, current=1))
            stamp = _stamp(path)
        with self._lock:
            ring = self._rings.get(name)
            if ring is not None and ring.stamp == stamp:
                self._rings.move_to_end(name)
                return ring
        ring = self._open(name, path)
        with self._lock:
            self._rings[name] = ring
            self._rings.move_to_end(name)
            while len(self._rings) > MAX_RINGS_IN_MEMORY:
                self._rings.popitem(last=False)
        return ring

    def rotate(self, scope: Scope) -> int:
        """Add a new version of the scope's key, which seals from now on; older values stay readable."""
        name, path = str(scope), self._path(scope)
        self.ring(scope, may_create=True)
        with self._exclusively():
            ring = self._open(name, path)
            version = max(ring.keys) + 1
            keys = {**ring.keys, version: os.urandom(KEY_BYTES)}
            replace(path, self._encode(name, keys, current=version))
        return version

    def destroy(self, scope: Scope) -> None:
        """Destroy the scope's keys for good, leaving a note with the time so that no new ones are made."""
        with self._exclusively():
            note = {"scope": str(scope), "destroyed_at": clock.now().isoformat()}
            replace(self._path(scope), json.dumps(note).encode())
        with self._lock:
            self._rings.pop(str(scope), None)

    def _path(self, scope: Scope) -> Path:
        if isinstance(scope, UUID):
            return self.directory / "organizations" / f"{scope}.json"
        if scope != INSTALLATION:
            message = "a key belongs to an organization or to the installation"
            raise CryptographyError(message)
        return self.directory / f"{INSTALLATION}.json"

    def _root(self) -> AESGCM:
        path = self.directory / "root.key"
        if path.exists():
            return AESGCM(path.read_bytes())
        if any(self.directory.glob("organizations/*.json")):
            message = "root.key is missing, but keys wrapped by it are there: restore it before going on"
            raise CryptographyError(message)
        return AESGCM(create_once(path, os.urandom(KEY_BYTES)))

    def _encode(self, name: str, keys: dict[int, bytes], *, current: int) -> bytes:
        root = self._root()
        wrapped = {}
        for version, key in keys.items():
            nonce = os.urandom(NONCE_BYTES)
            sealed = nonce + root.encrypt(nonce, key, _wrap_context(name, version))
            wrapped[str(version)] = base64.b64encode(sealed).decode()
        return json.dumps({"scope": name, "current": current, "keys": wrapped}).encode()

    def _open(self, name: str, path: Path) -> KeyRing:
        stamp = _stamp(path)
        content = json.loads(path.read_bytes())
        if stamp is None or "destroyed_at" in content:
            message = f"the keys of {name} were destroyed at {content.get('destroyed_at')}"
            raise KeysDestroyedError(message)
        root = self._root()
        keys = {}
        for number, wrapped in content["keys"].items():
            sealed = base64.b64decode(wrapped)
            context = _wrap_context(name, int(number))
            try:
                keys[int(number)] = root.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
            except InvalidTag:
                message = f"the key file of {name} does not belong to this root key, or was changed"
                raise CryptographyError(message) from None
        return KeyRing(scope=name, keys=keys, current=int(content["current"]), stamp=stamp)

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        with (self.directory / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _wrap_context(name: str, version: int) -> bytes:
    return f"hearthline|{name}|{version}|wrap".encode()


def _stamp(path: Path) -> Stamp | None:
    try:
        facts = path.stat()
    except FileNotFoundError:
        return None
    return facts.st_ino, facts.st_mtime_ns, facts.st_size


_stores: dict[Path, KeyStore] = {}


def key_store() -> KeyStore:
    """Return the key store of this installation (``HEARTHLINE_KEY_DIRECTORY``)."""
    directory = Path(settings.HEARTHLINE_KEY_DIRECTORY)
    return _stores.setdefault(directory, KeyStore(directory))
