"""Choosing which of one's organizations to work in."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hearthline.audit.services import record
from hearthline.identity import sessions
from hearthline.identity.accounts import actor_of
from hearthline.identity.models import Membership, User
from hearthline.identity.policy import HearthlineRequest, account
from hearthline.identity.roles import Role
from hearthline.tenancy.context import acting_in


@require_http_methods(["GET", "POST"])
@account
def switch(request: HearthlineRequest) -> HttpResponse:
    """List the person's organizations, or go to work in another one."""
    user = cast("User", request.user)
    memberships = user.active_memberships()
    if request.method == "POST":
        wanted = request.POST.get("membership", "")
        chosen = next((one for one in memberships if str(one.id) == wanted), None)
        if chosen is None:
            raise Http404
        return _switched(request, user, chosen)
    rows = [{"membership": one, "roles": [Role(role).label for role in one.roles]} for one in memberships]
    return render(request, "identity/switch.html", {"rows": rows, "locked": user.locked_memberships()})


def _switched(request: HearthlineRequest, user: User, chosen: Membership) -> HttpResponse:
    sessions.choose_organization(request, chosen)
    with acting_in(chosen.organization_id, user.id):
        record(
            actor_of(chosen, user, origin=request.META.get("REMOTE_ADDR", "")), "organization.entered", chosen
        )
    messages.success(request, _("You are now in %(name)s.") % {"name": chosen.organization.name})
    return HttpResponseRedirect("/", status=303)
