"""The patient's page of their programs: what it is for, and what is worth knowing."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from hearthline.identity.policy import HearthlineRequest, patient_page
from hearthline.programs import access, services
from hearthline.programs.definitions import in_language
from hearthline.programs.models import Enrollment


@require_http_methods(["GET"])
@patient_page
def own(request: HearthlineRequest) -> HttpResponse:
    """The programs the patient, or who cares for them, takes part in."""
    rows = [_row(one) for one in access.own_enrollments_for(request.actor)]
    return render(request, "programs/own.html", {"audience": "patient", "rows": rows})


def _row(enrollment: Enrollment) -> dict[str, object]:
    language = get_language() or "en"
    definition = enrollment.program.definition
    read = set(enrollment.read_lessons.values_list("lesson", flat=True))
    phases = [phase.code for phase in definition.phases]
    reached = definition.phases[: phases.index(enrollment.phase) + 1]
    return {
        "enrollment": enrollment,
        "name": definition.name_in(language),
        "aim": in_language(definition.aim, language),
        "phase": in_language(enrollment.current_phase.name, language),
        "lessons": [
            (one.code, in_language(one.title, language), in_language(one.body, language), one.code in read)
            for phase in reversed(reached)
            for one in phase.lessons
        ],
    }


@require_POST
@patient_page
def lesson(request: HearthlineRequest, enrollment_id: UUID, code: str) -> HttpResponse:
    """Note that a lesson was read."""
    found = access.own_enrollments_for(request.actor).filter(pk=enrollment_id).first()
    if found is None or not found.program.definition.has_lesson(code):
        raise Http404
    services.read_lesson(request.actor, enrollment=found, lesson=code)
    return HttpResponseRedirect(reverse("programs:own"), status=303)
