"""Care relationships and teams: the grounds of a clinician's access."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory import access
from hearthline.directory.models import (
    CareRelationship,
    CareTeam,
    CareTeamMember,
    Patient,
    Practitioner,
)
from hearthline.directory.services.administration import refuse_same_name
from hearthline.foundation import clock
from hearthline.identity.actor import Actor


def _may_assign(actor: Actor) -> bool:
    return actor.kind == "system" or access.may_register_patients(actor)


@transaction.atomic
def add_care_relationship(
    *,
    actor: Actor,
    patient: Patient,
    practitioner: Practitioner | None = None,
    team: CareTeam | None = None,
    kind: str = CareRelationship.Kind.TREATING,
    source: str = CareRelationship.Source.MANUAL,
    source_id: UUID | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> CareRelationship:
    """Note that a practitioner or team cares for a patient.

    With a ``source_id`` (an appointment, a referral) it is idempotent: the same source moves the period and
    practitioner-side row it made before. Callers of a booking act as the patient or staff: whether they may book is
    asked there.
    """
    if (practitioner is None) == (team is None):
        message = "a care relationship has a practitioner or a team"
        raise ValueError(message)
    if source == CareRelationship.Source.MANUAL and not _may_assign(actor):
        raise PermissionDenied
    starts_at = starts_at or clock.now()
    if ends_at is not None and ends_at < starts_at:
        raise ValidationError({"ends_at": _("The end has to be after the start.")})
    key: dict[str, Any] = {
        "organization_id": patient.organization_id,
        "patient": patient,
        "practitioner": practitioner,
        "team": team,
        "source": source,
        "source_id": source_id,
    }
    period = {"kind": kind, "starts_at": starts_at, "ends_at": ends_at}
    if source_id is None:
        relationship = CareRelationship.objects.create(**key, **period)
    else:
        relationship, _is_new = CareRelationship.objects.update_or_create(**key, defaults=period)
    record(actor, "care_relationship.added", relationship, patient_id=patient.id, reason=source)
    return relationship


@transaction.atomic
def end_care_relationship(*, actor: Actor, relationship: CareRelationship) -> None:
    """End a relationship now; access by it ends with it."""
    if not _may_assign(actor):
        raise PermissionDenied
    _end(actor, relationship)


@transaction.atomic
def end_care_relationships_of(*, actor: Actor, source: str, source_id: UUID) -> None:
    """End what a source (a cancelled appointment) had begun; called by the package that owns the source."""
    rows = CareRelationship.objects.filter(
        organization_id=actor.organization_id, source=source, source_id=source_id
    )
    for relationship in rows:
        _end(actor, relationship)


def _end(actor: Actor, relationship: CareRelationship) -> None:
    now = clock.now()
    if relationship.ends_at is not None and relationship.ends_at <= now:
        return
    relationship.starts_at = min(relationship.starts_at, now)
    relationship.ends_at = now
    relationship.save(update_fields=["starts_at", "ends_at"])
    record(actor, "care_relationship.ended", relationship, patient_id=relationship.patient_id)


@transaction.atomic
def save_care_team(*, actor: Actor, team: CareTeam | None, name: str, is_active: bool = True) -> CareTeam:
    """Make or rename a care team."""
    if not access.may_administer(actor):
        raise PermissionDenied
    saved = team or CareTeam(organization_id=actor.organization_id)
    saved.name, saved.is_active = name, is_active
    saved.full_clean(exclude=["organization"])
    refuse_same_name(CareTeam, saved)
    saved.save()
    record(actor, "care_team.saved", saved, fields=("name", "is_active"))
    return saved


@transaction.atomic
def set_care_team_members(*, actor: Actor, team: CareTeam, practitioners: list[Practitioner]) -> None:
    """Make exactly these practitioners the members of a team; who leaves loses the access it gave."""
    if not access.may_administer(actor):
        raise PermissionDenied
    wanted = {practitioner.pk for practitioner in practitioners}
    current = CareTeamMember.objects.select_for_update().filter(team=team, ended_at__isnull=True)
    existing = {member.practitioner_id: member for member in current}
    for practitioner_id, member in existing.items():
        if practitioner_id not in wanted:
            member.ended_at = clock.now()
            member.save(update_fields=["ended_at"])
            record(actor, "care_team_member.ended", member)
    for practitioner_id in wanted - set(existing):
        member = CareTeamMember.objects.create(
            organization_id=team.organization_id, team=team, practitioner_id=practitioner_id
        )
        record(actor, "care_team_member.added", member)
