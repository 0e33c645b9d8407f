"""Rules: written, replayed on the clinic's own values, approved by a prescriber, retired."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.identity.roles import CLINICIAN_ROLES, PRESCRIBER_ROLES
from hearthline.monitoring.alerts.access import get_monitored_for, get_rule_for, may_approve_rules, rules_for
from hearthline.monitoring.alerts.errors import AlertRefusedError
from hearthline.monitoring.alerts.models import Rule
from hearthline.monitoring.alerts.replaying import replay_rule
from hearthline.monitoring.alerts.rules.kinds import Score, Severity
from hearthline.monitoring.alerts.services import rulebook
from hearthline.monitoring.alerts.spending import DAYS
from hearthline.monitoring.readings.models import MonitoredPatient
from hearthline.monitoring.triage.rule_forms import KIND_LABELS, RetireForm, RuleForm, settings_in_words

RULES_MOST = 300


@require_GET
@clinical()
def rules(request: HearthlineRequest) -> HttpResponse:
    """Show the clinic's rules: those in force, drafts, and what was retired."""
    found = rules_for(request.actor).select_related("monitored__patient", "approved_by")
    order = {Rule.State.ACTIVE: 0, Rule.State.DRAFT: 1, Rule.State.RETIRED: 2}
    shown = sorted(
        found[:RULES_MOST], key=lambda one: (order[Rule.State(one.state)], -one.severity, one.label)
    )
    context = {
        "audience": "staff",
        "rules": shown,
        "kinds": list(KIND_LABELS.items()),
        "person": _person(request),
        "may_write": request.actor.has_role(*CLINICIAN_ROLES),
    }
    return render(request, "triage/rules.html", context)


@require_POST
@clinical(*CLINICIAN_ROLES)
def adopt(request: HearthlineRequest) -> HttpResponse:
    """Bring in the shipped rules as drafts."""
    made = rulebook.adopt_defaults(actor=request.actor)
    words = ngettext("%(made)d draft was added.", "%(made)d drafts were added.", made) % {"made": made}
    messages.success(request, words)
    return redirect("triage:rules")


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def write(request: HearthlineRequest, kind: str) -> HttpResponse:
    """Write a new rule of a kind."""
    if kind not in KIND_LABELS:
        raise Http404
    return _write(request, RuleForm(_posted(request), kind=kind), None, _person(request))


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def change(request: HearthlineRequest, rule_id: UUID) -> HttpResponse:
    """Write the next version of a rule."""
    before = get_rule_for(request.actor, rule_id)
    form = RuleForm(_posted(request), kind=before.kind.name, before=before)
    return _write(request, form, before, before.monitored)


def _posted(request: HearthlineRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _person(request: HearthlineRequest) -> MonitoredPatient | None:
    """Return for whom alone a rule is written (``?for=``), if for anybody."""
    written = request.GET.get("for", "")
    if not written:
        return None
    try:
        return get_monitored_for(request.actor, UUID(written))
    except ValueError:
        raise Http404 from None


def _write(
    request: HearthlineRequest, form: RuleForm, before: Rule | None, person: MonitoredPatient | None
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = rulebook.write_rule(
                actor=request.actor,
                code=values["code"],
                label=values["label"],
                severity=Severity(values["severity"]),
                settings=form.settings,
                source=values["source"],
                reason=values["reason"],
                monitored=person,
            )
        except AlertRefusedError as refused:
            form.add_error(None, refused.words)
        else:
            return redirect("triage:rule", made.pk)
    context = {"audience": "staff", "form": form, "before": before, "kind": KIND_LABELS[form.kind]}
    context["person"] = person
    return render(request, "triage/rule_form.html", context, status=422 if form.errors else 200)


@require_GET
@clinical()
def rule(request: HearthlineRequest, rule_id: UUID) -> HttpResponse:
    """Show a rule; a draft with what it would have done in the last thirty days."""
    return _page(request, get_rule_for(request.actor, rule_id))


def _page(
    request: HearthlineRequest, found: Rule, *, status: int = 200, retire_form: RetireForm | None = None
) -> HttpResponse:
    is_draft = found.state == Rule.State.DRAFT
    is_replayed = not isinstance(found.kind, Score)  # what was told beside the values is not replayed
    context = {
        "audience": "staff",
        "rule": found,
        "kind": KIND_LABELS[found.kind.name],
        "settings": settings_in_words(found.settings),
        "replayed": replay_rule(actor=request.actor, rule=found) if is_draft and is_replayed else None,
        "days": DAYS,
        "may_write": request.actor.has_role(*CLINICIAN_ROLES),
        "may_approve": is_draft and may_approve_rules(request.actor),
        "retire_form": retire_form or RetireForm(),
    }
    return render(request, "triage/rule.html", context, status=status)


@require_POST
@clinical(*PRESCRIBER_ROLES)
def approve(request: HearthlineRequest, rule_id: UUID) -> HttpResponse:
    """Make a draft live, with what its replay said."""
    found = get_rule_for(request.actor, rule_id)
    try:
        written = replay_rule(actor=request.actor, rule=found).written
        rulebook.approve_rule(actor=request.actor, rule=found, burden=written)
    except AlertRefusedError as refused:
        messages.error(request, refused.words)
        return _page(request, found, status=422)
    messages.success(request, _("The rule is in force from now on."))
    return redirect("triage:rule", rule_id)


@require_POST
@clinical(*CLINICIAN_ROLES)
def retire(request: HearthlineRequest, rule_id: UUID) -> HttpResponse:
    """Take a rule out of force."""
    found = get_rule_for(request.actor, rule_id)
    form = RetireForm(request.POST)
    if not form.is_valid():
        return _page(request, found, status=422, retire_form=form)
    try:
        rulebook.retire_rule(actor=request.actor, rule=found, reason=form.cleaned_data["reason"])
    except AlertRefusedError as refused:
        messages.error(request, refused.words)
        return _page(request, found, status=422)
    messages.success(request, _("The rule is retired. Its open alerts have ended."))
    return redirect("triage:rules")
