"""Pages that join features: the start, the clinic's own page, and where each person's day begins."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from hearthline.identity.actor import Actor
from hearthline.identity.policy import HearthlineRequest, clinical, patient_page, public
from hearthline.identity.roles import Role
from hearthline.web.care import home_for, people_of
from hearthline.web.day import day_for
from hearthline.web.navigation import home_of


@require_GET
@public
def start(request: HttpRequest) -> HttpResponse:
    """Send people who are signed in to where their day begins; tell others what this is."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is not None:
        return redirect(home_of(actor))
    return render(request, "web/start.html", {"audience": "patient"})


@require_GET
@public
def clinic(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Show a clinic's own page: book, sign in, call."""
    return render(request, "web/clinic.html", {"audience": "patient"})


@require_GET
@patient_page
def care(request: HearthlineRequest, patient_id: UUID | None = None) -> HttpResponse:
    """Show a patient (or a caregiver, for the person chosen) what to do today."""
    people = people_of(request.actor)
    if not people and request.actor.has_role(Role.PATIENT):
        return redirect("directory:about_you")
    chosen = next((person for person in people if patient_id in (None, person.id)), None)
    if chosen is None and patient_id is not None:
        raise Http404
    home = home_for(request.actor, chosen) if chosen else None
    return render(request, "web/care.html", {"audience": "patient", "people": people, "home": home})


@require_GET
@clinical()
def today(request: HearthlineRequest) -> HttpResponse:
    """Show the care team the day: who waits, what is next, what is missing."""
    shown = day_for(request.actor, whole_clinic=request.GET.get("who") == "all")
    template = "web/_day.html" if request.headers.get("X-Fragment") else "web/today.html"
    return render(request, template, {"audience": "staff", "day": shown})
