"""From a case to a visit: a clinician opens one with the patient now, and its minutes come back to the case."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hearthline.consults.access import get_consult_for, may_open_visit
from hearthline.consults.services.visiting import note_visit
from hearthline.directory.access import practitioner_of
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.identity.roles import CLINICIAN_ROLES
from hearthline.scheduling import errors, services
from hearthline.scheduling.staff_forms import WalkInForm
from hearthline.visits.services.lifecycle import visit_for_appointment


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def case_visit(request: HearthlineRequest, consult_id: UUID) -> HttpResponse:
    """Open a visit with the patient of a case: by video, voice or telephone it begins at once."""
    consult = get_consult_for(request.actor, consult_id)
    own = practitioner_of(request.actor)
    if own is None or not may_open_visit(request.actor, consult):
        raise Http404
    patient = consult.patient
    initial = {"location_jurisdiction": patient.jurisdiction or consult.jurisdiction}
    form = WalkInForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            entry = services.join_queue(request.actor, patient=patient, **form.cleaned_data)
            appointment = services.call_next(request.actor, entry=entry, practitioner_id=own.pk)
        except errors.SchedulingError as refusal:
            form.add_error(None, str(refusal))
        else:
            note_visit(request.actor, consult=consult, appointment=appointment)
            visit = visit_for_appointment(appointment)
            messages.success(request, _("The patient is told. Wait for them here."))
            if visit is None:
                return redirect("scheduling:staff_appointment", appointment.pk)
            return redirect("visits:clinician_room", visit.pk)
    context = {
        "audience": "staff",
        "consult": consult,
        "patient": patient,
        "form": form,
        "later": f"{reverse('scheduling:staff_book')}?patient={patient.pk}",
    }
    return render(request, "web/case_visit.html", context, status=422 if form.errors else 200)
