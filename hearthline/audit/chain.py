"""How a row of the audit becomes a link: pure, and repeated independently by ``tools/verify_audit.py``."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

FORMAT = "1"
FIELDS = (
    "recorded_at",
    "actor_kind",
    "actor_user_id",
    "actor_name",
    "actor_roles",
    "action",
    "outcome",
    "subject_type",
    "subject_id",
    "patient_id",
    "reason",
    "field_names",
    "origin",
)


def genesis(organization_id: UUID) -> bytes:
    """Return what the first link of an organization's chain hangs on."""
    return hashlib.sha256(f"hearthline audit {organization_id}".encode()).digest()


def link(previous: bytes, organization_id: UUID, sequence: int, entry_id: UUID, row: dict[str, Any]) -> bytes:
    """Return the hash of a row at its place in the chain."""
    content = [FORMAT, str(organization_id), sequence, str(entry_id), *(_plain(row[name]) for name in FIELDS)]
    return hashlib.sha256(previous + canonical(content)).digest()


def canonical(content: Any) -> bytes:
    """Return the one byte form of a JSON value."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value
