"""What every page knows of the stay: how long it lasts, for the dialog that warns before it ends."""

from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from hearthline.identity.models import User
from hearthline.identity.rules import WARNING_SECONDS


def stay(request: HttpRequest) -> dict[str, Any]:
    """Return the seconds left (worked out when a page asks) and the person's time zone."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return {}
    organization = getattr(request, "organization", None)
    return {
        "frame_parts": ["identity/stay.html"],
        "account_links": account_links(request),
        "stay_seconds": cast("Any", request).arrival.seconds_left,
        "stay_warning_seconds": WARNING_SECONDS,
        "user_zone": cast("User", request.user).zone or (organization.zone if organization else "UTC"),
    }


def account_links(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the places about the person's own account, for the frame."""
    links = [(reverse("mfa_index"), _("How you sign in"))]
    if len(getattr(request, "memberships", ())) > 1:
        links.append((reverse("identity:switch"), _("Change organization")))
    return links
