"""How a person stands, for their own pages: what was asked of them, who has been told, and whom to call."""

from dataclasses import dataclass
from datetime import datetime

from hearthline.foundation import clock
from hearthline.monitoring.alerts.escalation import ladder_of
from hearthline.monitoring.alerts.models import Case, RuleState
from hearthline.monitoring.alerts.rules.kinds import Adherence, Severity
from hearthline.monitoring.alerts.rules.ladder import acknowledge_by
from hearthline.monitoring.alerts.rules.machine import Phase
from hearthline.monitoring.readings.models import MonitoredPatient, MonitoringPause
from hearthline.scheduling.services.drafts import emergency_number_at

MISSING = frozenset({"silence", Adherence.name})  # kinds of alert about what did not come


@dataclass(frozen=True)
class Repeat:
    """What a person was asked to measure again, and until when; nobody has been told yet."""

    metric: str
    by: datetime


@dataclass(frozen=True)
class Told:
    """The care team has been told. ``look_by``: when somebody should have looked at the latest; none once they do."""

    metric: str
    since: datetime
    is_red: bool
    is_about_missing: bool
    look_by: datetime | None
    is_late: bool


@dataclass(frozen=True)
class Standing:
    """How a person stands now. While ``is_red`` the page shows the emergency number of where they live, big."""

    repeat: Repeat | None
    told: Told | None
    rests_until: datetime | None
    emergency_number: str

    @property
    def is_red(self) -> bool:
        """Whether a dangerous value stands."""
        return self.told is not None and self.told.is_red


def standing_of(monitored: MonitoredPatient) -> Standing:
    """Return how a person stands now. Whoever calls has asked whether the actor may see this person."""
    now = clock.now()
    organization, place = monitored.organization, monitored.patient.jurisdiction
    pause = MonitoringPause.objects.filter(monitored=monitored, starts_at__lte=now, ends_at__gt=now)
    rests_until = pause.order_by("-ends_at").values_list("ends_at", flat=True).first()
    return Standing(
        repeat=_repeat(monitored, now) if rests_until is None else None,
        told=_told(monitored, now),
        rests_until=rests_until,
        emergency_number=emergency_number_at(organization, place or organization.jurisdiction),
    )


def _repeat(monitored: MonitoredPatient, now: datetime) -> Repeat | None:
    asked = RuleState.objects.filter(
        organization_id=monitored.organization_id,
        patient_number=monitored.number,
        phase=Phase.ASKING.value,
        due_at__gt=now,
    )
    first = asked.select_related("rule").order_by("due_at").first()
    if first is None or first.due_at is None:
        return None
    return Repeat(first.rule.kind.metric, first.due_at)


def _told(monitored: MonitoredPatient, now: datetime) -> Told | None:
    case = Case.objects.filter(monitored=monitored, closed_at__isnull=True, is_settled=False).first()
    if case is None:
        return None
    severity = Severity(case.severity)
    ladder = ladder_of(monitored.organization_id, severity)
    look_by = acknowledge_by(ladder, started_at=case.clock_started_at)
    is_taken = case.acknowledged_at is not None
    return Told(
        metric=str(case.headline.get("metric", "")),
        since=case.clock_started_at,
        is_red=severity is Severity.DANGER,
        is_about_missing=case.headline.get("kind") in MISSING,
        look_by=None if is_taken else look_by,
        is_late=not is_taken and now >= look_by,
    )
