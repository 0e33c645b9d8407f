"""Who may open, see and review emergency access, and who may search the audit."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from hearthline.compliance.models import BreakGlass
from hearthline.identity.actor import Actor
from hearthline.identity.roles import CLINICIAN_ROLES, Role

REVIEWER_ROLES = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
AUDIT_READER_ROLES = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})


def may_open_break_glass(actor: Actor) -> bool:
    """Return whether the actor is somebody who may need a stranger's record to help: a clinician, a navigator."""
    return actor.user_id is not None and actor.has_role(*CLINICIAN_ROLES, Role.NAVIGATOR)


def may_review_break_glass(actor: Actor, opening: BreakGlass) -> bool:
    """Return whether the actor may close a review: a privacy officer or administrator, never the opener."""
    return actor.has_role(*REVIEWER_ROLES) and actor.user_id is not None and actor.user_id != opening.user_id


def may_search_audit(actor: Actor) -> bool:
    """Return whether the actor may search the audit of the organization."""
    return actor.has_role(*AUDIT_READER_ROLES)


def openings_for(actor: Actor) -> QuerySet[BreakGlass]:
    """Return the openings the actor may see: reviewers all, others their own."""
    openings = BreakGlass.objects.filter(organization_id=actor.organization_id)
    if actor.has_role(*REVIEWER_ROLES):
        return openings
    return openings.filter(user_id=actor.user_id) if actor.user_id else openings.none()


def get_opening_for(actor: Actor, opening_id: UUID) -> BreakGlass:
    """Return an opening the actor may see.

    Raises:
        Http404: there is none, or it is not the actor's to see.
    """
    found = openings_for(actor).filter(pk=opening_id).first()
    if found is None:
        raise Http404
    return found
