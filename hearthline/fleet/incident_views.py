"""Pages of technical faults, served by the process of the service provider: its login reaches nothing clinical."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hearthline.fleet import access, incidents, queries
from hearthline.fleet.forms import HandOverForm, IncidentFilterForm, StepForm
from hearthline.fleet.incident_rules import TAGS, IncidentState
from hearthline.fleet.models import Incident
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import Role

PAGE_LENGTH = 25
STEPS_SHOWN = 50
FAULTS_SHOWN = 100


@require_GET
@requires(Role.TECHNICIAN)
def listing(request: HearthlineRequest) -> HttpResponse:
    """What is not solved, or what the filter says."""
    form = IncidentFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = queries.list_incidents(**wanted, user_id=request.actor.user_id)
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "audience": "staff",
        "form": form,
        "page_obj": page,
        "rows": [(one, TAGS[IncidentState(one.state)]) for one in page],
        "is_filtered": any(wanted.values()),
        "query": query.urlencode(),
        "zone": request.organization.zone,  # type: ignore[attr-defined]
    }
    return render(request, "fleet/incidents.html", context)


@require_http_methods(["GET", "POST"])
@requires(Role.TECHNICIAN)
def incident(request: HearthlineRequest, incident_id: UUID) -> HttpResponse:
    """One incident: what it touches, what was done, and the next step."""
    found = access.get_incident_for(request.actor, incident_id)
    form = StepForm(request.POST if request.method == "POST" else None, state=IncidentState(found.state))
    if form.is_bound and form.is_valid():
        try:
            incidents.take_step(
                request.actor,
                incident_id=found.pk,
                to=IncidentState(form.cleaned_data["to"]),
                comment=form.cleaned_data["comment"],
                solution=form.cleaned_data.get("solution", ""),
            )
        except (incidents.RefusedStepError, ValidationError) as refusal:
            _explain(form, refusal)
        else:
            return _done(request, found)
    return _page(request, found, form, HandOverForm(owner_id=found.owner_id))


@require_http_methods(["POST"])
@requires(Role.TECHNICIAN)
def hand_over(request: HearthlineRequest, incident_id: UUID) -> HttpResponse:
    """Give an incident to another technician."""
    found = access.get_incident_for(request.actor, incident_id)
    form = HandOverForm(request.POST, owner_id=found.owner_id)
    if form.is_valid():
        try:
            incidents.hand_over(
                request.actor,
                incident_id=found.pk,
                to_user_id=UUID(form.cleaned_data["to"]),
                comment=form.cleaned_data["comment"],
            )
        except (incidents.RefusedStepError, ValidationError) as refusal:
            _explain(form, refusal)
        else:
            return _done(request, found)
    return _page(request, found, StepForm(state=IncidentState(found.state)), form)


def _explain(form: forms.Form, refusal: ValueError | ValidationError) -> None:
    if isinstance(refusal, ValidationError):
        for name, words in refusal.message_dict.items():
            form.add_error(name if name in form.fields else None, words)
    else:
        form.add_error(None, str(refusal))


def _done(request: HearthlineRequest, found: Incident) -> HttpResponse:
    messages.success(request, _("Noted."))
    return HttpResponseRedirect(reverse("fleet:incident", args=[found.pk]), status=303)


def _page(request: HearthlineRequest, found: Incident, form: StepForm, handing: HandOverForm) -> HttpResponse:
    is_own = found.owner_id == request.actor.user_id
    is_solved = found.state == IncidentState.SOLVED
    context = {
        "audience": "staff",
        "incident": found,
        "tag_kind": TAGS[IncidentState(found.state)],
        "form": form,
        "handing": handing,
        "may_step": is_solved or found.owner_id is None or is_own,
        "may_hand_over": is_own and not is_solved and bool(handing.fields["to"].choices),  # type: ignore[attr-defined]
        "faults": queries.faults_of(found, FAULTS_SHOWN),
        "steps": found.steps.select_related("done_by", "handed_to")[:STEPS_SHOWN],
        "zone": request.organization.zone,  # type: ignore[attr-defined]
    }
    is_wrong = form.is_bound or handing.is_bound
    return render(request, "fleet/incident.html", context, status=422 if is_wrong else 200)
