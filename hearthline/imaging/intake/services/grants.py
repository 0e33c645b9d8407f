"""Who else may see a file: the one hook for packages above."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.imaging.intake.models import File, FileGrant


@transaction.atomic
def grant_file(
    actor: Actor,
    *,
    file: File,
    to_organization_id: UUID,
    subject: tuple[str, UUID],
    to_user_id: UUID | None = None,
    ends_at: datetime | None = None,
) -> FileGrant:
    """Let an organization's clinicians (or one person of it) see a file, for a reason named by ``subject``.

    ``subject`` is type and id of what the file is shown for, for example ``("consults.consult", consult.id)``. The
    caller has reached the file by ``access.get_file_for``. Granted twice is granted once.
    """
    grant, is_new = FileGrant.objects.get_or_create(
        organization_id=file.organization_id,
        file=file,
        to_organization_id=to_organization_id,
        to_user_id=to_user_id,
        subject_type=subject[0],
        subject_id=subject[1],
        ended_at=None,
        defaults={"ends_at": ends_at},
    )
    if is_new:
        record(actor, "file.granted", file, patient_id=file.patient_id, reason=subject[0])
    return grant


@transaction.atomic
def end_grants(actor: Actor, *, subject: tuple[str, UUID], to_user_id: UUID | None = None) -> int:
    """End what was granted for a subject (to one person, or all of it) at once; return how many grants ended."""
    grants = FileGrant.objects.select_for_update().filter(
        organization_id=actor.organization_id,
        subject_type=subject[0],
        subject_id=subject[1],
        ended_at__isnull=True,
    )
    if to_user_id is not None:
        grants = grants.filter(to_user_id=to_user_id)
    ended = list(grants.select_related("file"))
    for grant in ended:
        grant.ended_at = clock.now()
        grant.save(update_fields=["ended_at"])
        record(actor, "file.grant_ended", grant.file, patient_id=grant.file.patient_id, reason=subject[0])
    return len(ended)
