"""Closing: the patient is told, and the asker answers two questions."""

from django.db import transaction

from hearthline.consults.access import may_answer_for_asker
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.models import Closing, Consult
from hearthline.consults.rules.states import Action, Status
from hearthline.consults.services.moving import lock, move, signature
from hearthline.foundation import clock
from hearthline.identity.actor import Actor


@transaction.atomic
def tell_patient(actor: Actor, *, consult: Consult, how: str) -> Consult:
    """Note that the asker told the patient what came back; from now on the patient may read it too.

    Raises:
        CaseRefusedError: not the asker's side, no answer yet, or told already.
    """
    if not may_answer_for_asker(actor, consult):
        raise CaseRefusedError("not_yours")
    return _tell(actor, consult, how)


def note_read_by_patient(actor: Actor, *, consult: Consult) -> Consult:
    """Note that somebody who asked for themselves opened the final answer: they are told."""
    locked = lock(consult)
    if not locked.is_by_patient or locked.status != Status.FINAL:
        return locked
    return _tell(actor, locked, "read")


def _tell(actor: Actor, consult: Consult, how: str) -> Consult:
    moved = move(actor, consult, Action.TELL)
    Closing.objects.update_or_create(
        organization_id=moved.organization_id,
        consult=moved,
        defaults={"told_how": how, "told_at": clock.now(), **signature(actor)},
    )
    return moved


@transaction.atomic
def close(actor: Actor, *, consult: Consult, next_step: str, referral: str, comment: str = "") -> Consult:
    """Close a case with the two answers: what will be done, and whether a referral was avoided.

    Patients who asked themselves are asked the first one only.

    Raises:
        CaseRefusedError: not the asker's side, an answer is missing, or the patient was not told.
    """
    is_patients_own = consult.is_by_patient and consult.asked_by_id == actor.user_id
    if not is_patients_own and not may_answer_for_asker(actor, consult):
        raise CaseRefusedError("not_yours")
    if next_step not in Closing.Next.values:
        raise CaseRefusedError("no_reason")
    if not is_patients_own and referral not in Closing.Avoided.values:
        raise CaseRefusedError("no_reason")
    moved = move(actor, consult, Action.CLOSE)
    closing = Closing.objects.select_for_update().get(consult=moved)
    closing.next_step, closing.referral, closing.comment = next_step, referral, comment.strip()
    closing.save(update_fields=["next_step", "referral", "comment"])
    return moved
