"""Who may look after things that are lent."""

from uuid import UUID

from django.http import Http404

from hearthline.fleet.models import Asset, Incident
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role

KEEPERS = (Role.TECHNICIAN, Role.ADMINISTRATOR)


def get_asset_for(actor: Actor, asset_id: UUID) -> Asset:
    """Return a thing of the actor's organization.

    Raises:
        Http404: there is none, it is another organization's, or the actor looks after nothing.
    """
    found = Asset.objects.filter(pk=asset_id).first() if actor.has_role(*KEEPERS) else None
    if found is None:
        raise Http404
    return found


def get_incident_for(actor: Actor, incident_id: UUID) -> Incident:
    """Return a technical fault of the actor's organization.

    Raises:
        Http404: there is none, it is another organization's, or the actor is no technician.
    """
    found = None
    if actor.has_role(Role.TECHNICIAN):
        found = Incident.objects.select_related("owner").filter(pk=incident_id).first()
    if found is None:
        raise Http404
    return found
