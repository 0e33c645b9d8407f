"""Work done on the clock: giving back what was held and not booked, telling people in line."""

from hearthline.foundation import clock
from hearthline.foundation.jobs import periodic
from hearthline.scheduling.line_messages import tell_all_near
from hearthline.scheduling.models import BookingDraft
from hearthline.scheduling.services import release_expired_holds
from hearthline.scheduling.services.walk_ins import close_old_places
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

MAXIMUM_DRAFTS_AT_ONCE = 1000


@periodic("* * * * *")
def clear_expired() -> None:
    """Give back expired holds, forget old drafts and look after the lines, one organization after another."""
    for organization_id in Organization.objects.filter(is_active=True).values_list("pk", flat=True):
        with acting_in(organization_id):
            release_expired_holds()
            forget_old_drafts()
            close_old_places()
            tell_all_near()


def forget_old_drafts() -> int:
    """Delete drafts that led nowhere; the red-flag screens that were answered in them stay."""
    old = BookingDraft.objects.filter(expires_at__lte=clock.now(), appointment__isnull=True)
    ids = list(old.values_list("pk", flat=True)[:MAXIMUM_DRAFTS_AT_ONCE])
    BookingDraft.objects.filter(pk__in=ids).delete()
    return len(ids)
