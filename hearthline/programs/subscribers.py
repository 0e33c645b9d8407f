"""What programs do when something happens below."""

from hearthline.fleet.events import PlacementEnded
from hearthline.foundation.events import subscriber
from hearthline.identity.actor import Actor
from hearthline.monitoring.readings.models import Device
from hearthline.programs.lending import end_assignments


@subscriber(PlacementEnded)
def end_measuring(event: PlacementEnded) -> None:
    """A thing that is back, lost or retired measures nobody."""
    actor = Actor.system(event.organization_id, "fleet")
    for device in Device.objects.filter(placement_reference=event.reference):
        end_assignments(actor, device)
