"""Interpreters for today and tomorrow: whom to ask, who accepted, who comes instead."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hearthline.audit import services as audit
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.scheduling.models import Requirement
from hearthline.scheduling.rules.requirements import INTERPRETED
from hearthline.visits.access import get_visit_for
from hearthline.visits.choices import InterpreterChannel
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.forms import InterpreterNameForm, InterpreterRequestForm
from hearthline.visits.interpreting import interpreters_for
from hearthline.visits.models import InterpreterBooking
from hearthline.visits.services import interpreters as services
from hearthline.visits.views.pages import organization_of


@require_GET
@clinical()
def interpreters(request: HearthlineRequest) -> HttpResponse:
    """Who needs an interpreter, who was asked, and who comes."""
    audit.record(request.actor, "interpreters.read", ("visits.interpreterbooking", "list"))
    context = {
        "audience": "staff",
        "rows": interpreters_for(request.actor),
        "zone": request.organization.zone,  # type: ignore[attr-defined]
        "channels": InterpreterChannel.choices,
        "has_telephone": bool(settings.SIP_TRUNK),
    }
    return render(request, "visits/staff_interpreters.html", context)


@require_POST
@clinical()
def ask(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """Ask an interpreter, in the place of the one who had accepted if there is one."""
    visit = get_visit_for(request.actor, visit_id)
    rows = Requirement.objects.filter(appointment=visit.appointment_id, kind__in=sorted(INTERPRETED))
    requirement = next((row for row in rows if row.kind == request.POST.get("kind")), None)
    if requirement is None:
        raise Http404
    form = InterpreterRequestForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(one) for errors in form.errors.values() for one in errors))
        return redirect("visits:interpreters")
    asked = services.Asked(
        InterpreterChannel(form.cleaned_data["channel"]),
        form.cleaned_data["agency"],
        form.cleaned_data["telephone"],
    )
    try:
        _booking, token = services.request_interpreter(
            actor=request.actor, visit=visit, requirement=requirement, asked=asked
        )
    except VisitRefusedError as refused:
        messages.error(request, refused.words)
        return redirect("visits:interpreters")
    link = f"{settings.PUBLIC_URL}{services.link_of(organization_of(visit).slug, token)}"
    messages.success(
        request, _("Give this link to the interpreter. It is shown once: %(link)s") % {"link": link}
    )
    return redirect("visits:interpreters")


def _accept(request: HearthlineRequest, booking: InterpreterBooking) -> None:
    form = InterpreterNameForm(request.POST)
    if not form.is_valid():
        raise VisitRefusedError("interpreter_unnamed")
    services.accept(actor=request.actor, booking=booking, **form.cleaned_data)


def _decline(request: HearthlineRequest, booking: InterpreterBooking) -> None:
    services.decline(actor=request.actor, booking=booking)


def _withdraw(request: HearthlineRequest, booking: InterpreterBooking) -> None:
    services.withdraw(actor=request.actor, booking=booking)


def _call(request: HearthlineRequest, booking: InterpreterBooking) -> None:
    services.call_interpreter(actor=request.actor, booking=booking)


DECISIONS: dict[str, Callable[[HearthlineRequest, InterpreterBooking], None]] = {
    "accept": _accept,
    "decline": _decline,
    "withdraw": _withdraw,
    "call": _call,
}


@require_POST
@clinical()
def decide(request: HearthlineRequest, booking_id: UUID, decision: str) -> HttpResponse:
    """Note what an interpreter said on the telephone, withdraw a request, or ring the interpreter up."""
    if decision not in DECISIONS:
        raise Http404
    found = InterpreterBooking.objects.filter(pk=booking_id).values_list("visit", flat=True).first()
    visit = get_visit_for(request.actor, found or booking_id)
    booking = InterpreterBooking.objects.select_related("visit", "participant").get(
        pk=booking_id, visit=visit
    )
    try:
        DECISIONS[decision](request, booking)
    except VisitRefusedError as refused:
        messages.error(request, refused.words)
    return redirect("visits:interpreters")
