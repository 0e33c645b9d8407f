"""The one way a case changes its status, and how that is recorded on both sides of a grant."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction

from hearthline.audit.services import record
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.events import CaseHasNewsForPatient, CaseNeedsPerson
from hearthline.consults.models import Consult, Move
from hearthline.consults.rules.states import NEEDS_REASON, Action, get_next
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization


def record_case(
    actor: Actor, action: str, consult: Consult, *, reason: str = "", fields: Iterable[str] = ()
) -> None:
    """Record an act on a case: where it belongs, and, when a reader of another organization acted, there as well.

    The asking organization's row names the patient, so that the patient's report shows who looked from outside.
    """
    if consult.organization_id == actor.organization_id:
        record(actor, action, consult, patient_id=consult.patient_id, reason=reason, fields=fields)
        return
    record(actor, action, consult, reason=reason, fields=fields)
    name = Organization.objects.values_list("name", flat=True).get(pk=actor.organization_id)
    outside = replace(actor, organization_id=consult.organization_id, name=f"{actor.name} ({name})")
    with acting_in(consult.organization_id, actor.user_id):
        record(outside, action, consult, patient_id=consult.patient_id, reason=reason, fields=fields)


def signature(actor: Actor) -> dict[str, Any]:
    """Return who acts, as rows of a case keep it."""
    return {
        "by_id": actor.user_id,
        "by_name": actor.name,
        "by_organization_id": actor.organization_id,
    }


def lock(consult: Consult) -> Consult:
    """Return the case as it is now, locked until the transaction ends."""
    return Consult.objects.select_for_update(of=("self",)).get(pk=consult.pk)


@transaction.atomic
def move(
    actor: Actor,
    consult: Consult,
    action: Action,
    *,
    cause: str = "",
    reason: str = "",
    to_user_id: UUID | None = None,
    to_name: str = "",
    **changes: Any,
) -> Consult:
    """Take a case one step on, with further fields changed in the same row; return it as it is now.

    Raises:
        CaseRefusedError: the step does not follow from where the case is now, or a reason is missing.
    """
    locked = lock(consult)
    target = get_next(locked.status, action)
    if target is None:
        raise CaseRefusedError("moved_on")
    if action in NEEDS_REASON and not reason.strip():
        raise CaseRefusedError("no_reason")
    source = locked.status
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.status, locked.changed_at = target, clock.now()
    locked.save(update_fields=["status", "changed_at", *changes])
    Move.objects.create(
        organization_id=locked.organization_id,
        consult=locked,
        action=action,
        from_status=source,
        to_status=target,
        cause=cause,
        reason=reason.strip(),
        to_user_id=to_user_id,
        to_name=to_name,
        created_at=clock.now(),
        **signature(actor),
    )
    record_case(actor, f"consult.{action.value}", locked, reason=cause)
    return locked


def tell_asker(consult: Consult) -> None:
    """Have whoever asked look: a member of the staff by a notice, a patient by a message."""
    if consult.is_by_patient:
        publish(
            CaseHasNewsForPatient(
                organization_id=consult.organization_id, consult_id=consult.id, patient_id=consult.patient_id
            )
        )
        return
    publish(
        CaseNeedsPerson(
            organization_id=consult.organization_id, consult_id=consult.id, user_id=consult.asked_by_id
        )
    )


def tell_reader(consult: Consult) -> None:
    """Have the reader look, in the organization they read for."""
    if consult.assignee_organization_id is not None:
        publish(
            CaseNeedsPerson(
                organization_id=consult.assignee_organization_id,
                consult_id=consult.id,
                user_id=consult.assignee_id,
            )
        )


def tell_coordinators(consult: Consult) -> None:
    """Have the asking organization's coordinators look."""
    publish(CaseNeedsPerson(organization_id=consult.organization_id, consult_id=consult.id))
