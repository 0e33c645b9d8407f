"""Whose accounts at vendors a person may see and change: those of whom they see the readings."""

from uuid import UUID

from hearthline.identity.actor import Actor
from hearthline.monitoring.home.access import require_monitored_for
from hearthline.monitoring.readings.models import MonitoredPatient
from hearthline.monitoring.vendors.models import VendorLink


def get_newest_link_for(actor: Actor, patient_id: UUID) -> tuple[MonitoredPatient, VendorLink | None]:
    """Return a monitored person and their newest link, if they ever had one.

    Raises:
        Http404: the actor may not see them, or they are not monitored.
    """
    monitored = require_monitored_for(actor, patient_id)
    link = VendorLink.objects.filter(monitored=monitored).order_by("-created_at", "-id").first()
    return monitored, link
