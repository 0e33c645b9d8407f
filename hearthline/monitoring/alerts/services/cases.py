"""What a person does with a case: take it, give it back, snooze an alert, close it."""

from datetime import datetime, timedelta

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.foundation.changes import announce
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.access import may_triage
from hearthline.monitoring.alerts.engine.effects import WORKLIST_TOPIC
from hearthline.monitoring.alerts.errors import AlertRefusedError
from hearthline.monitoring.alerts.events import CaseClosed
from hearthline.monitoring.alerts.models import Alert, AlertEvent, Case, RuleState, Snooze
from hearthline.monitoring.alerts.rules.kinds import Severity

# How long an alert may be out of somebody's sight; a danger not longer than it would take to escalate it twice.
LONGEST_SNOOZE = {
    Severity.DANGER: timedelta(hours=1),
    Severity.URGENT: timedelta(hours=8),
    Severity.WATCH: timedelta(hours=72),
}


def claim(*, actor: Actor, case: Case) -> None:
    """Take a case: the clock stops, it is mine. Of two at once, one gets it.

    A case whose clock runs is anybody's, also when somebody has it: it got worse, and they may be gone.

    Raises:
        AlertRefusedError: someone else has it and answers for it, it is closed, or the actor's role may not.
    """
    if not may_triage(actor):
        raise AlertRefusedError("not_allowed")
    running = Case.objects.filter(pk=case.pk, acknowledged_at__isnull=True, closed_at__isnull=True)
    if not running.update(owner_id=actor.user_id, acknowledged_at=clock.now(), next_step_at=None):
        case.refresh_from_db()
        if case.closed_at is not None:
            raise AlertRefusedError("closed")
        if case.owner_id != actor.user_id:
            raise AlertRefusedError("taken")
        return
    _done(actor, case, AlertEvent.Happening.CLAIMED, "case.claimed")


def release(*, actor: Actor, case: Case) -> None:
    """Give a case back; its clock starts anew.

    Raises:
        AlertRefusedError: it is not the actor's.
    """
    now = clock.now()
    mine = Case.objects.filter(pk=case.pk, owner_id=actor.user_id, closed_at__isnull=True)
    fresh = {"clock_started_at": now, "next_step_at": now, "steps_reached": 0}
    if not mine.update(owner=None, acknowledged_at=None, **fresh):
        raise AlertRefusedError("not_yours")
    _done(actor, case, AlertEvent.Happening.RELEASED, "case.released")


def snooze(*, actor: Actor, alert: Alert, until: datetime) -> Snooze:
    """Take one alert out of the actor's own sight until then, or until it gets worse. Claims its case.

    Raises:
        AlertRefusedError: too long for its severity, in the past, or someone else's case.
    """
    now = clock.now()
    if until <= now:
        raise AlertRefusedError("in_the_past")
    if until > now + LONGEST_SNOOZE[Severity(alert.severity)]:
        raise AlertRefusedError("too_long")
    if alert.case is None or alert.rule is None or actor.user_id is None:
        raise AlertRefusedError("closed")
    claim(actor=actor, case=alert.case)
    Snooze.objects.filter(
        monitored=alert.monitored, rule=alert.rule, user_id=actor.user_id, broken_at__isnull=True
    ).update(broken_at=now)
    made = Snooze.objects.create(
        organization_id=actor.organization_id,
        monitored=alert.monitored,
        rule=alert.rule,
        direction=alert.direction,
        user_id=actor.user_id,
        figure=alert.figure,
        created_at=now,
        until=until,
    )
    _done(actor, alert.case, AlertEvent.Happening.SNOOZED, "alert.snoozed", alert=alert)
    return made


def close(*, actor: Actor, case: Case, comment: str) -> None:
    """Close a case with what was found and done. A value that is still beyond opens another one.

    Raises:
        AlertRefusedError: no comment, not the actor's, or closed already.
    """
    if not comment.strip():
        raise AlertRefusedError("no_comment")
    locked = Case.objects.select_for_update(of=("self",)).select_related("monitored").get(pk=case.pk)
    if locked.closed_at is not None:
        raise AlertRefusedError("closed")
    if locked.owner_id != actor.user_id:
        raise AlertRefusedError("not_yours")
    now = clock.now()
    locked.closed_at, locked.closed_by_id, locked.comment = now, actor.user_id, comment.strip()
    locked.ending, locked.next_step_at = Case.Ending.BY_PERSON, None
    locked.save()
    ending = Alert.objects.filter(case=locked, state=Alert.State.OPEN)
    rules = list(ending.exclude(rule=None).values_list("rule_id", flat=True))
    ending.update(state=Alert.State.ENDED, ended_at=now)
    RuleState.objects.filter(patient_number=locked.monitored.number, rule_id__in=rules).delete()
    _done(actor, locked, AlertEvent.Happening.CLOSED, "case.closed")
    publish(
        CaseClosed(
            organization_id=actor.organization_id, case_id=locked.pk, patient_id=locked.monitored.patient_id
        )
    )
    case.refresh_from_db()


def _done(
    actor: Actor,
    case: Case,
    happening: AlertEvent.Happening,
    action: str,
    *,
    alert: Alert | None = None,
) -> None:
    AlertEvent.objects.create(
        organization_id=actor.organization_id,
        case=case,
        alert=alert,
        rule=alert.rule if alert else None,
        monitored_id=case.monitored_id,
        happening=happening,
        by_id=actor.user_id,
    )
    record(actor, action, case, patient_id=case.monitored.patient_id)
    announce(actor.organization_id, WORKLIST_TOPIC)
    case.refresh_from_db()
