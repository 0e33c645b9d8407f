"""Work of the worker: sending, picking up what was left, and watching itself."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db.models import Q

from hearthline.foundation import clock
from hearthline.foundation.jobs import periodic
from hearthline.messaging import oversight
from hearthline.messaging.models import Notification
from hearthline.messaging.rules import State
from hearthline.messaging.sending import deliver
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

logger = logging.getLogger(__name__)

LEFT_BEHIND_AFTER = timedelta(seconds=45)
PUT_OFF = timedelta(minutes=15)
SWEEP_SECONDS = 50
SWEEP_PER_ORGANIZATION = 200


@periodic("* * * * *", queue="messages")
def pick_up_what_was_left() -> None:
    """Send what is due and has no worker: its job was lost, or its worker died with the lease in hand."""
    until = clock.now() + timedelta(seconds=SWEEP_SECONDS)
    for organization_id in Organization.objects.filter(is_active=True).values_list("id", flat=True):
        for notification_id in left_behind(organization_id):
            if clock.now() >= until:
                return
            _deliver_or_postpone(organization_id, notification_id)


def _deliver_or_postpone(organization_id: UUID, notification_id: UUID) -> None:
    """Send one; a row that breaks the sending is put off, so that it cannot hold up those behind it."""
    try:
        deliver(organization_id, notification_id=str(notification_id))
    except Exception:
        logger.exception("notification could not be prepared", extra={"notification": str(notification_id)})
        with acting_in(organization_id):
            Notification.objects.filter(pk=notification_id, state=State.QUEUED).update(
                due_at=clock.now() + PUT_OFF
            )


def left_behind(organization_id: UUID) -> list[UUID]:
    """Return what should be on its way and is not, oldest first."""
    now = clock.now()
    with acting_in(organization_id):
        return list(
            Notification.objects.filter(
                Q(state=State.QUEUED, due_at__lte=now - LEFT_BEHIND_AFTER)
                | Q(state=State.SENDING, lease_until__lte=now)
            )
            .order_by("due_at")
            .values_list("id", flat=True)[:SWEEP_PER_ORGANIZATION]
        )


@periodic("* * * * *", queue="messages")
def show_life_and_watch() -> None:
    """Show that the worker works, and look for reminders that did not go."""
    oversight.beat()
    oversight.watch()
