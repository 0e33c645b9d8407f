"""Hold alerts back with a reason and an end, pause monitoring, and take in what people say of themselves."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.access import may_triage
from hearthline.monitoring.alerts.engine.again import judge_again
from hearthline.monitoring.alerts.errors import AlertRefusedError
from hearthline.monitoring.alerts.models import Rule, Suppression, SymptomReport
from hearthline.monitoring.readings.models import MonitoredPatient, MonitoringPause

LONGEST_SUPPRESSION = timedelta(days=14)
LONGEST_PAUSE = timedelta(days=90)


def _person_for(actor: Actor, ends_at: datetime, longest: timedelta) -> UUID:
    """Return who sets something quiet; refuse a role that may not, and an end that is none or too far."""
    if actor.user_id is None or not may_triage(actor):
        raise AlertRefusedError("not_allowed")
    now = clock.now()
    if ends_at <= now:
        raise AlertRefusedError("in_the_past")
    if ends_at > now + longest:
        raise AlertRefusedError("too_long")
    return actor.user_id


def suppress(
    *,
    actor: Actor,
    monitored: MonitoredPatient,
    rule: Rule | None,
    reason: Suppression.Reason,
    ends_at: datetime,
    note: str = "",
) -> Suppression:
    """Hold back alerts of a rule (None: of all) for one person. They are still counted.

    Raises:
        AlertRefusedError: an end in the past or too far away, "another reason" without words, a role that may not.
    """
    user_id = _person_for(actor, ends_at, LONGEST_SUPPRESSION)
    if reason is Suppression.Reason.OTHER and not note.strip():
        raise AlertRefusedError("no_reason")
    made = Suppression.objects.create(
        organization_id=actor.organization_id,
        monitored=monitored,
        rule=rule,
        reason=reason,
        note=note.strip(),
        starts_at=clock.now(),
        ends_at=ends_at,
        set_by_id=user_id,
    )
    record(actor, "alerts.suppressed", made, patient_id=monitored.patient_id, reason=reason.value)
    return made


def pause(
    *, actor: Actor, monitored: MonitoredPatient, reason: MonitoringPause.Reason, ends_at: datetime
) -> MonitoringPause:
    """Rest monitoring for one person until then: readings are kept, nobody is alerted, silence is expected.

    Raises:
        AlertRefusedError: an end in the past or too far away, or a role that may not.
    """
    user_id = _person_for(actor, ends_at, LONGEST_PAUSE)
    made = MonitoringPause.objects.create(
        organization_id=actor.organization_id,
        monitored=monitored,
        reason=reason,
        starts_at=clock.now(),
        ends_at=ends_at,
        set_by_id=user_id,
    )
    record(actor, "monitoring.paused", made, patient_id=monitored.patient_id, reason=reason.value)
    return made


def end_pause(*, actor: Actor, found: MonitoringPause) -> None:
    """End a pause now.

    Raises:
        AlertRefusedError: the actor's role may not.
    """
    if not may_triage(actor):
        raise AlertRefusedError("not_allowed")
    now = clock.now()
    found.ends_at = max(now, found.starts_at + timedelta(microseconds=1))
    found.save(update_fields=["ends_at"])
    record(actor, "monitoring.resumed", found, patient_id=found.monitored.patient_id)


def report_symptoms(
    *,
    actor: Actor,
    monitored: MonitoredPatient,
    symptoms: Collection[str],
    consciousness: str = "",
    is_on_oxygen: bool | None = None,
) -> SymptomReport:
    """Take in what a person says of themselves, and judge their newest values again in its light.

    Whoever calls has asked whether the actor may speak for this person.
    """
    made = SymptomReport.objects.create(
        organization_id=actor.organization_id,
        monitored=monitored,
        reported_at=clock.now(),
        symptoms=sorted(set(symptoms)),
        consciousness=consciousness,
        is_on_oxygen=is_on_oxygen,
        reported_by_id=actor.user_id,
    )
    record(actor, "symptoms.reported", made, patient_id=monitored.patient_id)
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        judge_again(cursor, (actor.organization_id, monitored.number))
    return made
