"""Work after a file came in: examine it; and sweep what nobody finished."""

from uuid import UUID

from hearthline.foundation.jobs import job
from hearthline.imaging.intake.examination import examine


@job(queue="files", opens_own_transactions=True)
def examine_file(organization_id: UUID, *, file_id: str) -> None:
    """Prove what a quarantined file is, make what is shown of it, and settle it."""
    examine(organization_id, UUID(file_id))
