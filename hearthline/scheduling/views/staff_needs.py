"""What has to be there for one appointment: asked for, and how it is met."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.scheduling import errors, services
from hearthline.scheduling.access import SCHEDULE_ROLES, get_appointment_for
from hearthline.scheduling.models import Requirement
from hearthline.scheduling.rules.requirements import INTERPRETED, Kind
from hearthline.scheduling.staff_forms import RequirementsForm, WayForm
from hearthline.scheduling.views.schedule import go_to
from hearthline.scheduling.wording import requirement_words


@requires(*SCHEDULE_ROLES)
@require_http_methods(["GET", "POST"])
def needs(request: HearthlineRequest, appointment_id: UUID) -> HttpResponse:
    """Change what has to be there, or (``?kind=``) say how one thing is met."""
    appointment = get_appointment_for(request.actor, appointment_id)
    rows = {row.kind: row for row in Requirement.objects.filter(appointment=appointment)}
    posted = request.POST if request.method == "POST" else None
    arranged = rows.get(posted.get("kind", "")) if posted is not None else None
    form = RequirementsForm(None if arranged else posted, initial=_initial(rows))
    error = ""
    try:
        if arranged is not None and posted is not None:
            way = WayForm(posted, kind=Kind(arranged.kind))
            if way.is_valid():
                services.arrange(request.actor, requirement=arranged, way=way.cleaned_data["way"])
                return go_to(appointment)
        elif form.is_bound and form.is_valid():
            wishes = form.wishes(appointment.patient, adds_record=False)
            services.change_requirements(request.actor, appointment=appointment, wishes=wishes)
            return go_to(appointment)
    except errors.SchedulingError as failure:
        error = str(failure)
    context = {
        "audience": "staff",
        "appointment": appointment,
        "form": form,
        "ways": [_way(row) for row in rows.values()],
        "error": error,
    }
    return render(request, "scheduling/staff/needs.html", context, status=422 if posted is not None else 200)


def _initial(rows: dict[str, Requirement]) -> dict[str, object]:
    asked = next((row for row in rows.values() if row.kind in INTERPRETED), None)
    return {
        "interpreter": "yes" if asked else "no",
        "interpreter_language": asked.language if asked else "",
        "interpreter_gender": asked.gender if asked else "",
        "interpreter_name": asked.name if asked else "",
        "others": [kind for kind in rows if kind not in INTERPRETED],
    }


def _way(row: Requirement) -> tuple[Requirement, str, WayForm]:
    return row, requirement_words(row), WayForm(kind=Kind(row.kind), initial={"way": row.way})
