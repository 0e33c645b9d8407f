"""A monitored person with rules in force, whose values come in through the store."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from hearthline.directory.tests.stage import make_patient
from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import Rule
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.services.rulebook import approve_rule, write_rule
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Device, DeviceAssignment, MonitoredPatient
from hearthline.monitoring.readings.pipeline.store import store_group
from hearthline.monitoring.readings.pipeline.types import NO_USER, ROW, Submission
from tests.people import People

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HIGH_GLUCOSE = {
    "kind": "limit",
    "metric": "glucose",
    "direction": "high",
    "limit": 250,
    "clear": 230,
    "is_inclusive": False,
}
LOW_GLUCOSE = {"kind": "limit", "metric": "glucose", "direction": "low", "limit": 54, "clear": 60}
SEVERE = {
    "kind": "limit",
    "metric": "systolic",
    "direction": "high",
    "limit": 180,
    "clear": 170,
    "is_inclusive": False,
    "ask_minutes": 15,
}


@dataclass
class Home:
    """Someone at home with one device. Values are measured at minutes after ``NOW`` and arrive at once."""

    people: People
    monitored: MonitoredPatient
    device: Device

    def submission(
        self,
        *values: tuple[float, float],
        metric: str = "glucose",
        received: float | None = None,
        **columns: Any,
    ) -> Submission:
        rows = np.zeros(len(values), dtype=ROW)
        rows["device_number"], rows["metric"], rows["user_index"] = (
            self.device.number,
            BY_CODE[metric].number,
            NO_USER,
        )
        rows["item"] = range(len(values))
        rows["observed_us"] = [us(after(minutes)) for minutes, _ in values]
        rows["value"] = [value for _, value in values]
        for name, value in columns.items():
            rows[name] = value
        latest = max(minutes for minutes, _ in values) if received is None else received
        outcomes = np.zeros(len(values), dtype=np.int8)
        return Submission(
            self.monitored.organization_id, None, "test", us(after(latest)), b"{}", rows, outcomes
        )

    def send(self, *values: tuple[float, float], **more: Any) -> None:
        """Store values; the server's clock stands at the last one (or at ``received``)."""
        submission = self.submission(*values, **more)
        with clock.frozen(NOW + timedelta(microseconds=submission.received_us - us(NOW))):
            store([submission])


def us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def store(submissions: list[Submission]) -> None:
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        store_group(cursor, submissions)


def make_home(people: People, given: str = "Rosa") -> Home:
    organization_id = people.organization.id
    monitored = MonitoredPatient.objects.create(
        organization_id=organization_id, patient=make_patient(people, given)
    )
    device = Device.objects.create(organization_id=organization_id, kind=Device.Kind.CGM, name="Sensor")
    DeviceAssignment.objects.create(
        organization_id=organization_id,
        device=device,
        monitored=monitored,
        starts_at=NOW - timedelta(days=60),
    )
    monitored.refresh_from_db()
    device.refresh_from_db()
    return Home(people, monitored, device)


def in_force(
    people: People,
    settings: dict[str, Any],
    *,
    code: str = "rule",
    severity: Severity = Severity.URGENT,
    monitored: MonitoredPatient | None = None,
) -> Rule:
    """Write a rule as the nurse and approve it as the physician."""
    rule = write_rule(
        actor=people.nurse.actor,
        code=code,
        label=code.title(),
        severity=severity,
        settings=settings,
        source="Test",
        reason="Test",
        monitored=monitored,
    )
    approve_rule(actor=people.physician.actor, rule=rule)
    return rule


Maker = Callable[..., Home]
