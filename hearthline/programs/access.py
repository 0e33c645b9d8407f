"""Who may see and run programs: the only door for a person."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from hearthline.charting.access import records_for
from hearthline.directory.access import patients_for
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership
from hearthline.identity.roles import PRESCRIBER_ROLES
from hearthline.programs.models import Enrollment, ProgramDraft


def enrollments_for(actor: Actor) -> QuerySet[Enrollment]:
    """Return the enrollments of the patients whom the actor, a member of the care team, may reach."""
    if not actor.is_care_team:
        return Enrollment.objects.none()
    return _whole().filter(
        organization_id=actor.organization_id, episode__monitored__patient__in=patients_for(actor)
    )


def get_enrollment_for(actor: Actor, enrollment_id: UUID) -> Enrollment:
    """Return an enrollment that the actor may reach as staff.

    Raises:
        Http404: there is none, or the actor is a stranger to the patient.
    """
    found = enrollments_for(actor).filter(pk=enrollment_id).first()
    if found is None:
        raise Http404
    return found


def own_enrollments_for(actor: Actor) -> QuerySet[Enrollment]:
    """Return the running enrollments that the actor may see as patient or as caregiver of the record."""
    return _whole().filter(
        organization_id=actor.organization_id,
        episode__ends_on=None,
        episode__monitored__patient__in=records_for(actor),
    )


def may_adopt(actor: Actor) -> bool:
    """Whether the actor may take programs into use for the organization: those who prescribe."""
    return actor.has_role(*PRESCRIBER_ROLES)


def drafts_for(actor: Actor) -> QuerySet[ProgramDraft]:
    """Return the organization's open drafts, for the care team."""
    if not actor.is_care_team:
        return ProgramDraft.objects.none()
    rows = ProgramDraft.objects.filter(
        organization_id=actor.organization_id, became__isnull=True, dropped_at__isnull=True
    )
    return rows.select_related("written_by", "changed_by")


def get_draft_for(actor: Actor, draft_id: UUID) -> ProgramDraft:
    """Return an open draft.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    found = drafts_for(actor).filter(pk=draft_id).first()
    if found is None:
        raise Http404
    return found


def may_write(actor: Actor) -> bool:
    """Whether the actor may write drafts of programs: clinicians."""
    return actor.is_clinician


def may_approve(actor: Actor, draft: ProgramDraft) -> bool:
    """Whether the actor may put a draft in use: who prescribes, and had no hand in it.

    Where nobody else of the organization prescribes, its only prescriber approves alone.
    """
    if not may_adopt(actor):
        return False
    if actor.user_id not in (draft.written_by_id, *draft.hands):
        return True
    others = Membership.objects.filter(
        organization_id=actor.organization_id,
        is_active=True,
        roles__overlap=[role.value for role in PRESCRIBER_ROLES],
    )
    return not others.exclude(user_id=actor.user_id).exists()


def _whole() -> QuerySet[Enrollment]:
    return Enrollment.objects.select_related(
        "program", "episode__monitored__patient", "episode__practitioner"
    )
