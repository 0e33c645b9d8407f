"""Taking turns: people who book with the same practitioner, or for the same patient, wait for each other.

The exclusion constraint alone decides who wins. Without turns, two inserts at once would each wait for the other
and PostgreSQL would have to break the deadlock; with turns, the second sees the first one's row and is told at once.
"""

import hashlib
from uuid import UUID

from django.db import connection


def take_turn(organization_id: UUID, *ids: UUID | None) -> None:
    """Wait for the turn of each person named, until the open transaction ends; always in the same order."""
    keys = sorted({_get_key(organization_id, one) for one in ids if one is not None})
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [key])


def _get_key(organization_id: UUID, one: UUID) -> int:
    digest = hashlib.sha256(b"scheduling" + organization_id.bytes + one.bytes).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
