"""Who is on call: the calendar of a clinic, its ladder, and how both came to be."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.directory.access import today_in
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import CARE_TEAM_ROLES
from hearthline.monitoring.alerts.access import ROTA_ROLES, may_set_rota
from hearthline.monitoring.alerts.errors import AlertRefusedError
from hearthline.monitoring.alerts.escalation import ladder_of
from hearthline.monitoring.alerts.models import LadderStep, OnCallLine, OnCallShift
from hearthline.monitoring.alerts.models.rota import ChannelChoices, WhomChoices
from hearthline.monitoring.alerts.models.rulebook import SeverityChoices
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.services import rota
from hearthline.monitoring.triage import on_call as reads
from hearthline.monitoring.triage.rota_forms import (
    LadderForms,
    LineForm,
    ShiftForm,
    ladder_in,
    ladder_initial,
)
from hearthline.monitoring.triage.services.sound import wants_sound
from hearthline.scheduling.models.availability import Weekday

READERS = (*CARE_TEAM_ROLES, *ROTA_ROLES)


@require_GET
@requires(*READERS)
def on_call(request: HearthlineRequest) -> HttpResponse:
    """Show who is on call now and in the next two weeks, with gaps and overlaps."""
    organization_id = request.actor.organization_id
    lines, shifts = reads.entries(organization_id)
    context = {
        "audience": "staff",
        "calendars": reads.calendars(organization_id),
        "lines": [(", ".join(str(WEEKDAYS_ABBR[one.weekday]) for one in group), group[0]) for group in lines],
        "shifts": shifts,
        "uncovered": reads.uncovered_cases(organization_id),
        "may_set": may_set_rota(request.actor),
        "may_hear": request.actor.is_care_team,
        "hears": wants_sound(request.actor),
    }
    return render(request, "triage/on_call.html", context)


@require_http_methods(["GET", "POST"])
@requires(*ROTA_ROLES)
def add_line(request: HearthlineRequest) -> HttpResponse:
    """Add hours to the weekly pattern."""
    organization_id = request.actor.organization_id
    form = LineForm(
        request.POST if request.method == "POST" else None,
        organization_id=organization_id,
        initial={"valid_from": today_in(organization_id)},
    )

    def add() -> None:
        values = form.cleaned_data
        rota.add_lines(
            actor=request.actor,
            whom=values["whom"],
            user_id=values["user"],
            site=values["site"],
            hours=form.hours,
        )

    return _saved(request, form, add, _("Add weekly hours"))


@require_http_methods(["GET", "POST"])
@requires(*ROTA_ROLES)
def add_shift(request: HearthlineRequest) -> HttpResponse:
    """Put somebody on call for a time, in place of the pattern."""
    data = request.POST if request.method == "POST" else None
    form = ShiftForm(data, organization_id=request.actor.organization_id)

    def add() -> None:
        values = form.cleaned_data
        rota.add_shift(
            actor=request.actor,
            whom=values["whom"],
            user_id=values["user"],
            starts_at=values["starts_at"],
            ends_at=values["ends_at"],
            reason=values["reason"],
        )

    return _saved(request, form, add, _("Add an exception"))


def _saved(request: HearthlineRequest, form: forms.Form, add: Callable[[], None], title: str) -> HttpResponse:
    if form.is_bound and form.is_valid():
        try:
            add()
        except AlertRefusedError as refused:
            form.add_error(None, refused.words)
        else:
            messages.success(request, _("Saved. Look below for gaps."))
            return redirect("triage:on_call")
    context = {"audience": "staff", "form": form, "form_title": title}
    return render(request, "triage/on_call_form.html", context, status=422 if form.is_bound else 200)


@require_POST
@requires(*ROTA_ROLES)
def end_line(request: HearthlineRequest, row_id: UUID) -> HttpResponse:
    """Take the same hours of a person out of the pattern, on all their days."""
    found = OnCallLine.objects.filter(pk=row_id).first()
    return _ended(request, reads.same_hours(found) if found is not None else [])


@require_POST
@requires(*ROTA_ROLES)
def end_shift(request: HearthlineRequest, row_id: UUID) -> HttpResponse:
    """Take an exception out of the calendar."""
    return _ended(request, list(OnCallShift.objects.filter(pk=row_id)))


def _ended(request: HearthlineRequest, rows: Sequence[OnCallLine | OnCallShift]) -> HttpResponse:
    if not rows:
        raise Http404
    for row in rows:
        rota.end_row(actor=request.actor, row=row)
    messages.success(request, _("Removed. Look below for gaps."))
    return redirect("triage:on_call")


@require_GET
@requires(*READERS)
def history(request: HearthlineRequest) -> HttpResponse:
    """Show who changed the calendar and the ladder, and when."""
    rows = [(one, _row_words(one.row)) for one in reads.history(request.actor.organization_id)]
    return render(request, "triage/on_call_history.html", {"audience": "staff", "rows": rows})


def _row_words(row: object) -> dict[str, object]:
    """Return what a template needs to put a row into words."""
    if isinstance(row, LadderStep):
        return {"kind": "step", "severity": row.get_severity_display(), "whom": row.get_whom_display()}
    if isinstance(row, OnCallLine):
        return {"kind": "line", "day": Weekday(row.weekday).label, "whom": row.get_whom_display()}
    return {"kind": "shift", "whom": row.get_whom_display() if isinstance(row, OnCallShift) else ""}


@require_GET
@requires(*READERS)
def ladders(request: HearthlineRequest) -> HttpResponse:
    """Show whom a case reaches when nobody takes it, for each severity."""
    organization_id = request.actor.organization_id
    own = set(
        LadderStep.objects.filter(organization_id=organization_id, ended_at__isnull=True).values_list(
            "severity", flat=True
        )
    )
    shown = [
        {
            "severity": severity,
            "label": SeverityChoices(severity.value).label,
            "is_own": severity.value in own,
            "steps": [
                (
                    one.after_minutes,
                    WhomChoices(one.whom.value).label,
                    ChannelChoices(one.channel.value).label,
                )
                for one in ladder_of(organization_id, severity)
            ],
        }
        for severity in sorted(Severity, reverse=True)
    ]
    context = {"audience": "staff", "ladders": shown, "may_set": may_set_rota(request.actor)}
    return render(request, "triage/ladders.html", context)


@require_http_methods(["GET", "POST"])
@requires(*ROTA_ROLES)
def ladder(request: HearthlineRequest, severity: int) -> HttpResponse:
    """Set the clinic's own ladder for a severity, or go back to the product's."""
    if severity not in set(Severity):
        raise Http404
    found = Severity(severity)
    forms_of = LadderForms(
        request.POST if request.method == "POST" else None,
        initial=ladder_initial(ladder_of(request.actor.organization_id, found)),
    )
    problem = ""
    if request.method == "POST":
        try:
            if "drop" in request.POST:
                rota.drop_ladder(actor=request.actor, severity=found)
                return redirect("triage:ladders")
            if forms_of.is_valid():
                rota.set_ladder(actor=request.actor, severity=found, ladder=ladder_in(forms_of))
                messages.success(request, _("The ladder holds from now on, for cases that wait too."))
                return redirect("triage:ladders")
        except AlertRefusedError as refused:
            problem = refused.words
    context = {
        "audience": "staff",
        "forms": forms_of,
        "problem": problem,
        "has_errors": bool(problem) or (forms_of.is_bound and not forms_of.is_valid()),
        "label": SeverityChoices(severity).label,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "triage/ladder_form.html", context, status=status)
