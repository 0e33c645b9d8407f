"""The tokens of a link: kept sealed, refreshed by one worker at a time."""

from datetime import datetime, timedelta
from uuid import UUID

from hearthline.foundation import clock
from hearthline.monitoring.vendors import client
from hearthline.monitoring.vendors.models import VendorLink
from hearthline.monitoring.vendors.withings import Tokens, VendorRefusedError
from hearthline.tenancy.context import acting_in

MARGIN = timedelta(minutes=1)  # a token that ends while we ask is of no use


def keep_tokens(link: VendorLink, tokens: Tokens, now: datetime) -> None:
    """Put tokens into a link, which the caller saves."""
    link.access_token, link.refresh_token = tokens.access_token, tokens.refresh_token
    link.access_ends_at = now + timedelta(seconds=tokens.expires_in)


def usable_token(organization_id: UUID, link_id: UUID, *, refused: str = "") -> str:
    """Return a token that opens, refreshed if it is at its end or is the one that was ``refused``.

    The link's row is locked meanwhile: a second worker waits, and finds the new token instead of using up the old
    refresh token. Should we die before the new one is kept, the vendor still takes the old for some hours.

    Raises:
        VendorRefusedError: the link is over, or the vendor says so.
        VendorAwayError: no answer.
    """
    with acting_in(organization_id):
        link = VendorLink.objects.select_for_update().get(pk=link_id)
        if link.state != VendorLink.State.ACTIVE:
            raise VendorRefusedError(link.state)
        now = clock.now()
        if link.access_token == refused or link.access_ends_at <= now + MARGIN:
            keep_tokens(link, client.refresh(link.refresh_token), now)
            link.save(update_fields=["access_token", "refresh_token", "access_ends_at"])
        return link.access_token
