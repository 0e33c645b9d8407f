"""What every page's frame shows: the organization, where one can go, and who is signed in."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's values for a page."""
    actor = getattr(request, "actor", None)
    return {
        "actor": actor,
        "organization": getattr(request, "organization", None),
        "navigation": [],
    }
