"""A person who measures at home: a month of blood pressure, weight and oxygen, a fortnight of a real sensor's trace."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection

from hearthline.charting.models import Medication
from hearthline.charting.services import save_item
from hearthline.directory.models import Patient
from hearthline.directory.tests.stage import make_practitioner, own_patient, treat
from hearthline.foundation import clock
from hearthline.monitoring.plots.local_time import DAY, MINUTE, microseconds
from hearthline.monitoring.plots.models import DryWeight
from hearthline.monitoring.plots.targets import Floats, Integers
from hearthline.monitoring.plots.tests.traces import trace
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Device, DeviceAssignment, MonitoredPatient
from hearthline.monitoring.readings.pipeline.store import store_group
from hearthline.monitoring.readings.pipeline.types import NO_USER, ROW, Outcome, Submission
from tests.people import People

DAYS = 40
SEED = 11


@dataclass
class Measuring:
    """The person, their number in the readings, and how values are put in."""

    patient: Patient
    monitored: MonitoredPatient

    def device(self, kind: Device.Kind) -> Device:
        """Return a device that has been the person's for a long time."""
        device = Device.objects.create(
            organization_id=self.patient.organization_id, kind=kind, name=str(kind.label)
        )
        DeviceAssignment.objects.create(
            organization_id=self.patient.organization_id,
            device=device,
            monitored=self.monitored,
            starts_at=clock.now() - timedelta(days=400),
        )
        device.refresh_from_db()
        return device

    def take(self, device: Device, code: str, times: Integers, values: Floats, flags: int = 0) -> None:
        """Store values through the pipeline."""
        rows = np.zeros(len(times), dtype=ROW)
        rows["device_number"], rows["metric"], rows["user_index"] = (
            device.number,
            BY_CODE[code].number,
            NO_USER,
        )
        rows["observed_us"], rows["value"], rows["flags"] = times, values, flags
        rows["item"] = np.arange(len(times))
        outcomes = np.zeros(len(times), dtype=np.int8)
        now = microseconds(clock.now())
        submission = Submission(self.patient.organization_id, None, "test", now, b"{}", rows, outcomes)
        connection.ensure_connection()
        with connection.connection.cursor() as cursor:
            store_group(cursor, [submission])
        assert set(outcomes.tolist()) <= {Outcome.ACCEPTED}


def make_measuring(people: People) -> Measuring:
    """Return a monitored person without readings, treated by the physician."""
    patient = own_patient(people)
    treat(patient, make_practitioner(people.physician))
    monitored, _is_new = MonitoredPatient.objects.get_or_create(
        organization_id=patient.organization_id, patient=patient
    )
    monitored.refresh_from_db()
    return Measuring(patient, monitored)


def mornings(zone: str, hour: float, days: int = DAYS) -> Integers:
    """Return a time of each of the last days, in µs, none of them in the future."""
    today = clock.now().astimezone(ZoneInfo(zone)).date()
    starts = [
        datetime.combine(today - timedelta(days=ago), time(), ZoneInfo(zone)) for ago in range(days, 0, -1)
    ]
    return np.array([microseconds(start) + int(hour * 60) * MINUTE for start in starts], dtype=np.int64)


def add_glucose(measuring: Measuring, name: str = "dm", days: int = 15) -> None:
    """Play a real trace so that its last value is of this hour, to the minute."""
    played = trace(name)
    shift = (microseconds(clock.now()) - int(played.times[-1])) // MINUTE * MINUTE
    kept = played.times >= played.times[-1] - days * DAY
    times, first = np.unique(played.times[kept] + shift, return_index=True)
    measuring.take(measuring.device(Device.Kind.CGM), "glucose", times, played.values[kept][first])


def add_pressure(measuring: Measuring) -> None:
    """Two measurements every morning and evening, with a few days left out and one that is severe."""
    noise = np.random.default_rng(SEED)
    device = measuring.device(Device.Kind.CUFF)
    zone = measuring.patient.zone
    for hour in (7.2, 7.25, 20.5, 20.55):
        times = np.delete(mornings(zone, hour), [18, 19, 27])
        fall = np.linspace(4, -6, times.size)
        upper = np.round(134 + fall + noise.normal(0, 7, times.size))
        if hour == 20.5:
            upper[-12] = 186
        measuring.take(device, "systolic", times, upper)
        measuring.take(device, "diastolic", times, np.round(81 + fall / 2 + noise.normal(0, 4, times.size)))
        measuring.take(device, "pulse", times, np.round(72 + noise.normal(0, 4, times.size)))


def add_weight(measuring: Measuring) -> None:
    """A weight each morning that climbs in the last week."""
    noise = np.random.default_rng(SEED)
    times = np.delete(mornings(measuring.patient.zone, 6.9), [14, 22, 23])
    values = 82 + noise.normal(0, 0.4, times.size)
    values[-6:] += np.array([0.2, 0.5, 1.0, 1.5, 1.9, 2.3])
    measuring.take(measuring.device(Device.Kind.SCALE), "weight", times, np.round(values, 1))


def add_oxygen(measuring: Measuring) -> None:
    """Oxygen each evening; every seventh with a weak signal."""
    noise = np.random.default_rng(SEED)
    times = mornings(measuring.patient.zone, 19.0)
    values = np.clip(np.round(95 + noise.normal(0, 1.4, times.size)), 85, 100)
    device = measuring.device(Device.Kind.OXIMETER)
    weak = np.arange(times.size) % 7 == 3
    measuring.take(device, "oxygen-saturation", times[~weak], values[~weak])
    measuring.take(device, "oxygen-saturation", times[weak], values[weak], int(Flag.WEAK_SIGNAL))


def make_everything(people: People) -> Measuring:
    """Return a person with every kind of reading, a medicine begun, and a dry weight."""
    measuring = make_measuring(people)
    for add in (add_glucose, add_pressure, add_weight, add_oxygen):
        add(measuring)
    patient = measuring.patient
    began = clock.now().date() - timedelta(days=20)
    save_item(
        actor=people.physician.actor,
        patient=patient,
        item=Medication(name="Lisinopril 10 mg", started_on=began),
    )
    DryWeight.objects.create(
        organization_id=patient.organization_id,
        patient=patient,
        kilograms="81.5",
        reason="After diuresis",
        set_by=people.physician.user,
        set_at=clock.now() - timedelta(days=12),
    )
    return measuring
