"""Who may see and make claims: those who run the clinic, and prescribers for the people they care for."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from hearthline.billing.models import Claim
from hearthline.directory.access import Purpose, patients_for
from hearthline.identity.actor import Actor
from hearthline.identity.roles import PRESCRIBER_ROLES, Role
from hearthline.monitoring.episodes.models import Episode

BILLING_ROLES = (Role.ADMINISTRATOR, *sorted(PRESCRIBER_ROLES))


def billed_episodes_for(actor: Actor) -> QuerySet[Episode]:
    """Return the episodes whose claims the actor may see and make."""
    if not actor.has_role(*BILLING_ROLES):
        return Episode.objects.none()
    return Episode.objects.filter(
        organization_id=actor.organization_id,
        monitored__patient__in=patients_for(actor, Purpose.DEMOGRAPHICS),
    ).select_related("monitored__patient", "practitioner", "consent__text")


def get_billed_episode_for(actor: Actor, episode_id: UUID) -> Episode:
    """Return an episode whose claims the actor may see and make.

    Raises:
        Http404: there is none, or the actor has no business with it.
    """
    found = billed_episodes_for(actor).filter(pk=episode_id).first()
    if found is None:
        raise Http404
    return found


def get_claim_for(actor: Actor, claim_id: UUID) -> Claim:
    """Return a claim that the actor may see.

    Raises:
        Http404: there is none, or the actor has no business with it.
    """
    found = (
        Claim.objects.filter(pk=claim_id, episode__in=billed_episodes_for(actor))
        .select_related("patient", "practitioner", "episode", "claimed_by")
        .first()
    )
    if found is None:
        raise Http404
    return found
