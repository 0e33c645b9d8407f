"""Protocols: written, approved, retired; and started, ticked off and left for a case."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.identity.roles import CLINICIAN_ROLES, PRESCRIBER_ROLES
from hearthline.monitoring.alerts.access import get_case_for, may_approve_rules
from hearthline.monitoring.alerts.addresses import case_path
from hearthline.monitoring.alerts.errors import AlertRefusedError
from hearthline.monitoring.protocols import services
from hearthline.monitoring.protocols.access import get_protocol_for, get_run_for, protocols_for
from hearthline.monitoring.protocols.definitions import ProtocolError, in_language
from hearthline.monitoring.protocols.errors import ProtocolRefusedError
from hearthline.monitoring.protocols.forms import ProtocolForm, ReasonForm, StepForms, content_of, initial_of
from hearthline.monitoring.protocols.models import Protocol

SHOWN_MOST = 200


@require_GET
@clinical()
def protocols(request: HearthlineRequest) -> HttpResponse:
    """Show the clinic's protocols: those in use, drafts, and what was retired."""
    order = {Protocol.State.ACTIVE: 0, Protocol.State.DRAFT: 1, Protocol.State.RETIRED: 2}
    found = sorted(
        protocols_for(request.actor)[:SHOWN_MOST], key=lambda one: order[Protocol.State(one.state)]
    )
    language = get_language() or "en"
    context = {
        "audience": "staff",
        "rows": [(one, one.definition.name_in(language)) for one in found],
        "may_write": request.actor.is_clinician,
    }
    return render(request, "protocols/protocols.html", context)


@require_POST
@clinical(*CLINICIAN_ROLES)
def adopt(request: HearthlineRequest) -> HttpResponse:
    """Bring in the shipped protocols as drafts."""
    made = services.adopt_shipped(actor=request.actor)
    words = ngettext("%(made)d draft was added.", "%(made)d drafts were added.", made) % {"made": made}
    messages.success(request, words)
    return redirect("protocols:protocols")


@require_GET
@clinical()
def protocol(request: HearthlineRequest, protocol_id: UUID) -> HttpResponse:
    """Show a protocol with its steps, source and approval."""
    return _page(request, get_protocol_for(request.actor, protocol_id))


def _page(
    request: HearthlineRequest, found: Protocol, *, status: int = 200, form: ReasonForm | None = None
) -> HttpResponse:
    language = get_language() or "en"
    is_draft = found.state == Protocol.State.DRAFT
    context = {
        "audience": "staff",
        "protocol": found,
        "name": found.definition.name_in(language),
        "steps": [(in_language(one.words, language), one.wait_minutes) for one in found.definition.steps],
        "may_write": request.actor.is_clinician,
        "may_approve": is_draft and may_approve_rules(request.actor),
        "form": form or ReasonForm(),
    }
    return render(request, "protocols/protocol.html", context, status=status)


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def write(request: HearthlineRequest) -> HttpResponse:
    """Write a new protocol."""
    return _write(request, None)


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def change(request: HearthlineRequest, protocol_id: UUID) -> HttpResponse:
    """Write the next version of a protocol."""
    return _write(request, get_protocol_for(request.actor, protocol_id))


def _write(request: HearthlineRequest, before: Protocol | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    first, rows = initial_of(before.content) if before else ({}, [])
    form = ProtocolForm(data, initial=first, is_next=before is not None)
    steps = StepForms(data, initial=rows)
    if data is not None and form.is_valid() and steps.is_valid():
        try:
            content = content_of(form, steps)
            made = services.write_protocol(
                actor=request.actor, content=content, reason=form.cleaned_data["reason"]
            )
        except ProtocolError:
            form.add_error(None, _("Write at least one step, in English too."))
        except ProtocolRefusedError as refused:
            form.add_error(None, refused.words)
        else:
            return redirect("protocols:protocol", made.pk)
    context = {"audience": "staff", "form": form, "steps": steps, "before": before}
    return render(request, "protocols/form.html", context, status=200 if data is None else 422)


@require_POST
@clinical(*PRESCRIBER_ROLES)
def approve(request: HearthlineRequest, protocol_id: UUID) -> HttpResponse:
    """Put a draft in use."""
    found = get_protocol_for(request.actor, protocol_id)
    try:
        services.approve_protocol(actor=request.actor, protocol=found)
    except ProtocolRefusedError as refused:
        messages.error(request, refused.words)
        return _page(request, found, status=422)
    messages.success(request, _("The protocol is in use from now on."))
    return redirect("protocols:protocol", protocol_id)


@require_POST
@clinical(*CLINICIAN_ROLES)
def retire(request: HearthlineRequest, protocol_id: UUID) -> HttpResponse:
    """Take a protocol out of use."""
    found = get_protocol_for(request.actor, protocol_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, found, status=422, form=form)
    try:
        services.retire_protocol(actor=request.actor, protocol=found, reason=form.cleaned_data["reason"])
    except ProtocolRefusedError as refused:
        messages.error(request, refused.words)
        return _page(request, found, status=422)
    return redirect("protocols:protocols")


def _in_case(request: HearthlineRequest, case_id: UUID, do: Callable[[], object]) -> HttpResponse:
    """Do something for a case and go back to it; a refusal is said there."""
    try:
        do()
    except (ProtocolRefusedError, AlertRefusedError) as refused:
        messages.error(request, refused.words)
    return redirect(f"{case_path(case_id)}#protocol")


@require_POST
@clinical()
def start(request: HearthlineRequest, case_id: UUID, protocol_id: UUID) -> HttpResponse:
    """Start a protocol for a case."""
    case = get_case_for(request.actor, case_id)
    found = get_protocol_for(request.actor, protocol_id)
    return _in_case(request, case_id, lambda: services.start(actor=request.actor, case=case, protocol=found))


@require_POST
@clinical()
def tick(request: HearthlineRequest, run_id: UUID, step: str) -> HttpResponse:
    """Note that a step was done."""
    run = get_run_for(request.actor, run_id)
    return _in_case(request, run.case_id, lambda: services.tick(actor=request.actor, run=run, step=step))


@require_POST
@clinical()
def leave(request: HearthlineRequest, run_id: UUID) -> HttpResponse:
    """Leave a protocol, with a reason."""
    run = get_run_for(request.actor, run_id)
    reason = request.POST.get("reason", "")
    form = ReasonForm({"reason": reason})
    words = form.cleaned_data["reason"] if form.is_valid() else ""
    return _in_case(request, run.case_id, lambda: services.leave(actor=request.actor, run=run, reason=words))
