"""Give the readings of one person to another: two records were of one human, or were not after all."""

from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction

from hearthline.monitoring.readings.corrections import renew_latest
from hearthline.monitoring.readings.models import DeviceAssignment, Latest, MonitoredPatient

RENUMBER = "SELECT readings_renumber(%s, %s, %s, %s, %s)"
ALL_DAYS = """
INSERT INTO readings_dirtyday (organization_id, patient_number, metric, day)
SELECT organization_id, patient_number, metric, day + shift FROM readings_dailysummary, generate_series(-1, 1) AS shift
WHERE organization_id = %s AND patient_number = %s ON CONFLICT DO NOTHING
"""
NEWEST = ("observed_at", "value", "flags", "device_number", "received_at")


class ReadingsCollideError(Exception):
    """Both persons have a value of one device and metric for one moment: which counts, nobody can tell."""


def give_readings(
    *, source: MonitoredPatient, target: MonitoredPatient, only: Sequence[DeviceAssignment] | None = None
) -> None:
    """Give all readings of ``source``, or those measured in some assignments ``only``, to ``target``.

    Sums of days follow by their job; what is newest follows at once. The caller has asked who may do this.

    Raises:
        ReadingsCollideError: see there; nothing has changed then.
    """
    columns: list[list[object] | None] = [None, None, None]
    if only is not None:
        columns = [
            [one.device.number for one in only],
            [one.starts_at for one in only],
            [one.ends_at for one in only],
        ]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(RENUMBER, [source.number, target.number, *columns])
    except IntegrityError as error:
        raise ReadingsCollideError from error
    _renew_newest(source, target)


def _renew_newest(source: MonitoredPatient, target: MonitoredPatient) -> None:
    both = [source.number, target.number]
    rows = list(Latest.objects.filter(organization_id=source.organization_id, patient_number__in=both))
    newest = {row.metric: row for row in sorted(rows, key=lambda row: row.observed_at)}
    for metric, row in newest.items():
        columns = {name: getattr(row, name) for name in NEWEST}
        for person in (source, target):
            key = {
                "organization_id": person.organization_id,
                "patient_number": person.number,
                "metric": metric,
            }
            Latest.objects.bulk_create([Latest(**key, **columns)], ignore_conflicts=True)
            renew_latest(person, metric)


def mark_days(monitored: MonitoredPatient) -> None:
    """Have the sums of all of a person's days made anew: local days are others in another zone."""
    with connection.cursor() as cursor:
        cursor.execute(ALL_DAYS, [monitored.organization_id, monitored.number])
