"""Setting up desks, and agreeing with other organizations; for administrators."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from hearthline.audit.services import record
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.models import Agreement, Desk, DeskPerson, DeskReader, Grant
from hearthline.consults.services.assigning import end_grant
from hearthline.directory.models import Practitioner
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.tenancy.models import Organization

MOST_AGREEMENTS = 200


@transaction.atomic
def save_desk(actor: Actor, *, desk: Desk, readers: Iterable[Practitioner], people: Iterable[UUID]) -> Desk:
    """Keep a desk with its readers and the named people who are told of late answers, in their order."""
    desk.organization_id = actor.organization_id
    desk.save()
    wanted = {one.pk: one for one in readers}
    desk.readers.exclude(practitioner_id__in=wanted).delete()
    for practitioner in wanted.values():
        DeskReader.objects.get_or_create(
            organization_id=actor.organization_id, desk=desk, practitioner=practitioner
        )
    desk.people.all().delete()
    for position, user_id in enumerate(dict.fromkeys(people)):
        DeskPerson.objects.create(
            organization_id=actor.organization_id, desk=desk, user_id=user_id, position=position
        )
    record(actor, "consult_desk.saved", desk)
    return desk


@transaction.atomic
def set_available(actor: Actor, *, is_available: bool) -> int:
    """Say that a reader is away from their desks, or back; return at how many. Open cases stay theirs."""
    own = DeskReader.objects.filter(
        organization_id=actor.organization_id, practitioner__membership__user=actor.user_id
    )
    changed = own.update(is_available=is_available)
    record(actor, "consult_reader.back" if is_available else "consult_reader.away", ("user", actor.user_id))
    return changed


@transaction.atomic
def propose(actor: Actor, *, answering: Organization, specialty: str) -> Agreement:
    """Propose that another organization answers cases of a specialty; it is in force once that one accepts.

    Raises:
        CaseRefusedError: it is the own organization, or such an agreement is open already.
    """
    if answering.pk == actor.organization_id or actor.user_id is None:
        raise CaseRefusedError("no_agreement")
    is_open = Agreement.objects.filter(
        organization_id=actor.organization_id,
        answering_organization=answering,
        specialty=specialty,
        ended_at__isnull=True,
    )
    if is_open.exists():
        raise CaseRefusedError("already")
    made = Agreement.objects.create(
        organization_id=actor.organization_id,
        answering_organization=answering,
        specialty=specialty,
        proposed_by_id=actor.user_id,
    )
    record(actor, "consult_agreement.proposed", made)
    return made


def agreements_of(actor: Actor) -> list[Agreement]:
    """Return the agreements of the actor's organization, on either side, that have not ended."""
    rows = Agreement.objects.filter(ended_at__isnull=True).select_related(
        "organization", "answering_organization"
    )
    return list(rows[:MOST_AGREEMENTS])  # the wall shows those of both sides only


@transaction.atomic
def accept(actor: Actor, *, agreement: Agreement) -> None:
    """Accept, as the answering organization, to answer another one's cases.

    Raises:
        CaseRefusedError: it is for another organization to accept, or it was accepted or ended before.
    """
    locked = Agreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    if locked.answering_organization_id != actor.organization_id:
        raise CaseRefusedError("not_yours")
    if locked.accepted_at is not None or locked.ended_at is not None:
        raise CaseRefusedError("already")
    locked.accepted_at, locked.accepted_by_id = clock.now(), actor.user_id
    locked.save(update_fields=["accepted_at", "accepted_by"])
    record(actor, "consult_agreement.accepted", locked)


@transaction.atomic
def end_agreement(actor: Actor, *, agreement: Agreement, reason: str) -> None:
    """End an agreement, from either side: every case under it is closed to the answering organization at once.

    Raises:
        CaseRefusedError: no reason.
    """
    if not reason.strip():
        raise CaseRefusedError("no_reason")
    for grant in Grant.objects.filter(agreement=agreement, ended_at__isnull=True):
        end_grant(actor, grant=grant, reason=reason)
    locked = Agreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    if locked.ended_at is None:
        locked.ended_at = clock.now()
        locked.save(update_fields=["ended_at"])
        record(actor, "consult_agreement.ended", locked, reason=reason)
