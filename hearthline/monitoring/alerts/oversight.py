"""The dead-man check of the engine: asked by the ``watch`` process, which stands outside the worker.

The engine cannot report its own death. What it should have done by now and has not is counted here: cases whose next
step is overdue, events that nobody was told of, repeats that were waited for too long, and a look for silence or at
adherence that did not take place.
"""

from datetime import timedelta
from uuid import UUID

from django.db.models import Min

from hearthline.foundation import clock
from hearthline.messaging.oversight import Finding
from hearthline.monitoring.alerts.models import AdherenceLook, AlertEvent, Case, RuleState, SilenceSweep

GRACE = timedelta(minutes=3)  # the clocks are looked at each minute
SWEEP_GRACE = timedelta(minutes=20)  # silence is looked for each five
LOOK_GRACE = timedelta(minutes=50)  # adherence is looked at each fifteen


def late_work(organization_id: UUID) -> Finding:
    """Return what the engine has left undone in the open organization."""
    now = clock.now()
    since = now - GRACE
    steps = Case.objects.filter(closed_at__isnull=True, acknowledged_at__isnull=True, next_step_at__lt=since)
    events = AlertEvent.objects.filter(is_to_tell=True, told_at__isnull=True, at__lt=since)
    states = RuleState.objects.filter(organization_id=organization_id, due_at__lt=since)
    sweeps = SilenceSweep.objects.filter(swept_at__lt=now - SWEEP_GRACE)
    looks = AdherenceLook.objects.filter(looked_at__lt=now - LOOK_GRACE)
    found = [
        (steps.count(), steps.aggregate(at=Min("next_step_at"))["at"]),
        (events.count(), events.aggregate(at=Min("at"))["at"]),
        (states.count(), states.aggregate(at=Min("due_at"))["at"]),
        (sweeps.count(), sweeps.aggregate(at=Min("swept_at"))["at"]),
        (looks.count(), looks.aggregate(at=Min("looked_at"))["at"]),
    ]
    oldest = min((at for _, at in found if at is not None), default=None)
    return Finding(sum(count for count, _ in found), oldest)
