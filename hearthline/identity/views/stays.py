"""Where I am signed in, signing out elsewhere, and staying signed in here."""

from datetime import timedelta
from typing import cast
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hearthline.foundation import clock
from hearthline.identity import sessions
from hearthline.identity.models import SignIn, User
from hearthline.identity.policy import HearthlineRequest, Policy, account, declared_as, signed_in

STAYS_PER_PAGE = 20
STATUS = Policy(
    "public", needs_sign_in=False, needs_membership=False, needs_second_factor=False, is_background=True
)


@signed_in
def stays(request: HearthlineRequest) -> HttpResponse:
    """List where the person is and was signed in."""
    rows = SignIn.objects.filter(user=cast("User", request.user)).order_by("ended_at", "-started_at")
    rows = rows.filter(started_at__gt=clock.now() - timedelta(days=sessions.REMEMBERED_DAYS))
    page = Paginator(rows, STAYS_PER_PAGE).get_page(request.GET.get("page"))
    open_ids = set(sessions.living_stays(cast("User", request.user)))
    context = {"page": page, "open_ids": open_ids, "here": request.actor.session_key}
    return render(request, "identity/stays.html", context)


@require_POST
@signed_in
def end_one(request: HearthlineRequest, stay_id: UUID) -> HttpResponse:
    """Sign out one other device."""
    if not sessions.revoke(actor=request.actor, stay_id=stay_id):
        raise Http404
    messages.success(request, _("That device is signed out. Its calls and pages are closed."))
    return HttpResponseRedirect(reverse("identity:stays"), status=303)


@require_POST
@signed_in
def end_all(request: HearthlineRequest) -> HttpResponse:
    """Sign out everywhere, here too."""
    sessions.revoke_all(actor=request.actor, user=cast("User", request.user))
    get_adapter(request).logout(request)
    return HttpResponseRedirect(reverse("account_login"), status=303)


@declared_as(STATUS)
def status(request: HearthlineRequest) -> HttpResponse:
    """Tell the page's script how long the stay still lasts; asking is no activity.

    A page that outlived a sign-out gets a fresh forgery token here, so that what was typed can still be sent.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"is_signed_in": False})
    return JsonResponse(
        {
            "is_signed_in": True,
            "seconds_left": request.arrival.seconds_left(),
            "user": str(request.user.pk),
            "token": get_token(request),
        }
    )


@require_POST
@account
def go_on(request: HearthlineRequest) -> HttpResponse:
    """Stay signed in: the person answered the warning."""
    return HttpResponse(status=204)


@account
def come_back(request: HearthlineRequest) -> HttpResponse:
    """Say that the other tab goes on (the tab in which a person signed in again)."""
    return render(request, "identity/stay_back.html")
