"""Guests: a link whose secret never reaches a log, a cookie for one visit, the same waiting room."""

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from hearthline.identity.actor import Actor
from hearthline.identity.policy import HearthlineRequest, public
from hearthline.tenancy.models import Organization
from hearthline.visits.access import get_visit_for, participant_for
from hearthline.visits.choices import VisitState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.services import guests
from hearthline.visits.services.messages import describe_visit
from hearthline.visits.views.pages import room_data, with_devices
from hearthline.visits.wire import TOKEN_LENGTH

COOKIE_SECONDS = 6 * 3600


def organization_of_request(request: HttpRequest) -> Organization:
    """Return the clinic that an address names."""
    return cast("Organization", cast("Any", request).organization)


@require_GET
@ensure_csrf_cookie
@public
def landing(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """The page a link opens. Its script posts the fragment; previews and mail scanners do not use a link up."""
    data = {
        "redeem": reverse("visits:redeem", args=[organization_slug]),
        "token": get_token(request),
    }
    return render(
        request, "visits/guest_landing.html", {"data": data, "organization": organization_of_request(request)}
    )


@require_POST
@public
def redeem(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Exchange the token for a cookie, once."""
    organization = organization_of_request(request)
    token = request.POST.get("token", "")
    try:
        if not 0 < len(token) <= TOKEN_LENGTH:
            raise VisitRefusedError("invitation")
        redeemed = guests.redeem(organization.pk, token)
    except VisitRefusedError as refused:
        return JsonResponse({"detail": refused.words}, status=410)
    url = reverse("visits:guest_room", args=[organization_slug, redeemed.visit_id])
    response = JsonResponse({"url": url})
    set_guest_cookie(response, organization.pk, redeemed.secret)
    return response


def set_guest_cookie(response: HttpResponse, organization_id: UUID, secret: str) -> None:
    """Bind a redeemed link to this browser."""
    response.set_cookie(
        guests.GUEST_COOKIE,
        f"{organization_id}.{secret}",
        max_age=COOKIE_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def guest_of_request(request: HttpRequest) -> Actor | None:
    """Return the guest that this browser's cookie stands for, of the clinic that the address names."""
    organization = organization_of_request(request)
    named, _, secret = request.COOKIES.get(guests.GUEST_COOKIE, "").partition(".")
    return guests.guest_actor(organization.pk, secret) if named == str(organization.pk) else None


@require_GET
@public
def room(request: HttpRequest, organization_slug: str, visit_id: UUID) -> HttpResponse:
    """The waiting room and call of a guest; it names nobody before admission."""
    organization = organization_of_request(request)
    actor = guest_of_request(request)
    if actor is None:
        return redirect("visits:guest", organization_slug)
    visit = get_visit_for(actor, visit_id)
    guest = participant_for(actor, visit)
    if visit.state == VisitState.ENDED:
        return render(request, "visits/guest_over.html", {"organization": organization})
    after = reverse("visits:guest", args=[organization_slug])
    urls = {
        name: reverse(f"visits:guest_{name}", args=[organization_slug, visit.pk])
        for name in ("stills", "board")
    }
    context = {
        "visit": visit,
        "kind": "guest",
        "guest": guest,
        "standing": describe_visit(visit),
        "organization": organization,
        "data": room_data(cast("HearthlineRequest", request), guest, kind="guest", after_url=after, **urls),
    }
    return with_devices(render(request, "visits/room_patient.html", context))
