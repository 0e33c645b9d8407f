"""The goals that a person and the care team agree on. A new one ends the one before; nothing is lost."""

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.home.models import Goal
from hearthline.monitoring.readings.models import MonitoredPatient

GOAL_FIELDS = ("low", "high", "urgent_low", "urgent_high")


def set_goal(*, actor: Actor, monitored: MonitoredPatient, metric: int, **limits: float | None) -> Goal:
    """Agree on a goal for a metric; ``limits`` are some of ``GOAL_FIELDS``, in the metric's own unit."""
    Goal.objects.filter(
        organization_id=monitored.organization_id, monitored=monitored, metric=metric, ended_at__isnull=True
    ).update(ended_at=clock.now())
    goal = Goal.objects.create(
        organization_id=monitored.organization_id,
        monitored=monitored,
        metric=metric,
        set_by_id=actor.user_id,
        **limits,
    )
    record(actor, "goal.set", goal, patient_id=monitored.patient_id, fields=sorted(limits))
    return goal


def end_goal(*, actor: Actor, monitored: MonitoredPatient, goal: Goal) -> None:
    """Aim for this no longer."""
    goal.ended_at = clock.now()
    goal.save(update_fields=["ended_at"])
    record(actor, "goal.ended", goal, patient_id=monitored.patient_id)
