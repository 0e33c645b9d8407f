"""Read the audit. Each reading is recorded by the database function that answers it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection

from hearthline.audit.models import AuditEntry
from hearthline.audit.services import AuditedActor

MAX_ROWS = 1_000
MAX_EXPORT_ROWS = 10_000


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """What to look for; the times are the half-open span ``since`` to ``until``."""

    since: datetime
    until: datetime
    patient_id: UUID | None = None
    user_id: UUID | None = None
    action: str = ""

    @property
    def words(self) -> str:
        """The filter as text for the audit: identifiers and times only."""
        parts = [f"{self.since.date()} to {(self.until - timedelta(seconds=1)).date()}"]
        parts += [f"user {self.user_id}"] if self.user_id else []
        parts += [f"action {self.action}"] if self.action else []
        return ", ".join(parts)


@dataclass(frozen=True)
class AccessDay:
    """What one person did with a patient's record on one day."""

    on_day: date
    user_id: UUID | None
    name: str
    roles: str
    actions: Sequence[str]
    break_glass_causes: Sequence[str]
    first_at: datetime
    last_at: datetime
    times: int


def search(actor: AuditedActor, wanted: AuditFilter, *, max_rows: int = MAX_ROWS) -> list[AuditEntry]:
    """Return the newest rows that match, at most ``max_rows``."""
    what = "export" if max_rows > MAX_ROWS else "search"
    return list(
        AuditEntry.objects.raw(
            "SELECT * FROM audit_search(%s::jsonb, %s::uuid, %s::uuid, %s::timestamptz, %s::timestamptz, %s::text, "
            "%s::integer)",
            [
                _reader(actor, what, wanted.words),
                wanted.patient_id,
                wanted.user_id,
                wanted.since,
                wanted.until,
                wanted.action,
                max_rows,
            ],
        )
    )


def access_report(actor: AuditedActor, patient_id: UUID, *, zone: str) -> list[AccessDay]:
    """Return who used a patient's record on which day (of a time zone), the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM audit_access_report(%s::jsonb, %s::uuid, %s::text, %s::integer)",
            [_reader(actor, "access report"), patient_id, zone, MAX_ROWS],
        )
        return [AccessDay(*row) for row in cursor.fetchall()]


def _reader(actor: AuditedActor, what: str, reason: str = "") -> str:
    return json.dumps(
        {
            "name": actor.name,
            "roles": actor.role_names,
            "origin": actor.origin,
            "what": what,
            "reason": reason,
        }
    )
