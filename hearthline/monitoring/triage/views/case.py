"""A case: what happened, and what to do about it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.monitoring.alerts.access import get_case_for
from hearthline.monitoring.alerts.errors import AlertRefusedError
from hearthline.monitoring.alerts.escalation import ladder_of
from hearthline.monitoring.alerts.models import Alert, AlertEvent, Case, Suppression
from hearthline.monitoring.alerts.models.rota import WhomChoices
from hearthline.monitoring.alerts.reasons import reason_line
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.rules.ladder import acknowledge_by
from hearthline.monitoring.alerts.services import cases, quiet
from hearthline.monitoring.protocols.errors import ProtocolRefusedError
from hearthline.monitoring.protocols.forms import ReasonForm
from hearthline.monitoring.protocols.queries import offered_for, runs_of
from hearthline.monitoring.protocols.services import check_none_runs
from hearthline.monitoring.readings.models import MonitoringPause
from hearthline.monitoring.triage.errors import TimeRefusedError
from hearthline.monitoring.triage.forms import (
    BeatForm,
    CloseForm,
    ContactForm,
    PauseForm,
    SnoozeForm,
    SuppressForm,
)
from hearthline.monitoring.triage.queries import SEVERITY_KINDS, alert_lines
from hearthline.monitoring.triage.services import time

EVENTS_MOST = 60


@require_GET
@clinical()
def case(request: HearthlineRequest, case_id: UUID) -> HttpResponse:
    """Show a case with its alerts, its story and what can be done."""
    return _page(request, get_case_for(request.actor, case_id))


def _page(request: HearthlineRequest, found: Case, *, status: int = 200, **forms: Form) -> HttpResponse:
    actor, severity = request.actor, Severity(found.severity)
    lines = alert_lines(actor, found)
    record(actor, "case.read", found, patient_id=found.monitored.patient_id)
    now, language = clock.now(), get_language() or "en"
    pauses = MonitoringPause.objects.filter(monitored=found.monitored, ends_at__gt=now)
    context = {
        "audience": "staff",
        "case": found,
        "patient": found.monitored.patient,
        "reason": reason_line(found.headline),
        "severity_kind": SEVERITY_KINDS[severity],
        "lines": lines,
        "snooze_forms": [
            (line, SnoozeForm(alert=line.alert, auto_id=f"id_{line.alert.pk}_%s"))
            for line in lines
            if line.alert.state == Alert.State.OPEN and line.alert.rule_id
        ],
        "events": _story(found),
        "is_mine": found.owner_id == actor.user_id,
        "is_open": found.closed_at is None,
        "answer_by": acknowledge_by(
            ladder_of(actor.organization_id, severity), started_at=found.clock_started_at
        ),
        "runs": (runs := runs_of(found, language)),
        "has_running": any(one.is_running for one in runs),
        "offered": offered_for(actor, found, language),
        "leave_form": ReasonForm(auto_id="id_leave_%s"),
        "close_form": CloseForm(),
        "contact_form": ContactForm(),
        "suppress_form": SuppressForm(),
        "pause_form": PauseForm(),
        "pauses": pauses,
        "suppressions": Suppression.objects.filter(monitored=found.monitored, ends_at__gt=now),
        **forms,
    }
    return render(request, "triage/case.html", context, status=status)


def _story(found: Case) -> list[dict[str, Any]]:
    events = AlertEvent.objects.filter(case=found).select_related("by").order_by("-at", "-id")[:EVENTS_MOST]
    return [{"at": one.at, "text": _event_words(one), "by": one.by.name if one.by else ""} for one in events]


def _event_words(event: AlertEvent) -> str:
    """Return what happened; for a step of the ladder, whom it reached."""
    is_step = event.note in WhomChoices.values
    happened = str(event.get_happening_display())
    return f"{happened}: {WhomChoices(event.note).label}" if is_step else happened


Do = Callable[[HearthlineRequest, Case], str]


def _done(request: HearthlineRequest, case_id: UUID, do: Do, *, to_list: bool = False) -> HttpResponse:
    """Do something to a case and say so; a refusal shows the case again with its words."""
    found = get_case_for(request.actor, case_id)
    try:
        words = do(request, found)
    except (AlertRefusedError, TimeRefusedError, ProtocolRefusedError) as refused:
        messages.error(request, refused.words)
        return _page(request, get_case_for(request.actor, case_id), status=422)
    messages.success(request, words)
    return redirect("triage:worklist") if to_list else redirect("triage:case", case_id)


@require_POST
@clinical()
def claim(request: HearthlineRequest, case_id: UUID) -> HttpResponse:
    """Take a case."""

    def do(request: HearthlineRequest, found: Case) -> str:
        cases.claim(actor=request.actor, case=found)
        return _("This case is yours. Its clock has stopped.")

    return _done(request, case_id, do)


@require_POST
@clinical()
def release(request: HearthlineRequest, case_id: UUID) -> HttpResponse:
    """Give a case back."""

    def do(request: HearthlineRequest, found: Case) -> str:
        cases.release(actor=request.actor, case=found)
        return _("You gave the case back. Its clock runs again.")

    return _done(request, case_id, do, to_list=True)


@require_POST
@clinical()
def close(request: HearthlineRequest, case_id: UUID) -> HttpResponse:
    """Close a case with a comment."""
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _page(request, get_case_for(request.actor, case_id), status=422, close_form=form, form=form)

    def do(request: HearthlineRequest, found: Case) -> str:
        check_none_runs(found)
        cases.close(actor=request.actor, case=found, comment=form.cleaned_data["comment"])
        return _("The case is closed. A value that is still beyond its limit opens another one.")

    return _done(request, case_id, do, to_list=True)


@require_POST
@clinical()
def snooze(request: HearthlineRequest, case_id: UUID, alert_id: UUID) -> HttpResponse:
    """Take an alert out of one's own sight for a while."""
    found = get_case_for(request.actor, case_id)
    alert = Alert.objects.select_related("case__monitored", "monitored", "rule").filter(
        pk=alert_id, case=found
    )
    if (one := alert.first()) is None:
        raise Http404
    form = SnoozeForm(request.POST, alert=one)
    minutes = form.cleaned_data["minutes"] if form.is_valid() else 0

    def do(request: HearthlineRequest, found: Case) -> str:
        cases.snooze(actor=request.actor, alert=one, until=clock.now() + timedelta(minutes=minutes))
        return _("Snoozed for you alone. It comes back when the time is over or it gets worse.")

    return _done(request, case_id, do, to_list=True)


@require_POST
@clinical()
def suppress(request: HearthlineRequest, case_id: UUID) -> HttpResponse:
    """Hold back a person's alerts, with a reason and an end."""
    form = SuppressForm(request.POST)
    if not form.is_valid():
        found = get_case_for(request.actor, case_id)
        return _page(request, found, status=422, suppress_form=form, form=form)

    def do(request: HearthlineRequest, found: Case) -> str:
        quiet.suppress(
            actor=request.actor,
            monitored=found.monitored,
            rule=None,
            reason=Suppression.Reason(form.cleaned_data["reason"]),
            ends_at=clock.now() + timedelta(hours=form.cleaned_data["hours"]),
            note=form.cleaned_data["note"],
        )
        return _("Alerts of this person are held back until then. They are still counted.")

    return _done(request, case_id, do)


@require_POST
@clinical()
def pause(request: HearthlineRequest, case_id: UUID) -> HttpResponse:
    """Rest a person's monitoring, with a reason and an end."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        found = get_case_for(request.actor, case_id)
        return _page(request, found, status=422, pause_form=form, form=form)

    def do(request: HearthlineRequest, found: Case) -> str:
        quiet.pause(
            actor=request.actor,
            monitored=found.monitored,
            reason=MonitoringPause.Reason(form.cleaned_data["reason"]),
            ends_at=clock.now() + timedelta(days=form.cleaned_data["days"]),
        )
        return _("Monitoring rests until then.")

    return _done(request, case_id, do)


@require_POST
@clinical()
def contact(request: HearthlineRequest, case_id: UUID) -> HttpResponse:
    """Note that one spoke with the person."""
    form = ContactForm(request.POST)
    if not form.is_valid():
        found = get_case_for(request.actor, case_id)
        return _page(request, found, status=422, contact_form=form, form=form)

    def do(request: HearthlineRequest, found: Case) -> str:
        time.note_contact(
            actor=request.actor,
            patient=found.monitored.patient,
            minutes=form.cleaned_data["minutes"],
            case=found,
        )
        return _("Your talk is noted. Confirm it on the page of your time.")

    return _done(request, case_id, do)


@require_POST
@clinical()
def beat(request: HearthlineRequest, case_id: UUID) -> HttpResponse:
    """Count the seconds that somebody was at work on this page."""
    found = get_case_for(request.actor, case_id)
    form = BeatForm(request.POST)
    if not form.is_valid():
        return HttpResponse(_("Send whole seconds."), status=422)
    time.count(
        actor=request.actor,
        patient=found.monitored.patient,
        seconds=form.cleaned_data["seconds"],
        case=found,
    )
    return HttpResponse(status=204)
