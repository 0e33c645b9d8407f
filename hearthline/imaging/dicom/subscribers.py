"""Reactions to what was received."""

from hearthline.foundation.events import subscriber
from hearthline.imaging.dicom.events import InstancesStored
from hearthline.imaging.dicom.jobs import make_pictures


@subscriber(InstancesStored)
def make_pictures_ahead(event: InstancesStored) -> None:
    """Have the pictures made that lists and previews show."""
    make_pictures.defer(
        organization_id=event.organization_id, study_id=str(event.study_id), lock=f"pictures-{event.study_id}"
    )
