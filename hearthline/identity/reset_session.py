"""What the browser that used the link of a reset keeps in its session."""

from uuid import UUID

from django.http import HttpRequest

from hearthline.identity.reset_use import Claim

CLAIM_KEY = "second_factor_reset"


def remember(request: HttpRequest, claim: Claim) -> None:
    """Bind setting up the next second factor to this session."""
    request.session[CLAIM_KEY] = [str(claim.organization_id), str(claim.reset_id), claim.secret]


def held_by(request: HttpRequest) -> Claim | None:
    """Return the claim of this session, if it used a link."""
    kept = request.session.get(CLAIM_KEY)
    return Claim(UUID(kept[0]), UUID(kept[1]), kept[2]) if kept else None


def forget(request: HttpRequest) -> None:
    """Drop the claim: the new second factor stands."""
    request.session.pop(CLAIM_KEY, None)
