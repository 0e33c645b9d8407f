"""What alerts really cost a clinic in the last thirty days, rule by rule, against what it says it can answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Max, Q

from hearthline.directory.access import today_in
from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import Alert, AlertBudget
from hearthline.monitoring.readings.models import DailySummary

DAYS = 30
DEFAULT_MINUTES = 3.0  # nurse's time for an alert, until the clinic says otherwise


@dataclass(frozen=True)
class Cost:
    """One rule (all its versions, common and personal), or silence (``code`` is empty)."""

    code: str
    label: str
    alerts: int
    alone: int  # values came back before anybody took the case

    @property
    def alone_percent(self) -> int:
        """Of a hundred of its alerts, how many needed nobody."""
        return round(100 * self.alone / self.alerts) if self.alerts else 0


@dataclass(frozen=True)
class Spent:
    """The last thirty days. A patient-day is a local day of one person with at least one value."""

    patient_days: int
    costs: Sequence[Cost]
    minutes_per_alert: float
    budget: AlertBudget | None

    @property
    def alerts(self) -> int:
        """All alerts that people were told of."""
        return sum(cost.alerts for cost in self.costs)

    def alerts_without(self, code: str) -> int:
        """All but those of one rule."""
        return sum(cost.alerts for cost in self.costs if cost.code != code)

    def per_100(self, alerts: float) -> float:
        """So many alerts for each hundred days of one person."""
        return 100 * alerts / self.patient_days if self.patient_days else 0.0

    def minutes_a_day(self, alerts: float) -> float:
        """The nurse's minutes a day for so many alerts in thirty days."""
        return alerts * self.minutes_per_alert / DAYS

    def is_over(self, alerts: float) -> bool:
        """Whether so many alerts in thirty days are more than the clinic says it can answer."""
        if self.budget is None:
            return False
        most_minutes = self.budget.nurse_minutes_a_day
        is_busy = most_minutes is not None and self.minutes_a_day(alerts) > most_minutes
        return is_busy or self.per_100(alerts) > float(self.budget.alerts_per_100_patient_days)


def spent(organization_id: UUID) -> Spent:
    """Return what the last thirty days cost. Whoever calls has asked for the role; these are sums only."""
    since = clock.now() - timedelta(days=DAYS)
    told = Alert.objects.filter(organization_id=organization_id, raised_at__gt=since).exclude(
        state=Alert.State.SUPPRESSED
    )
    alone = Q(state=Alert.State.RESOLVED, case__owner__isnull=True)
    rows = told.values("rule__code").annotate(
        label=Max("rule__label"), alerts=Count("pk"), alone=Count("pk", filter=alone)
    )
    costs = [Cost(row["rule__code"] or "", row["label"] or "", row["alerts"], row["alone"]) for row in rows]
    days = DailySummary.objects.filter(
        organization_id=organization_id, day__gt=today_in(organization_id) - timedelta(days=DAYS), count__gt=0
    )
    budget = AlertBudget.objects.filter(organization_id=organization_id).select_related("set_by").first()
    return Spent(
        patient_days=days.values("patient_number", "day").distinct().count(),
        costs=sorted(costs, key=lambda cost: -cost.alerts),
        minutes_per_alert=float(budget.minutes_per_alert) if budget else DEFAULT_MINUTES,
        budget=budget,
    )
