"""Joining two records of one person, and undoing it. Every row that moves is remembered.

Rows of packages above hang on a patient too. They are found through the reverse references of ``Patient``, so no
package has to register anything, and a reference added later is moved without a change here. A package whose rows hang
on something of which each patient has one registers how two of these are joined (``when_merging``).
"""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from psycopg import sql

from hearthline.audit.services import record
from hearthline.directory import access
from hearthline.directory.events import PatientsMerged
from hearthline.directory.models import (
    DuplicateCandidate,
    Patient,
    PatientMerge,
    PatientMergeMove,
)
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor

# These describe the record itself, so they stay with it.
STAYING = frozenset(
    {
        "directory.Patient",
        "directory.PatientNameToken",
        "directory.DuplicateCandidate",
        "directory.PatientMerge",
        "directory.SafeContact",
    }
)


MOVER = "directory_move_rows"
Join = Callable[[PatientMerge], None]
_checks: list[Join] = []
_joints: list[tuple[Join, Join]] = []


def before_merging(check: Join) -> None:
    """Have ``check`` called before anything of a merge moves; it refuses with a ``ValidationError``, in words."""
    _checks.append(check)


def when_merging(join: Join, part: Join) -> None:
    """Have ``join`` called after the checks, before the rows of a merge move; ``part`` when they have moved back.

    Either runs in the transaction of the merge and refuses it with a ``ValidationError``, in words.
    """
    _joints.append((join, part))


def movable_references(target: type[Model] = Patient) -> Iterator[tuple[Any, str]]:
    """Yield each model and column that refers to a patient (or to ``target``) and moves with a merge."""
    for model in apps.get_models():
        if model._meta.label in STAYING:
            continue
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is target:
                yield model, field.attname


@transaction.atomic
def merge_patients(*, actor: Actor, survivor: Patient, duplicate: Patient, reason: str) -> PatientMerge:
    """Make one record of two: rows of the duplicate move to the survivor, and the duplicate leads to it.

    A row that the survivor has already (the same access need, a consent in force) stays where it is.

    Raises:
        ValidationError: the two cannot be merged, in words.
    """
    if not access.may_merge_patients(actor):
        raise PermissionDenied
    locked = Patient.objects.select_for_update().in_bulk([survivor.pk, duplicate.pk])
    if len(locked) != 2 or any(one.merged_into_id for one in locked.values()):
        raise ValidationError(_("One of the two records is merged already. Go back to the list."))
    if len(reason.strip()) == 0:
        raise ValidationError({"reason": _("Write how you know that it is one person.")})
    merge = PatientMerge.objects.create(
        organization_id=actor.organization_id,
        survivor=survivor,
        duplicate=duplicate,
        reason=reason.strip()[:300],
        merged_by_user_id=actor.user_id,
    )
    for check in _checks:
        check(merge)
    for join, _part in _joints:
        join(merge)
    for model, column in movable_references():
        move_and_remember(merge, model, column, duplicate.pk, survivor.pk)
    Patient.objects.filter(pk=duplicate.pk).update(merged_into=survivor)
    _decide(actor, survivor, duplicate, DuplicateCandidate.Status.MERGED)
    record(actor, "patient.merged", duplicate, patient_id=duplicate.id, reason=merge.reason)
    record(actor, "patient.merged", survivor, patient_id=survivor.id, reason=merge.reason)
    publish(
        PatientsMerged(
            organization_id=actor.organization_id, survivor_id=survivor.id, duplicate_id=duplicate.id
        )
    )
    return merge


@transaction.atomic
def undo_merge(*, actor: Actor, merge: PatientMerge, reason: str) -> None:
    """Take a merge back: what it moved returns; what was added since stays with the survivor."""
    if not access.may_merge_patients(actor):
        raise PermissionDenied
    locked = PatientMerge.objects.select_for_update().get(pk=merge.pk)
    if locked.undone_at is not None:
        return
    if len(reason.strip()) == 0:
        raise ValidationError({"reason": _("Write why it is two people.")})
    move_back(locked, Patient, locked.survivor_id, locked.duplicate_id)
    for _join, part in _joints:
        part(locked)
    locked.undone_at, locked.undone_by_user_id = clock.now(), actor.user_id
    locked.save(update_fields=["undone_at", "undone_by_user_id"])
    Patient.objects.filter(pk=locked.duplicate_id).update(merged_into=None)
    _decide(actor, locked.survivor, locked.duplicate, DuplicateCandidate.Status.DIFFERENT)
    for patient_id in (locked.duplicate_id, locked.survivor_id):
        record(actor, "patient.merge_undone", locked, patient_id=patient_id, reason=reason.strip()[:300])


def move_and_remember(
    merge: PatientMerge, model: Any, column: str, source: UUID, target: UUID, *, mover: str = MOVER
) -> None:
    """Move rows with a merge, as far as their table's rules allow, and remember which.

    ``mover``: the database's function for what ``column`` refers to (``foundation.database.row_mover``).
    """
    PatientMergeMove.objects.bulk_create(
        PatientMergeMove(
            organization_id=merge.organization_id,
            merge=merge,
            model_label=model._meta.label,
            column=column,
            row_id=row_id,
        )
        for row_id in _move(model, column, source, target, mover)
    )


def move_back(
    merge: PatientMerge, referred: type[Model], source: UUID, target: UUID, *, mover: str = MOVER
) -> None:
    """Move the rows back that a merge moved and that refer to ``referred``."""
    for move in merge.moves.all():
        model = apps.get_model(move.model_label)
        fields = {field.attname: field for field in model._meta.concrete_fields}
        if fields[move.column].related_model is referred:
            _may_move_one(model, move.column, move.row_id, source, target, mover)


def _move(model: Any, column: str, source: UUID, target: UUID, mover: str) -> list[UUID]:
    """Move rows all at once, or one by one where a rule of the table refuses some; return those that moved."""
    row_ids = list(model.objects.filter(**{column: source}).values_list("pk", flat=True))
    if not row_ids:
        return []
    try:
        return _move_rows(model, column, row_ids, source, target, mover)
    except IntegrityError:
        return [row_id for row_id in row_ids if _may_move_one(model, column, row_id, source, target, mover)]


def _may_move_one(model: Any, column: str, row_id: UUID, source: UUID, target: UUID, mover: str) -> bool:
    try:
        return bool(_move_rows(model, column, [row_id], source, target, mover))
    except IntegrityError:
        return False


def _move_rows(
    model: Any, column: str, row_ids: list[UUID], source: UUID, target: UUID, mover: str
) -> list[UUID]:
    call = sql.SQL("SELECT {}(%s::regclass, %s::name, %s::uuid[], %s, %s)").format(sql.Identifier(mover))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(call, [model._meta.db_table, column, row_ids, source, target])
        moved: list[UUID] = cursor.fetchone()[0]
    return moved


def _decide(actor: Actor, one: Patient, other: Patient, status: str) -> None:
    first, second = sorted((one.pk, other.pk))
    DuplicateCandidate.objects.update_or_create(
        organization_id=actor.organization_id,
        first_id=first,
        second_id=second,
        defaults={"status": status, "decided_at": clock.now(), "decided_by_user_id": actor.user_id},
        create_defaults={
            "points": 0,
            "status": status,
            "decided_at": clock.now(),
            "decided_by_user_id": actor.user_id,
        },
    )
