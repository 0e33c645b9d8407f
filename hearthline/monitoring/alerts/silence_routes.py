"""Who is told of silence: the patient by a reminder, a nurse by a case, the service desk by an event without a name."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg.types.json import Jsonb

from hearthline.foundation.changes import announce
from hearthline.foundation.events import publish
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role
from hearthline.messaging.models import StaffNotice
from hearthline.messaging.notices import tell_roles
from hearthline.messaging.services import notify
from hearthline.monitoring.alerts.engine.effects import OPEN_CASE, WORKLIST_TOPIC
from hearthline.monitoring.alerts.events import DeviceHeard, DeviceSilent, OutageEnded, OutageNoticed
from hearthline.monitoring.alerts.models import Alert, AlertEvent, Case, SilenceIncident, SilentSpell
from hearthline.monitoring.alerts.rules.kinds import Direction, Severity
from hearthline.monitoring.alerts.rules.silence import Route
from hearthline.monitoring.readings.metrics import BY_NUMBER
from hearthline.monitoring.readings.models import DeviceAssignment

WORKLIST_PATH = "/monitoring/"
SECONDS_AN_HOUR = 3600


def tell(spell: SilentSpell, now: datetime) -> None:
    """Tell whoever's turn it is. Persons of an outage are not told one by one."""
    if spell.incident_id is not None:
        return
    match Route(spell.route):
        case Route.PATIENT:
            _remind(spell)
        case Route.NURSE:
            _open_case(spell, now)
        case Route.SERVICE_DESK:
            _tell_service_desk(spell)


def _remind(spell: SilentSpell) -> None:
    notify(
        actor=Actor.system(spell.organization_id, "silence"),
        patient_id=spell.monitored.patient_id,
        template="monitoring.nothing_yet",
        context={"link": f"{settings.PUBLIC_URL}/care/"},
        about=("alerts.silentspell", spell.pk),
        key=f"silence:{spell.pk}",
    )


def _open_case(spell: SilentSpell, now: datetime) -> None:
    metric = BY_NUMBER[spell.metric]
    hours = int((now - (spell.heard_at or spell.noticed_at)).total_seconds() // SECONDS_AN_HOUR)
    facts = {"kind": "silence", "metric": metric.code, "hours": hours, "cause": spell.cause}
    values: dict[str, Any] = {
        "case_id": new_id(),
        "organization": spell.organization_id,
        "monitored": spell.monitored_id,
    }
    values |= {"now": now, "severity": Severity.WATCH.value, "headline": Jsonb(facts)}
    with connection.cursor() as cursor:
        cursor.execute(OPEN_CASE, values)
        (case_id,) = cursor.fetchone()
    alert = Alert.objects.create(
        organization_id=spell.organization_id,
        monitored_id=spell.monitored_id,
        case_id=case_id,
        severity=Severity.WATCH.value,
        kind="silence",
        metric=spell.metric,
        direction=Direction.LOW.value,
        figure=hours,
        facts=facts,
        raised_at=now,
    )
    _note(spell, alert, AlertEvent.Happening.RAISED, is_to_tell=True)


def _note(spell: SilentSpell, alert: Alert, happening: AlertEvent.Happening, *, is_to_tell: bool) -> None:
    AlertEvent.objects.create(
        organization_id=spell.organization_id,
        monitored_id=spell.monitored_id,
        case_id=alert.case_id,
        alert=alert,
        happening=happening,
        is_to_tell=is_to_tell,
    )
    announce(spell.organization_id, WORKLIST_TOPIC)


def _tell_service_desk(spell: SilentSpell) -> None:
    """Say which placement is silent and why; which person that is stands in no event of operations."""
    placements = DeviceAssignment.objects.filter(
        monitored_id=spell.monitored_id, ends_at__isnull=True, device__placement_reference__isnull=False
    ).values_list("device__placement_reference", flat=True)
    for placement in filter(None, placements):
        publish(
            DeviceSilent(
                organization_id=spell.organization_id,
                spell_id=spell.pk,
                placement_reference=placement,
                cause=spell.cause,
            )
        )


def tell_incident(incident: SilenceIncident) -> None:
    """Tell of an outage once: the service desk by an event, the clinic's navigators and administrators by a notice."""
    publish(OutageNoticed(organization_id=incident.organization_id, incident_id=incident.pk))
    tell_roles(
        organization_id=incident.organization_id,
        roles=(Role.NAVIGATOR, Role.ADMINISTRATOR),
        kind=StaffNotice.Kind.OTHER.value,
        about=("alerts.silenceincident", incident.pk),
        path=WORKLIST_PATH,
        key=f"outage:{incident.pk}",
    )


def untell_incident(incident: SilenceIncident) -> None:
    """Say to the service desk that an outage is over."""
    publish(OutageEnded(organization_id=incident.organization_id, incident_id=incident.pk))


def untell(spell: SilentSpell, now: datetime) -> None:
    """Values came: the alert of the silence is over, and its case, if nobody has taken it."""
    publish(DeviceHeard(organization_id=spell.organization_id, spell_id=spell.pk))
    alerts = Alert.objects.filter(
        monitored_id=spell.monitored_id, metric=spell.metric, rule__isnull=True, state=Alert.State.OPEN
    )
    for alert in alerts:
        alert.state, alert.ended_at = Alert.State.RESOLVED, now
        alert.save(update_fields=["state", "ended_at"])
        _note(spell, alert, AlertEvent.Happening.RESOLVED, is_to_tell=False)
        case = Case.objects.filter(alerts=alert, closed_at__isnull=True)
        silent = case.exclude(alerts__state=Alert.State.OPEN)
        mild = silent.filter(severity=Severity.WATCH.value, owner__isnull=True)
        mild.update(is_settled=True, closed_at=now, ending=Case.Ending.BY_VALUES, next_step_at=None)
        silent.update(is_settled=True)
