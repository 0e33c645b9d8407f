"""The readings that plots are made of, as arrays. Whoever calls has fetched the patient by ``directory.access``."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from hearthline.directory.models import Patient
from hearthline.monitoring.plots.blood_pressure import Pressures
from hearthline.monitoring.plots.local_time import moment_of
from hearthline.monitoring.plots.models import DryWeight
from hearthline.monitoring.readings import series
from hearthline.monitoring.readings.flags import NOT_FOR_STATISTICS
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Device, Latest, MonitoredPatient

CUFFS = (Device.Kind.CUFF, Device.Kind.MANUAL, Device.Kind.FILE)


@dataclass(frozen=True)
class Newest:
    """The newest believable value of a metric, in its canonical unit."""

    value: float
    at: datetime


def series_of(patient: Patient, code: str, starts: int, ends: int) -> series.Series:
    """Return a patient's readings of a metric in [starts, ends) µs; empty for one who is not monitored."""
    number = MonitoredPatient.objects.filter(patient=patient).values_list("number", flat=True).first()
    return series.series_of(
        organization_id=patient.organization_id,
        patient_number=0 if number is None else number,  # numbers begin at 1
        metric=BY_CODE[code].number,
        since=moment_of(starts),
        until=moment_of(ends),
    )


def newest_of(patient: Patient) -> dict[str, Newest]:
    """Return the newest value of each metric that a patient has, by the metric's code."""
    numbers = {metric.number: code for code, metric in BY_CODE.items()}
    rows = Latest.objects.filter(
        organization_id=patient.organization_id,
        patient_number__in=MonitoredPatient.objects.filter(patient=patient).values("number"),
    )
    return {numbers[row.metric]: Newest(row.value, row.observed_at) for row in rows if row.metric in numbers}


def dry_weight_of(patient: Patient) -> DryWeight | None:
    """Return the dry weight that holds now, if one was set."""
    return DryWeight.objects.filter(patient=patient).order_by("-set_at").first()


def pressures_of(patient: Patient, starts: int, ends: int) -> Pressures:
    """Return complete measurements: upper and lower value of one device at one time."""
    upper = _by_moment(series_of(patient, "systolic", starts, ends))
    lower = _by_moment(series_of(patient, "diastolic", starts, ends))
    moments = sorted(upper.keys() & lower.keys())
    cuffs = set(
        Device.objects.filter(
            organization_id=patient.organization_id,
            kind__in=CUFFS,
            number__in={device for _, device in moments},
        ).values_list("number", flat=True)
    )
    return Pressures(
        np.array([time for time, _ in moments], dtype=np.int64),
        np.array([upper[moment] for moment in moments], dtype=np.float64),
        np.array([lower[moment] for moment in moments], dtype=np.float64),
        np.array([device not in cuffs for _, device in moments], dtype=bool),
    )


def _by_moment(found: series.Series) -> dict[tuple[int, int], float]:
    usable = (found.flags & int(NOT_FOR_STATISTICS)) == 0
    keys = zip(found.at_us[usable].tolist(), found.device_number[usable].tolist(), strict=True)
    return dict(zip(keys, found.value[usable].tolist(), strict=True))
