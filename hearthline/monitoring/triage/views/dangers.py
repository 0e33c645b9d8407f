"""The bar of dangerous values, as the page in the background asks for it, and whether it may sound."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.monitoring.triage.dangers import SHOWN_MOST, dangers_for
from hearthline.monitoring.triage.services.sound import set_sound


@require_GET
@clinical(is_background=True)
def dangers(request: HearthlineRequest) -> HttpResponse:
    """Return what waits for the actor, for the bar on their page."""
    context = {"dangers": dangers_for(request.actor), "dangers_most": SHOWN_MOST}
    return render(request, "triage/_dangers.html", context)


@require_POST
@clinical()
def sound(request: HearthlineRequest) -> HttpResponse:
    """Turn the actor's own sound on or off."""
    set_sound(actor=request.actor, is_wanted=request.POST.get("is_wanted") == "1")
    return redirect("triage:on_call")
