"""Reactions to what was received."""

from hearthline.foundation.events import subscriber
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.events import InstancesStored
from hearthline.imaging.dicom.jobs import make_pictures
from hearthline.imaging.dicom.services.receive import receive
from hearthline.imaging.intake.choices import Form, Kind
from hearthline.imaging.intake.events import FileAccepted
from hearthline.imaging.intake.models import File
from hearthline.imaging.intake.services.serving import open_rendition

UPLOADS = "Uploaded files"


@subscriber(InstancesStored)
def make_pictures_ahead(event: InstancesStored) -> None:
    """Have the pictures made that lists and previews show."""
    make_pictures.defer(
        organization_id=event.organization_id, study_id=str(event.study_id), lock=f"pictures-{event.study_id}"
    )


@subscriber(FileAccepted)
def take_dicom_file(event: FileAccepted) -> None:
    """Take a DICOM object that came as a file, as the images of the patient it was sent for; the header is compared."""
    file = File.objects.select_related("patient").get(pk=event.file_id)
    if file.kind != Kind.DICOM:
        return
    actor = Actor.system(event.organization_id, UPLOADS)
    content = open_rendition(actor, file=file, form=Form.ORIGINAL).blob.read()
    receive(
        actor,
        content=content,
        view=memoryview(content),
        spans=[(0, len(content))],
        expected=file.patient,
        source=UPLOADS,
    )
