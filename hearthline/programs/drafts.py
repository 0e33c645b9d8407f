"""Write the organization's own version of a program, part by part, and put it in use."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.programs import access
from hearthline.programs.definitions import DefinitionError, read_definition
from hearthline.programs.models import Program, ProgramDraft
from hearthline.programs.services import adopt_program

Content = dict[str, Any]


@transaction.atomic
def begin_draft(actor: Actor, *, content: Mapping[str, Any]) -> ProgramDraft:
    """Copy a program into a draft; where one is being written already, return that one.

    Raises:
        PermissionDenied: the actor is no clinician.
    """
    if not access.may_write(actor):
        raise PermissionDenied
    user_id = _user_of(actor)
    code = str(content["code"])
    open_drafts = access.drafts_for(actor).filter(code=code)
    if (found := open_drafts.first()) is not None:
        return found
    try:
        with transaction.atomic():
            draft = ProgramDraft.objects.create(
                organization_id=actor.organization_id,
                code=code,
                content=deepcopy(dict(content)),
                written_by_id=user_id,
                changed_by_id=user_id,
            )
    except IntegrityError:  # somebody else began it at the same moment
        return open_drafts.get()
    record(actor, "program.draft_begun", draft, reason=code)
    return draft


@transaction.atomic
def change_draft(
    actor: Actor, *, draft: ProgramDraft, edition: int, change: Callable[[Content], None], what: str
) -> None:
    """Change a part of a draft. It has to remain a program after each change.

    Raises:
        PermissionDenied: the actor is no clinician.
        ValidationError: it is no program any more, is in use already, or was changed meanwhile (``edition``).
    """
    locked = _lock(actor, draft)
    if locked.edition != edition:
        raise ValidationError(
            _("Somebody changed this draft meanwhile. Open it again and look at what is new.")
        )
    content = deepcopy(locked.content)
    change(content)
    try:
        read_definition(content)
    except DefinitionError as wrong:
        raise ValidationError(_("This would be no program: %(problem)s.") % {"problem": wrong}) from None
    user_id = _user_of(actor)
    locked.content, locked.changed_at, locked.changed_by_id = content, clock.now(), user_id
    locked.hands = sorted({*locked.hands, user_id}, key=str)
    locked.edition += 1
    locked.save(update_fields=["content", "changed_at", "changed_by", "hands", "edition"])
    record(actor, "program.draft_changed", locked, reason=what)


@transaction.atomic
def drop_draft(actor: Actor, *, draft: ProgramDraft) -> None:
    """Give a draft up.

    Raises:
        PermissionDenied: the actor is no clinician.
        ValidationError: it is in use already.
    """
    locked = _lock(actor, draft)
    locked.dropped_at = clock.now()
    locked.save(update_fields=["dropped_at"])
    record(actor, "program.draft_dropped", locked, reason=locked.code)


@transaction.atomic
def approve_draft(actor: Actor, *, draft: ProgramDraft, edition: int, reason: str) -> Program:
    """Put a draft in use under the next number: who enrolls from now on is in it, everybody else stays as they are.

    Raises:
        PermissionDenied: the actor does not prescribe, or wrote it and somebody else could approve it.
        ValidationError: no reason was given, or it was changed since the actor looked.
    """
    locked = _lock(actor, draft)
    if not access.may_approve(actor, locked):
        raise PermissionDenied
    if not reason.strip():
        raise ValidationError(_("Write why this version is better."))
    if locked.edition != edition:
        raise ValidationError(
            _("Somebody changed this draft meanwhile. Open it again and look at what is new.")
        )
    content = locked.content | {"version": next_version(locked.code, locked.content["version"])}
    program = adopt_program(actor, content=content)
    program.written_by_id, program.reason = locked.written_by_id, reason.strip()
    program.save(update_fields=["written_by", "reason"])
    locked.became = program
    locked.save(update_fields=["became"])
    record(actor, "program.draft_approved", locked, reason=f"{program.code} version {program.version}")
    return program


def next_version(code: str, copied: int) -> int:
    """Return the number of the next version: above every one in use here and the one it was copied from."""
    newest = Program.objects.filter(code=code).aggregate(last=Max("version"))["last"] or 0
    return max(int(newest), copied) + 1


def _lock(actor: Actor, draft: ProgramDraft) -> ProgramDraft:
    if not access.may_write(actor):
        raise PermissionDenied
    locked = ProgramDraft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if not locked.is_open:
        raise ValidationError(_("This draft is no longer open. Look at the catalogue."))
    return locked


def _user_of(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise PermissionDenied
    return actor.user_id
