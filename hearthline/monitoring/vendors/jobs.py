"""Asking vendors by the clock, in case they did not call, were away, or a worker died."""

from datetime import timedelta
from uuid import UUID

from hearthline.foundation import clock
from hearthline.foundation.jobs import periodic
from hearthline.monitoring.vendors import rules
from hearthline.monitoring.vendors.models import VendorLink, VendorNotification
from hearthline.monitoring.vendors.services.pulling import pull_soon
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

DUE_AT_ONCE = 50  # of one organization in a minute: the vendor takes 120 requests a minute from all of us
NOTIFICATIONS_KEPT = timedelta(days=90)


@periodic("* * * * *", queue="readings")
def pull_due() -> None:
    """Queue the accounts whose time has come, in each organization."""
    for organization_id in Organization.objects.filter(is_active=True).values_list("id", flat=True):
        with acting_in(organization_id):
            queue_due(organization_id)


def queue_due(organization_id: UUID) -> int:
    """Queue what is due in one organization, leased so that it is queued once; return how many."""
    now = clock.now()
    due = list(
        VendorLink.objects.select_for_update(skip_locked=True)
        .filter(organization_id=organization_id, state=VendorLink.State.ACTIVE, next_pull_at__lte=now)
        .order_by("next_pull_at")[:DUE_AT_ONCE]
    )
    for link in due:
        link.next_pull_at = now + rules.LEASE
        link.save(update_fields=["next_pull_at"])
        pull_soon(link, is_due=True)
    return len(due)


@periodic("41 3 * * *", queue="readings")
def forget_notifications() -> None:
    """Remove what vendors said long ago and was settled."""
    before = clock.now() - NOTIFICATIONS_KEPT
    for organization_id in Organization.objects.filter(is_active=True).values_list("id", flat=True):
        with acting_in(organization_id):
            VendorNotification.objects.filter(settled_at__lt=before).delete()
