"""What every page's frame shows: the organization, where one can go, and who is signed in."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from hearthline.identity.actor import Actor
from hearthline.web.navigation import places_for


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's values for a page."""
    actor: Actor | None = getattr(request, "actor", None)
    return {
        "actor": actor,
        "organization": getattr(request, "organization", None),
        "audience": "staff" if actor is not None and actor.is_staff else "patient",
        "actor_role": ", ".join(sorted(str(role.label) for role in actor.roles)) if actor is not None else "",
        "sign_out_url": reverse("account_logout") if request.user.is_authenticated else "",
        "navigation": places_for(actor, request.path) if actor is not None else [],
    }
