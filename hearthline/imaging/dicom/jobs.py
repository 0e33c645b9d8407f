"""Pictures made ahead, so that lists show them at once."""

from uuid import UUID

from hearthline.foundation.jobs import job
from hearthline.imaging.dicom.models import Derived, Instance, TeachingExport
from hearthline.imaging.dicom.pictures import NoPictureError, derive
from hearthline.imaging.dicom.services.teaching import make_files

MOST_AT_ONCE = 50  # the rest in a further job, so that no single one lasts long


@job(queue="images")
def make_pictures(organization_id: UUID, *, study_id: str) -> None:
    """Make thumbnail, preview and HTJ2K of a study's instances that have none; go on in a further job."""
    missing = (
        Instance.objects.filter(series__study_id=study_id, rows__isnull=False, retracted_at__isnull=True)
        .exclude(derived__kind=Derived.Kind.THUMBNAIL)
        .order_by("id")
        .defer("metadata")
    )
    rows = list(missing[: MOST_AT_ONCE + 1])
    made = 0
    for instance in rows[:MOST_AT_ONCE]:
        try:
            derive(instance)
            made += 1
        except NoPictureError:
            continue  # it is shown as an object without a picture
    if len(rows) > MOST_AT_ONCE and made:
        make_pictures.defer(organization_id=organization_id, study_id=study_id, lock=f"pictures-{study_id}")


@job(queue="images")
def make_teaching_files(organization_id: UUID, *, export_id: str) -> None:
    """Make the files of an export for teaching that was released."""
    make_files(TeachingExport.objects.select_for_update().get(pk=export_id))
