"""The booking's two doors: signed in, and as a stranger of a named organization."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from hearthline.identity.policy import patient_page, public
from hearthline.scheduling.views import booking


@patient_page
@require_http_methods(["GET", "POST"])
def start_own(request: HttpRequest) -> HttpResponse:
    """Begin a booking, signed in."""
    return booking.start(request)


@patient_page
@require_http_methods(["GET", "POST"])
def step_own(request: HttpRequest, draft_id: UUID, name: str) -> HttpResponse:
    """One page of a booking, signed in."""
    return booking.step(request, draft_id, name)


@public
@require_http_methods(["GET", "POST"])
def start_public(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Begin a booking as a stranger."""
    return booking.start(request, organization_slug)


@public
@require_http_methods(["GET", "POST"])
def step_public(request: HttpRequest, organization_slug: str, draft_id: UUID, name: str) -> HttpResponse:
    """One page of a booking as a stranger."""
    return booking.step(request, draft_id, name, organization_slug)
