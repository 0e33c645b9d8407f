"""A monitored person who signs in as ``people.patient``, with tasks, goals and readings as wanted."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from hearthline.directory.tests.stage import own_patient
from hearthline.foundation import clock
from hearthline.monitoring.episodes.models import PlannedMeasurement
from hearthline.monitoring.episodes.plan import EVERY_DAY, WHOLE_DAY
from hearthline.monitoring.home.kinds import BY_KEY
from hearthline.monitoring.home.models import Goal
from hearthline.monitoring.home.services.typing_in import type_in
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import MonitoredPatient, Reading
from hearthline.monitoring.readings.pipeline.types import Outcome
from tests.people import People


@dataclass
class HomeStage:
    """One monitored person."""

    people: People
    monitored: MonitoredPatient

    @property
    def patient_id(self) -> Any:
        return self.monitored.patient_id

    def url(self, *parts: str) -> str:
        return "/".join(["", "care", "readings", str(self.patient_id), *parts, ""])

    def ask(
        self, kind: str, *windows: tuple[time, time], weekdays: tuple[int, ...] = EVERY_DAY
    ) -> PlannedMeasurement:
        """Ask for a kind of measurement in these hours, or at any time of the day."""
        return PlannedMeasurement.objects.create(
            organization_id=self.monitored.organization_id,
            monitored=self.monitored,
            metric=BY_KEY[kind].main.code,
            windows=[moment for pair in windows or (WHOLE_DAY,) for moment in pair],
            weekdays=list(weekdays),
            starts_on=clock.now().date() - timedelta(days=1),
        )

    def aim(self, code: str, low: float | None = None, high: float | None = None, **limits: float) -> Goal:
        return Goal.objects.create(
            organization_id=self.monitored.organization_id,
            monitored=self.monitored,
            metric=BY_CODE[code].number,
            low=low,
            high=high,
            **limits,
        )

    def measured(self, kind: str, ago: timedelta = timedelta(minutes=5), **values: float) -> Outcome:
        """Type a reading in; ``oxygen_saturation=97`` stands for the metric ``oxygen-saturation``."""
        named = {code.replace("_", "-"): value for code, value in values.items()}
        at = clock.now() - ago
        actor = self.people.patient.actor
        return type_in(actor=actor, monitored=self.monitored, kind=BY_KEY[kind], values=named, at=at)

    def pressure(self, upper: float, lower: float, ago: timedelta = timedelta(minutes=5)) -> Outcome:
        return self.measured("blood-pressure", ago, systolic=upper, diastolic=lower)

    def stored(self, code: str) -> list[tuple[float, int]]:
        """Return value and flags of what is stored of a metric, oldest first."""
        found = Reading.objects.filter(patient_number=self.monitored.number, metric=BY_CODE[code].number)
        return list(found.order_by("observed_at").values_list("value", "flags"))

    def time_of(self, code: str) -> datetime:
        """Return when the only value of a metric was measured."""
        return Reading.objects.get(
            patient_number=self.monitored.number, metric=BY_CODE[code].number
        ).observed_at


def make_home(people: People, **values: Any) -> HomeStage:
    """Make ``people.patient`` a monitored person. The transaction must speak for the organization."""
    patient = own_patient(people, **values)
    monitored, _is_new = MonitoredPatient.objects.get_or_create(
        organization_id=people.organization.id, patient=patient
    )
    return HomeStage(people, MonitoredPatient.objects.select_related("patient").get(pk=monitored.pk))
