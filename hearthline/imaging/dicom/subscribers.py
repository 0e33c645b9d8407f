"""Reactions to what was received."""

from hearthline.foundation.blobs import open_blob
from hearthline.foundation.events import subscriber
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.events import InstancesStored, TeachingExportReleased
from hearthline.imaging.dicom.jobs import make_pictures, make_teaching_files
from hearthline.imaging.dicom.services.receive import receive
from hearthline.imaging.intake.choices import Form, Kind
from hearthline.imaging.intake.events import FileAccepted
from hearthline.imaging.intake.models import Rendition

UPLOADS = "Uploaded files"


@subscriber(InstancesStored)
def make_pictures_ahead(event: InstancesStored) -> None:
    """Have the pictures made that lists and previews show."""
    make_pictures.defer(
        organization_id=event.organization_id, study_id=str(event.study_id), lock=f"pictures-{event.study_id}"
    )


@subscriber(TeachingExportReleased)
def make_files_for_teaching(event: TeachingExportReleased) -> None:
    """Have the files made of what somebody has looked at."""
    make_teaching_files.defer(organization_id=event.organization_id, export_id=str(event.export_id))


@subscriber(FileAccepted)
def take_dicom_file(event: FileAccepted) -> None:
    """Take a DICOM object that came as a file, as the images of the patient it was sent for; the header is compared."""
    kept = Rendition.objects.select_related("file__patient").get(file_id=event.file_id, form=Form.ORIGINAL)
    if kept.file.kind != Kind.DICOM:
        return
    actor = Actor.system(event.organization_id, UPLOADS)
    content = open_blob(event.organization_id, kept.sha256).read()
    receive(
        actor,
        content=content,
        view=memoryview(content),
        spans=[(0, len(content))],
        expected=kept.file.patient,
        source=UPLOADS,
    )
