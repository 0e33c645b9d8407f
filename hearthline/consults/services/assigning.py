"""Giving a case to a reader, giving it back, and granting it to another organization."""

from typing import Any
from uuid import UUID

from django.db import transaction

from hearthline.audit.services import record
from hearthline.consults.access import is_ours, is_reader
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.events import CaseGranted
from hearthline.consults.models import Agreement, Consult, Desk, DeskReader, Grant, Move
from hearthline.consults.rules import assigning as rules
from hearthline.consults.rules.clocks import due_after_pause
from hearthline.consults.rules.states import ANSWERED, OVER, RUNNING, Action, Status
from hearthline.consults.services.moving import (
    lock,
    move,
    record_case,
    tell_asker,
    tell_coordinators,
    tell_reader,
)
from hearthline.directory.access import today_in
from hearthline.directory.models import Consent, ConsentKind, PatientAccount
from hearthline.directory.queries import licences_by_practitioner
from hearthline.directory.rules import is_licensed
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor

MOST_CANDIDATES = 100


def candidates_for(organization_id: UUID, consult: Consult) -> list[rules.Candidate]:
    """Return the readers of an organization's desk for a case. The transaction speaks for that organization."""
    desk = Desk.objects.filter(
        organization_id=organization_id, specialty=consult.specialty, is_open=True
    ).first()
    if desk is None:
        return []
    readers = desk.readers.filter(practitioner__is_active=True).select_related("practitioner__membership")
    licences = licences_by_practitioner(organization_id)
    today = today_in(organization_id)
    conflicted = set(
        Move.objects.filter(consult=consult, cause="conflict").values_list("by_id", flat=True)
    ) | set(PatientAccount.objects.filter(patient_id=consult.patient_id).values_list("user_id", flat=True))
    return [
        rules.Candidate(
            user_id=reader.practitioner.membership.user_id,
            name=reader.practitioner.full_name,
            is_available=reader.is_available,
            open_cases=_count_open(reader.practitioner.membership.user_id),
            most_open=reader.most_open,
            is_licensed=is_licensed(licences.get(reader.practitioner_id, []), consult.jurisdiction, today),
            speaks_language=_speaks(reader, consult.language),
            has_conflict=reader.practitioner.membership.user_id in {*conflicted, consult.asked_by_id},
        )
        for reader in readers.prefetch_related("practitioner__languages")[:MOST_CANDIDATES]
    ]


def _count_open(user_id: UUID) -> int:
    return Consult.objects.filter(assignee=user_id, status__in=RUNNING - {Status.WAITING}).count()


def _speaks(reader: DeskReader, language: str) -> bool:
    spoken = {one.language.split("-", maxsplit=1)[0] for one in reader.practitioner.languages.all()}
    return language in spoken


def assign_by_itself(consult: Consult, organization_id: UUID | None = None) -> Consult:
    """Give a case to the reader whom the rules choose; when there is none, coordinators are told and it waits."""
    where = organization_id or consult.organization_id
    chosen = rules.choose(candidates_for(where, consult), by_patient=consult.is_by_patient)
    if chosen is None:
        if where == consult.organization_id:
            tell_coordinators(consult)
        return consult
    return _give(Actor.system(where, "assignment"), consult, chosen, reason="")


def _give(actor: Actor, consult: Consult, chosen: rules.Candidate, *, reason: str) -> Consult:
    moved = move(
        actor,
        consult,
        Action.ASSIGN,
        reason=reason,
        to_user_id=chosen.user_id,
        to_name=chosen.name,
        assignee_id=chosen.user_id,
        assignee_name=chosen.name,
        assignee_organization_id=actor.organization_id,
    )
    tell_reader(moved)
    return moved


@transaction.atomic
def assign(actor: Actor, *, consult: Consult, user_id: UUID, reason: str = "") -> Consult:
    """Give a case to a reader of the actor's own organization. The view has asked whether the actor coordinates.

    Raises:
        CaseRefusedError: no such reader, a conflict, an obstacle without a reason, or the case moved on.
    """
    found = next(
        (one for one in candidates_for(actor.organization_id, consult) if one.user_id == user_id), None
    )
    if found is None:
        raise CaseRefusedError("obstacle")
    obstacles = rules.find_obstacles(found, by_patient=consult.is_by_patient)
    if not rules.may_assign(obstacles, reason=reason):
        raise CaseRefusedError("conflict" if rules.Obstacle.CONFLICT in obstacles else "obstacle")
    return _give(actor, consult, found, reason=reason)


@transaction.atomic
def hand_back(actor: Actor, *, consult: Consult, reason: str, has_conflict: bool = False) -> Consult:
    """Give a case back, by its reader or a coordinator; a conflict of interest is remembered.

    Raises:
        CaseRefusedError: no reason, or the case moved on.
    """
    cause = "conflict" if has_conflict and is_reader(actor, consult) else ""
    moved = _back(actor, consult, reason=reason, cause=cause)
    tell_coordinators(moved)
    return moved


def _back(actor: Actor, consult: Consult, *, reason: str, cause: str = "") -> Consult:
    locked = lock(consult)
    changes: dict[str, Any] = {"assignee": None, "assignee_organization": None, "assignee_name": ""}
    if locked.paused_at is not None and locked.seconds_left is not None:
        due = due_after_pause(locked.calendar, clock.now(), locked.seconds_left)
        changes |= {"paused_at": None, "seconds_left": None, "due_at": due}
    return move(actor, locked, Action.HAND_BACK, reason=reason, cause=cause, **changes)


@transaction.atomic
def decline(actor: Actor, *, consult: Consult, reason: str) -> Consult:
    """Say that nobody here will answer, and why; the asker is told."""
    moved = move(actor, consult, Action.DECLINE, reason=reason)
    tell_asker(moved)
    _end_open_grant(actor, moved, reason=reason)
    return moved


@transaction.atomic
def withdraw(actor: Actor, *, consult: Consult, reason: str) -> Consult:
    """Take a question back; whoever reads it is told, another organization's access ends."""
    before = consult.status
    moved = move(actor, consult, Action.WITHDRAW, reason=reason, paused_at=None, seconds_left=None)
    if before not in (Status.DRAFT, Status.ASKED):
        tell_reader(moved)
    _end_open_grant(actor, moved, reason=reason)
    return moved


def agreements_for(actor: Actor, specialty: str) -> list[Agreement]:
    """Return the agreements by which others answer the actor's organization's cases of a specialty."""
    rows = Agreement.objects.filter(
        organization_id=actor.organization_id,
        specialty=specialty,
        accepted_at__isnull=False,
        ended_at__isnull=True,
    )
    return list(rows.select_related("answering_organization")[:50])


@transaction.atomic
def grant_case(actor: Actor, *, consult: Consult, agreement_id: UUID) -> Grant:
    """Let another organization see and answer this one case, by an agreement in force.

    Raises:
        CaseRefusedError: no agreement, consent to sharing was withdrawn, or the case waits for no reader.
    """
    locked = lock(consult)
    agreement = next((one for one in agreements_for(actor, locked.specialty) if one.pk == agreement_id), None)
    if agreement is None or not is_ours(actor, locked):
        raise CaseRefusedError("no_agreement")
    if _sharing_withdrawn(locked):
        raise CaseRefusedError("no_sharing")
    if locked.status != Status.ASKED or Grant.objects.filter(consult=locked, ended_at__isnull=True).exists():
        raise CaseRefusedError("moved_on")
    grant = Grant.objects.create(
        organization_id=locked.organization_id,
        consult=locked,
        agreement=agreement,
        answering_organization_id=agreement.answering_organization_id,
        granted_by_id=actor.user_id,
        granted_at=clock.now(),
    )
    record(actor, "consult.granted", grant, patient_id=locked.patient_id)
    publish(CaseGranted(organization_id=agreement.answering_organization_id, consult_id=locked.id))
    return grant


def _sharing_withdrawn(consult: Consult) -> bool:
    newest = (
        Consent.objects.filter(patient_id=consult.patient_id, kind=ConsentKind.SHARING)
        .order_by("-given_at")
        .first()
    )
    return newest is not None and newest.withdrawn_at is not None


@transaction.atomic
def end_grant(actor: Actor, *, grant: Grant, reason: str) -> None:
    """End another organization's access at once; a case that was with it is asked again.

    Either side may end it. Ending an ended one changes nothing.

    Raises:
        CaseRefusedError: no reason.
    """
    if not reason.strip():
        raise CaseRefusedError("no_reason")
    consult = Consult.objects.select_for_update(of=("self",)).filter(pk=grant.consult_id).first()
    if consult is None:
        return
    is_with_them = consult.assignee_organization_id == grant.answering_organization_id
    if is_with_them and consult.status in RUNNING - {Status.ASKED}:
        consult = _back(actor, consult, reason=reason)
    if consult.status not in ANSWERED | OVER:
        tell_coordinators(consult)
    _end_open_grant(actor, consult, reason=reason)


def _end_open_grant(actor: Actor, consult: Consult, *, reason: str) -> None:
    grant = Grant.objects.select_for_update().filter(consult=consult, ended_at__isnull=True).first()
    if grant is None:
        return
    record_case(actor, "consult.grant_ended", consult)
    grant.ended_at, grant.ended_by_id, grant.end_reason = clock.now(), actor.user_id, reason.strip()
    grant.save(update_fields=["ended_at", "ended_by", "end_reason"])
