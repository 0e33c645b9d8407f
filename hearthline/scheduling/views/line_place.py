"""The place in line of one person: look at it, stay, go away and be called back, leave."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.identity.policy import HearthlineRequest, patient_page
from hearthline.scheduling import errors, services
from hearthline.scheduling.access import get_walk_in_for
from hearthline.scheduling.line_forms import NumberForm
from hearthline.scheduling.lines import get_estimate, get_opening, list_open_sites
from hearthline.scheduling.models import WalkInEntry
from hearthline.scheduling.rules.states import Status
from hearthline.scheduling.services.walk_ins import may_call_back
from hearthline.scheduling.views.own_line import go_to_place

WAITING = WalkInEntry.Status.WAITING


@patient_page
@never_cache
@require_GET
def place(request: HearthlineRequest, entry_id: UUID) -> HttpResponse:
    """The place and the estimate, as they are at this moment; called, the way into the visit.

    The page in view asks again and again, which is no activity of the person; it tells that they need no message.
    """
    entry = get_walk_in_for(request.actor, entry_id)
    is_waiting = entry.status == WAITING
    if is_waiting:
        services.note_seen(entry)
    is_closed = is_waiting and not list_open_sites(entry.service)
    context = {
        "entry": entry,
        "estimate": get_estimate(entry) if is_waiting else None,
        "is_closed": is_closed,
        "opens_at": get_opening(entry.service) if is_closed else None,
        "zone": entry.patient.zone,
        "may_call_back": is_waiting and may_call_back(entry),
        "is_over": entry.appointment is not None and entry.appointment.status != Status.ARRIVED,
        "emergency_number": request.organization.emergency_number,  # type: ignore[attr-defined]
    }
    return render(request, "scheduling/line/place.html", context)


@patient_page
@never_cache
@require_http_methods(["GET", "POST"])
def call_back(request: HearthlineRequest, entry_id: UUID) -> HttpResponse:
    """Ask which number to call, and let the person go."""
    entry = get_walk_in_for(request.actor, entry_id)
    if entry.status != WAITING:
        return go_to_place(entry)
    data = request.POST if request.method == "POST" else None
    number = entry.call_back_number or entry.patient.telephone
    form = NumberForm(data, number=number, organization=request.organization)  # type: ignore[attr-defined]
    if data is not None and form.is_valid():
        try:
            services.want_call_back(request.actor, entry=entry, **form.cleaned_data)
        except errors.SchedulingError as failure:
            messages.error(request, str(failure))
        return go_to_place(entry)
    context = {"entry": entry, "form": form, "may_call_back": may_call_back(entry)}
    return render(request, "scheduling/line/call_back.html", context, status=422 if data is not None else 200)


@patient_page
@require_POST
def stay(request: HearthlineRequest, entry_id: UUID) -> HttpResponse:
    """Wait on the page after all."""
    entry = get_walk_in_for(request.actor, entry_id)
    services.stay_on_page(request.actor, entry=entry)
    return go_to_place(entry)


@patient_page
@require_POST
def leave(request: HearthlineRequest, entry_id: UUID) -> HttpResponse:
    """Give the place up."""
    entry = get_walk_in_for(request.actor, entry_id)
    services.leave_queue(request.actor, entry=entry)
    return go_to_place(entry)
