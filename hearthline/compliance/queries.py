"""What compliance knows, for the packages above."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from hearthline.compliance.models import BreakGlass
from hearthline.foundation import clock
from hearthline.identity.actor import Actor


def active_break_glass(actor: Actor) -> QuerySet[BreakGlass]:
    """Return the actor's emergency accesses of this moment."""
    openings = BreakGlass.objects.filter(organization_id=actor.organization_id)
    if actor.user_id is None or not actor.is_care_team:
        return openings.none()
    return openings.filter(user_id=actor.user_id, ended_at__isnull=True, expires_at__gt=clock.now())


def active_break_glass_patient_ids(actor: Actor) -> QuerySet[BreakGlass, Any]:
    """Return the patients that the actor reaches by emergency access, as a subquery for ``pk__in``."""
    return active_break_glass(actor).values("patient_id")


def break_glass_until(actor: Actor, patient_id: UUID) -> BreakGlass | None:
    """Return the actor's running emergency access to a patient, for the banner on that patient's pages."""
    return active_break_glass(actor).filter(patient_id=patient_id).first()


def awaiting_review(organization_id: UUID) -> QuerySet[BreakGlass]:
    """Return the openings nobody has reviewed yet, the oldest first."""
    openings = BreakGlass.objects.filter(organization_id=organization_id, reviewed_at__isnull=True)
    return openings.order_by("created_at", "pk")
