"""Work after a file came in: examine it; and sweep what nobody finished."""

from uuid import UUID

from hearthline.foundation import clock
from hearthline.foundation.jobs import job, periodic
from hearthline.imaging.intake.examination import examine
from hearthline.imaging.intake.services import uploads
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization


@job(queue="files", opens_own_transactions=True)
def examine_file(organization_id: UUID, *, file_id: str) -> None:
    """Prove what a quarantined file is, make what is shown of it, and settle it."""
    examine(organization_id, UUID(file_id))


@periodic("*/20 * * * *", queue="files")
def sweep_uploads() -> None:
    """End uploads that took longer than a week, and remove drafts that nobody needs any more."""
    for organization in Organization.objects.all():
        with acting_in(organization.pk):
            uploads.sweep_uploads(organization.pk, clock.now())
