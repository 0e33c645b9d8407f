"""Signed checkpoints outside the database, so that cutting a chain's tail or writing it anew is found.

``checkpoints-<month>.jsonl`` is only ever appended to; each line carries the digest of the line before it. Copies of
the files (and of the public key) belong with the organization's auditor: whoever owns this machine owns both.
"""

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from hearthline.audit.chain import canonical
from hearthline.audit.sealer import Head
from hearthline.foundation import clock
from hearthline.foundation.crypto.files import create_once

KEY_BYTES = 32
logger = logging.getLogger(__name__)


def directory() -> Path:
    """Return where the checkpoints and the public key are kept."""
    path: Path = settings.STATE_DIRECTORY / "audit"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def signing_key() -> Ed25519PrivateKey:
    """Return the key that signs checkpoints, made at first use; its public half is written beside the file."""
    path = Path(settings.HEARTHLINE_KEY_DIRECTORY) / "audit-signing.key"
    key = Ed25519PrivateKey.from_private_bytes(create_once(path, os.urandom(KEY_BYTES)))
    create_once(directory() / "public.key", key.public_key().public_bytes_raw().hex().encode())
    return key


def write(heads: Iterable[Head]) -> int:
    """Append a signed line for each chain that grew since its last line; return how many were written."""
    key = signing_key()
    path = directory() / f"checkpoints-{clock.now():%Y-%m}.jsonl"
    with (directory() / ".lock").open("w") as lock, path.open("a+b") as file:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path.chmod(0o600)
        seen = _catch_up(path)
        written = 0
        for head in heads:
            if seen.sequences.get(str(head.organization_id), 0) >= head.sequence:
                continue
            statement = {
                "organization": str(head.organization_id),
                "sequence": head.sequence,
                "hash": head.hash.hex(),
                "at": clock.now().isoformat(timespec="seconds"),
                "previous": seen.previous,
            }
            line = canonical({**statement, "signature": key.sign(canonical(statement)).hex()}) + b"\n"
            file.write(line)
            seen.take(line)
            written += 1
        file.flush()
        os.fsync(file.fileno())
    return written


@dataclass
class _Seen:
    """What this process has read of a file: how far, the last sequence of each chain, the last line's digest."""

    offset: int = 0
    sequences: dict[str, int] = field(default_factory=dict)
    previous: str = ""

    def take(self, line: bytes) -> None:
        statement = json.loads(line)
        self.sequences[statement["organization"]] = statement["sequence"]
        self.previous = hashlib.sha256(line.rstrip(b"\n")).hexdigest()
        self.offset += len(line)


_seen: dict[Path, _Seen] = {}


def _catch_up(path: Path) -> _Seen:
    """Read what was appended since the last time; a month's first line hangs on the last line of the month before."""
    seen = _seen.setdefault(path, _Seen())
    if path.stat().st_size < seen.offset:
        message = (
            f"{path.name} has become shorter: somebody cut it; put it aside and restore the auditor's copy"
        )
        raise OSError(message)
    with path.open("r+b") as file:
        file.seek(seen.offset)
        for line in file:
            if not line.endswith(b"\n"):
                # Its writer was killed in the middle. Nothing rests on half a line: it is written anew.
                logger.warning("a checkpoint was cut short and is written again", extra={"file": path.name})
                file.truncate(seen.offset)
                break
            seen.take(line)
    if not seen.offset:
        earlier = sorted(other for other in path.parent.glob("checkpoints-*.jsonl") if other.name < path.name)
        seen.previous = _catch_up(earlier[-1]).previous if earlier else ""
    return seen
