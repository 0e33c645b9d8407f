"""Write the audit. Knows actors by their shape only, so that every package above can be audited."""

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

from django.db import models

from hearthline.audit.models import REASON_LENGTH, TEXT_LENGTH, AuditEntry
from hearthline.foundation.rows import insert_rows
from hearthline.tenancy.context import acting_in


class AuditedActor(Protocol):
    """What the audit needs to know of whoever acts."""

    @property
    def kind(self) -> str: ...
    @property
    def user_id(self) -> UUID | None: ...
    @property
    def organization_id(self) -> UUID: ...
    @property
    def name(self) -> str: ...
    @property
    def role_names(self) -> str: ...
    @property
    def origin(self) -> str: ...


Subject = models.Model | tuple[str, object]


def record(
    actor: AuditedActor,
    action: str,
    subject: Subject,
    *,
    patient_id: UUID | None = None,
    reason: str = "",
    fields: Iterable[str] = (),
) -> None:
    """Record an allowed act in the open transaction: it commits with the act or not at all.

    ``action`` is ``thing.verb`` in the past tense or ``thing.read``; ``fields`` are names of fields, never values.
    """
    insert_rows([_entry(actor, action, subject, AuditEntry.Outcome.ALLOWED, patient_id, reason, fields)])


def record_each(actor: AuditedActor, action: str, subjects: Iterable[tuple[Subject, UUID | None]]) -> None:
    """As ``record``, for many subjects (each with its patient, if any) in one statement."""
    insert_rows(
        [
            _entry(actor, action, subject, AuditEntry.Outcome.ALLOWED, patient_id, "", ())
            for subject, patient_id in subjects
        ]
    )


def record_denial(actor: AuditedActor, action: str, subject: Subject, *, reason: str = "") -> None:
    """Record a refusal in a transaction of its own, since the refused request is rolled back."""
    with acting_in(actor.organization_id, actor.user_id):
        insert_rows([_entry(actor, action, subject, AuditEntry.Outcome.DENIED, None, reason, ())])


def _entry(
    actor: AuditedActor,
    action: str,
    subject: Subject,
    outcome: AuditEntry.Outcome,
    patient_id: UUID | None,
    reason: str,
    fields: Iterable[str],
) -> AuditEntry:
    subject_type, subject_id = (
        subject if isinstance(subject, tuple) else (subject._meta.label_lower, subject.pk)
    )
    return AuditEntry(
        organization_id=actor.organization_id,
        actor_kind=actor.kind,
        actor_user_id=actor.user_id,
        actor_name=actor.name[:TEXT_LENGTH],
        actor_roles=actor.role_names,
        action=action,
        outcome=outcome,
        subject_type=subject_type,
        subject_id=str(subject_id)[:TEXT_LENGTH],
        patient_id=patient_id,
        reason=reason[:REASON_LENGTH],
        field_names=sorted(fields),
        origin=actor.origin,
    )
