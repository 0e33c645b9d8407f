"""What the care team's pages about a patient's plan and devices show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from hearthline.identity.actor import Actor
from hearthline.monitoring.episodes.models import PlannedMeasurement
from hearthline.monitoring.episodes.words import plan_words
from hearthline.monitoring.home.kinds import BY_METRIC
from hearthline.monitoring.home.models import Goal, UnclaimedReading
from hearthline.monitoring.home.staff_forms import NEVER_BY_HAND
from hearthline.monitoring.home.units import LABELS
from hearthline.monitoring.readings.metrics import BY_CODE, BY_NUMBER
from hearthline.monitoring.readings.models import DeviceAssignment, DeviceCredential, MonitoredPatient

MOST_UNCLAIMED = 1000


@dataclass(frozen=True)
class Held:
    """A device with a patient, and what it is let in with."""

    assignment: DeviceAssignment
    credentials: Sequence[DeviceCredential]


@dataclass(frozen=True)
class Asked:
    """What is measured, when, in words; ``is_of_program``: a program asks for it."""

    id: UUID
    label: str
    when: str
    is_of_program: bool


@dataclass(frozen=True)
class Plan:
    """What is asked of a patient, what was agreed, and the devices, present ones first."""

    asked: Sequence[Asked]
    goals: Sequence[tuple[Goal, str]]
    devices: Sequence[Held]


def plan_of(monitored: MonitoredPatient) -> Plan:
    """Return the plan of a monitored patient."""
    own = {"organization_id": monitored.organization_id, "monitored": monitored}
    goals = Goal.objects.filter(**own, ended_at__isnull=True).order_by("metric")
    assignments = list(
        DeviceAssignment.objects.filter(**own)
        .exclude(device__kind__in=NEVER_BY_HAND)
        .select_related("device")
        .order_by("-starts_at")
    )
    credentials = DeviceCredential.objects.filter(
        device__in=[one.device_id for one in assignments], revoked_at__isnull=True
    )
    by_device: dict[object, list[DeviceCredential]] = {}
    for credential in credentials.order_by("created_at"):
        by_device.setdefault(credential.device_id, []).append(credential)
    held = [Held(one, by_device.get(one.device_id, [])) for one in assignments]
    return Plan(
        asked=[_asked(row) for row in PlannedMeasurement.objects.filter(**own, ends_on=None)],
        goals=[(goal, LABELS[BY_NUMBER[goal.metric].unit.ucum]) for goal in goals],
        devices=sorted(held, key=lambda one: one.assignment.ends_at is not None),
    )


def _asked(row: PlannedMeasurement) -> Asked:
    kind = BY_METRIC.get(row.metric)
    label = kind.label if kind is not None else BY_CODE[row.metric].label
    return Asked(row.pk, str(label), plan_words(row.planned), row.episode_id is not None)


@dataclass(frozen=True)
class Unclaimed:
    """A measurement that is nobody's: ``first`` stands for its rows."""

    first: UnclaimedReading
    at: datetime
    values: Sequence[tuple[str, str, str]]


def unclaimed_measurements(actor: Actor, only: UnclaimedReading | None = None) -> list[Unclaimed]:
    """Return open measurements of nobody, newest first; with ``only`` just the one it belongs to."""
    found = UnclaimedReading.objects.filter(organization_id=actor.organization_id, settled="")
    if only is not None:
        found = found.filter(
            device_id=only.device_id, observed_at=only.observed_at, user_index=only.user_index
        )
    rows = found.select_related("device").order_by("-observed_at", "device_id", "user_index", "metric")
    measurements = []
    for _key, group in groupby(
        rows[:MOST_UNCLAIMED], lambda row: (row.observed_at, row.device_id, row.user_index)
    ):
        together = list(group)
        at = together[0].observed_at + timedelta(seconds=together[0].correction_seconds)
        values = [_shown(row) for row in together]
        measurements.append(Unclaimed(together[0], at, values))
    return measurements


def _shown(row: UnclaimedReading) -> tuple[str, str, str]:
    metric = BY_NUMBER[row.metric]
    return str(metric.label), f"{row.value:.{metric.decimals}f}", LABELS[metric.unit.ucum]
