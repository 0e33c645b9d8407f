"""The worklist: everybody who needs a look, the worst first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.monitoring.triage.queries import BOXES, worklist_for


@require_GET
@clinical()
def worklist(request: HearthlineRequest) -> HttpResponse:
    """Show who needs a look; the stream asks for the same page in the background."""
    box = request.GET.get("box", "all")
    found = worklist_for(
        request.actor, box=box if box in BOXES else "all", after=request.GET.get("after", "")
    )
    context = {"audience": "staff", "list": found}
    return render(request, "triage/worklist.html", context)
