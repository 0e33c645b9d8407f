"""The budget of alerts: what the clinic can answer, what is used now, and which rules cost most."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import CARE_TEAM_ROLES
from hearthline.monitoring.alerts.access import ROTA_ROLES, may_set_rota
from hearthline.monitoring.alerts.models import AlertBudget
from hearthline.monitoring.alerts.services.rulebook import set_budget
from hearthline.monitoring.alerts.spending import DAYS, Spent, spent
from hearthline.monitoring.triage.forms import BudgetForm
from hearthline.monitoring.triage.queries import case_minutes_a_day


@require_http_methods(["GET", "POST"])
@requires(*CARE_TEAM_ROLES, *ROTA_ROLES)
def budget(request: HearthlineRequest) -> HttpResponse:
    """Show the budget against the clinic's real last thirty days; who is in charge sets it."""
    found = spent(request.actor.organization_id)
    form = BudgetForm(request.POST if request.method == "POST" else None, initial=_initial(found.budget))
    if request.method == "POST":
        if not may_set_rota(request.actor):
            raise PermissionDenied
        if form.is_valid():
            set_budget(actor=request.actor, **form.cleaned_data)
            messages.success(request, _("The budget is set. A rule that would go over it warns."))
            return redirect("triage:budget")
    context = {
        "audience": "staff",
        "form": form,
        "spent": found,
        "per_100": found.per_100(found.alerts),
        "minutes": found.minutes_a_day(found.alerts),
        "measured": case_minutes_a_day(request.actor, DAYS),
        "is_over": found.is_over(found.alerts),
        "rows": _rows(found),
        "days": DAYS,
        "may_set": may_set_rota(request.actor),
    }
    return render(request, "triage/budget.html", context, status=422 if form.is_bound else 200)


def _initial(found: AlertBudget | None) -> dict[str, object]:
    if found is None:
        return {}
    return {
        "alerts_per_100": found.alerts_per_100_patient_days,
        "minutes_per_alert": found.minutes_per_alert,
        "nurse_minutes_a_day": found.nurse_minutes_a_day,
    }


def _rows(found: Spent) -> list[dict[str, object]]:
    return [
        {
            "cost": cost,
            "per_100": found.per_100(cost.alerts),
            "minutes": found.minutes_a_day(cost.alerts),
            "percent": round(100 * cost.alerts / found.alerts),
        }
        for cost in found.costs
    ]
