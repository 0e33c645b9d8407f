"""Which protocols and runs somebody may reach: the only door for a person."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.access import cases_for
from hearthline.monitoring.protocols.models import Protocol, ProtocolRun


def protocols_for(actor: Actor) -> QuerySet[Protocol]:
    """Return the clinic's protocols, for the care team only."""
    if not actor.is_care_team:
        return Protocol.objects.none()
    found = Protocol.objects.filter(organization_id=actor.organization_id)
    return found.select_related("written_by", "approved_by")


def get_protocol_for(actor: Actor, protocol_id: UUID) -> Protocol:
    """Return a protocol.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    found = protocols_for(actor).filter(pk=protocol_id).first()
    if found is None:
        raise Http404
    return found


def get_run_for(actor: Actor, run_id: UUID) -> ProtocolRun:
    """Return a run of a case that the actor may reach.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    runs = ProtocolRun.objects.filter(case__in=cases_for(actor).values("pk"))
    found = runs.select_related("protocol", "case__monitored").filter(pk=run_id).first()
    if found is None:
        raise Http404
    return found
