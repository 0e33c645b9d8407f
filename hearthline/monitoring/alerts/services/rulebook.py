"""Write, approve and retire rules. Nothing judges anyone before a clinician of the organization approved it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Max
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory.access import today_in
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.access import may_approve_rules, may_set_rota, may_write_rules
from hearthline.monitoring.alerts.errors import AlertRefusedError
from hearthline.monitoring.alerts.models import Alert, AlertBudget, Case, Rule, Rulebook, RuleState
from hearthline.monitoring.alerts.rules.defaults import shipped_rules
from hearthline.monitoring.alerts.rules.kinds import Score, Severity, rule_from, written_down
from hearthline.monitoring.readings.models import MonitoredPatient

SCORED_FROM_YEARS = 16


def write_rule(
    *,
    actor: Actor,
    code: str,
    label: str,
    severity: Severity,
    settings: Mapping[str, Any],
    source: str,
    reason: str,
    monitored: MonitoredPatient | None = None,
    valid_until: datetime | None = None,
) -> Rule:
    """Write a draft: the next version of a rule, for everybody or for one person.

    Raises:
        RuleSettingsError: the settings are no rule; ``field`` says where.
        AlertRefusedError: no reason or source was given, or the actor's role may not.
    """
    if actor.kind != "system" and not may_write_rules(actor):
        raise AlertRefusedError("not_allowed")
    if not reason.strip() or not source.strip():
        raise AlertRefusedError("no_reason")
    kind = rule_from(settings)
    if isinstance(kind, Score) and not _may_be_scored(monitored):
        raise AlertRefusedError("not_scored")
    versions = Rule.objects.filter(organization_id=actor.organization_id, code=code, monitored=monitored)
    rule = Rule.objects.create(
        organization_id=actor.organization_id,
        code=code,
        label=label,
        version=(versions.aggregate(last=Max("version"))["last"] or 0) + 1,
        severity=severity.value,
        settings=written_down(kind),
        source=source,
        reason=reason,
        monitored=monitored,
        written_by_id=actor.user_id,
        valid_until=valid_until,
    )
    patient_id = monitored.patient_id if monitored else None
    record(actor, "rule.written", rule, patient_id=patient_id, reason=reason)
    return rule


def _may_be_scored(monitored: MonitoredPatient | None) -> bool:
    """NEWS2 is ordered for one person, from 16 years on (Royal College of Physicians, 2017)."""
    if monitored is None:
        return False
    today = today_in(monitored.organization_id)
    born = monitored.patient.birth_date
    has_had_birthday = (today.month, today.day) >= (born.month, born.day)
    years: int = today.year - born.year - (0 if has_had_birthday else 1)
    return years >= SCORED_FROM_YEARS


def adopt_defaults(*, actor: Actor) -> int:
    """Write a draft of each shipped rule that the clinic has no version of; return how many.

    Raises:
        AlertRefusedError: the actor's role may not.
    """
    if actor.kind != "system" and not may_write_rules(actor):
        raise AlertRefusedError("not_allowed")
    known = set(Rule.objects.filter(monitored__isnull=True).values_list("code", flat=True))
    new = [one for one in shipped_rules() if one.code not in known]
    for one in new:
        write_rule(
            actor=actor,
            code=one.code,
            label=one.label,
            severity=one.severity,
            settings=written_down(one.rule),
            source=one.source,
            reason=_("Shipped as a starting point, version of %(date)s")
            % {"date": one.valid_from.isoformat()},
        )
    return len(new)


def approve_rule(*, actor: Actor, rule: Rule, burden: Mapping[str, Any] | None = None) -> None:
    """Make a draft live; the version before retires. ``burden``: what its replay said.

    Raises:
        AlertRefusedError: not a prescriber, or no draft any more.
    """
    if not may_approve_rules(actor):
        raise AlertRefusedError("not_a_prescriber")
    locked = Rule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    if locked.state != Rule.State.DRAFT:
        raise AlertRefusedError("not_a_draft")
    before = Rule.objects.filter(code=rule.code, monitored=rule.monitored, state=Rule.State.ACTIVE)
    for old in before.select_for_update(of=("self",)):
        _end(old)
    locked.state = Rule.State.ACTIVE
    locked.approved_by_id, locked.approved_at = actor.user_id, clock.now()
    locked.burden = dict(burden) if burden is not None else None
    locked.save()
    renew_edition(actor.organization_id)
    patient_id = locked.monitored.patient_id if locked.monitored else None
    record(actor, "rule.approved", locked, patient_id=patient_id)
    rule.refresh_from_db()


def retire_rule(*, actor: Actor, rule: Rule, reason: str) -> None:
    """Take a rule out of force; its open alerts end with it.

    Raises:
        AlertRefusedError: no reason, not active, or the actor's role may not.
    """
    if actor.kind != "system" and not may_write_rules(actor):
        raise AlertRefusedError("not_allowed")
    if not reason.strip():
        raise AlertRefusedError("no_reason")
    locked = Rule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    if locked.state != Rule.State.ACTIVE:
        raise AlertRefusedError("not_active")
    _end(locked)
    renew_edition(actor.organization_id)
    record(actor, "rule.retired", locked, reason=reason)
    rule.refresh_from_db()


def set_budget(
    *, actor: Actor, alerts_per_100: Decimal, minutes_per_alert: Decimal, nurse_minutes_a_day: int | None
) -> AlertBudget:
    """Say how many alerts, and minutes of nurses, the clinic can answer.

    Raises:
        AlertRefusedError: the actor's role may not.
    """
    if not may_set_rota(actor):
        raise AlertRefusedError("not_allowed")
    budget, _is_new = AlertBudget.objects.update_or_create(
        organization_id=actor.organization_id,
        defaults={
            "alerts_per_100_patient_days": alerts_per_100,
            "minutes_per_alert": minutes_per_alert,
            "nurse_minutes_a_day": nurse_minutes_a_day,
            "set_by_id": actor.user_id,
            "set_at": clock.now(),
        },
    )
    told = (
        f"{alerts_per_100} alerts for 100 days, {minutes_per_alert} minutes each, {nurse_minutes_a_day} a day"
    )
    record(actor, "alert_budget.set", budget, reason=told)
    return budget


def _end(rule: Rule) -> None:
    now = clock.now()
    rule.state, rule.retired_at = Rule.State.RETIRED, now
    rule.save(update_fields=["state", "retired_at"])
    RuleState.objects.filter(rule_id=rule.pk).delete()
    ending = Alert.objects.filter(rule=rule, state__in=[Alert.State.OPEN, Alert.State.SUPPRESSED])
    cases = set(ending.exclude(case=None).values_list("case_id", flat=True))
    ending.update(state=Alert.State.ENDED, ended_at=now)
    open_cases = Case.objects.filter(pk__in=cases, closed_at__isnull=True)
    open_cases.exclude(alerts__state=Alert.State.OPEN).update(is_settled=True)


def renew_edition(organization_id: UUID) -> None:
    """Have every process read the rules in force anew."""
    if not Rulebook.objects.filter(organization_id=organization_id).update(edition=F("edition") + 1):
        Rulebook.objects.get_or_create(organization_id=organization_id)
