"""Seal committed rows: give each its place and hash, in the sealer's own login and process.

Sealing in the background keeps writers from queueing behind one another: a chain hashed inside each transaction
would make an organization's commits wait in line.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from hearthline.audit.chain import FIELDS, genesis, link
from hearthline.foundation import clock

BATCH_ROWS = 2_000
LOCK_SPACE = 7_301  # the advisory locks of the sealer


@dataclass(frozen=True)
class Head:
    """The last link of an organization's chain."""

    organization_id: UUID
    sequence: int
    hash: bytes


def seal_waiting() -> int:
    """Seal every committed row that waits; return how many were sealed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT organization_id FROM audit_auditunsealed")
        organizations = [row[0] for row in cursor.fetchall()]
    sealed = 0
    for organization_id in organizations:
        while (count := _seal_batch(organization_id)) > 0:
            sealed += count
    return sealed


def heads() -> list[Head]:
    """Return the last link of every chain."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, s.sequence, s.hash FROM tenancy_organization o CROSS JOIN LATERAL ("
            " SELECT sequence, hash FROM audit_auditseal WHERE organization_id = o.id"
            " ORDER BY sequence DESC LIMIT 1) s ORDER BY o.id"
        )
        return [Head(row[0], row[1], bytes(row[2])) for row in cursor.fetchall()]


@transaction.atomic
def _seal_batch(organization_id: UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s::text))", [LOCK_SPACE, str(organization_id)]
        )
        head = _head(organization_id)
        cursor.execute(
            f"SELECT e.id, {', '.join(f'e.{name}' for name in FIELDS)} FROM audit_auditunsealed u "  # noqa: S608
            "JOIN audit_auditentry e ON e.id = u.id AND e.organization_id = u.organization_id "
            "WHERE u.organization_id = %s ORDER BY e.recorded_at, e.id LIMIT %s",
            [organization_id, BATCH_ROWS],
        )
        rows = cursor.fetchall()
        if not rows:
            return 0
        sequence, previous, sealed_at = head.sequence, head.hash, clock.now()
        links = []
        for entry_id, *values in rows:
            sequence += 1
            previous = link(
                previous, organization_id, sequence, entry_id, dict(zip(FIELDS, values, strict=True))
            )
            links.append((entry_id, organization_id, sequence, previous, sealed_at))
        cursor.executemany(
            "INSERT INTO audit_auditseal (id, organization_id, sequence, hash, sealed_at) "
            "VALUES (%s, %s, %s, %s, %s)",
            links,
        )
        cursor.execute("DELETE FROM audit_auditunsealed WHERE id = ANY(%s)", [[row[0] for row in rows]])
    return len(rows)


def _head(organization_id: UUID) -> Head:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequence, hash FROM audit_auditseal WHERE organization_id = %s ORDER BY sequence DESC LIMIT 1",
            [organization_id],
        )
        row = cursor.fetchone()
    return (
        Head(organization_id, row[0], bytes(row[1]))
        if row
        else Head(organization_id, 0, genesis(organization_id))
    )
