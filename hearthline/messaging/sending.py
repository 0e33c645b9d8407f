"""The job that sends one notification."""

from uuid import UUID

from hearthline.foundation.jobs import job
from hearthline.messaging.delivery import deliver_one


@job(queue="messages", opens_own_transactions=True)
def deliver(organization_id: UUID, *, notification_id: str) -> None:
    """Send one notification; a later try is a later job."""
    again_at = deliver_one(organization_id, UUID(notification_id))
    if again_at is not None:
        deliver.defer(organization_id=organization_id, at=again_at, notification_id=notification_id)
