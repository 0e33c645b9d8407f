"""Emergency: where the patient is, whom to call, and the protocol, one press away from the call."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from hearthline.audit import services as audit
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.identity.roles import CLINICIAN_ROLES
from hearthline.visits.access import get_visit_for
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Visit
from hearthline.visits.safety import Step
from hearthline.visits.services import safety
from hearthline.visits.views.pages import organization_of


def _shown(request: HearthlineRequest, visit: Visit) -> HttpResponse:
    context = {"visit": visit, "emergency": safety.emergency_of(visit), "zone": organization_of(visit).zone}
    response = render(request, "visits/staff_emergency.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_GET
@clinical(*CLINICIAN_ROLES)
def emergency(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """The address as the patient said it last, the number there, and who does what; a part of the call's page."""
    visit = get_visit_for(request.actor, visit_id)
    audit.record(request.actor, "visit.emergency_read", visit, patient_id=visit.patient_id)
    return _shown(request, visit)


@require_POST
@clinical(*CLINICIAN_ROLES)
def safety_step(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """Write down that a step was taken."""
    visit = get_visit_for(request.actor, visit_id)
    given = request.POST.get("step", "")
    if given not in set(Step):
        raise Http404
    try:
        safety.take_step(actor=request.actor, visit=visit, step=Step(given))
    except VisitRefusedError as refused:
        return HttpResponse(refused.words, status=409, content_type="text/plain; charset=utf-8")
    if request.headers.get("X-Fragment"):
        return _shown(request, visit)
    return redirect("visits:clinician_room", visit.pk)
