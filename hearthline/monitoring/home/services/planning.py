"""What the care team asks of a person and the goals they agree on. A new one ends the one before; nothing is lost."""

from typing import Any

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.home.models import Goal, MeasuringTask
from hearthline.monitoring.readings.models import MonitoredPatient

GOAL_FIELDS = ("low", "high", "urgent_low", "urgent_high")


def set_task(
    *, actor: Actor, monitored: MonitoredPatient, kind: str, times_a_day: int = 1, every_days: int = 1
) -> MeasuringTask:
    """Ask a person to measure something, from now on as often as this."""
    _end(
        MeasuringTask.objects.filter(
            organization_id=monitored.organization_id, monitored=monitored, kind=kind
        )
    )
    task = MeasuringTask.objects.create(
        organization_id=monitored.organization_id,
        monitored=monitored,
        kind=kind,
        times_a_day=times_a_day,
        every_days=every_days,
        set_by_id=actor.user_id,
    )
    record(actor, "measuring-task.set", task, patient_id=monitored.patient_id, fields=[kind])
    return task


def set_goal(*, actor: Actor, monitored: MonitoredPatient, metric: int, **limits: float | None) -> Goal:
    """Agree on a goal for a metric; ``limits`` are some of ``GOAL_FIELDS``, in the metric's own unit."""
    _end(Goal.objects.filter(organization_id=monitored.organization_id, monitored=monitored, metric=metric))
    goal = Goal.objects.create(
        organization_id=monitored.organization_id,
        monitored=monitored,
        metric=metric,
        set_by_id=actor.user_id,
        **limits,
    )
    record(actor, "goal.set", goal, patient_id=monitored.patient_id, fields=sorted(limits))
    return goal


def end_plan(*, actor: Actor, monitored: MonitoredPatient, what: MeasuringTask | Goal) -> None:
    """Ask for this no longer."""
    what.ended_at = clock.now()
    what.save(update_fields=["ended_at"])
    record(actor, f"{what._meta.model_name}.ended", what, patient_id=monitored.patient_id)


def _end(found: Any) -> None:
    found.filter(ended_at__isnull=True).update(ended_at=clock.now())
