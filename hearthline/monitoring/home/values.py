"""The values of one person that count, for the pages."""

from datetime import UTC, datetime

from hearthline.monitoring.readings.metrics import Metric
from hearthline.monitoring.readings.models import MonitoredPatient
from hearthline.monitoring.readings.series import Series, series_of


def values_of(monitored: MonitoredPatient, metric: Metric, since: datetime, until: datetime) -> Series:
    """Return one person's values that count, oldest first."""
    return series_of(
        organization_id=monitored.organization_id,
        patient_number=monitored.number,
        metric=metric.number,
        since=since,
        until=until,
    ).for_statistics()


def moment_of(at_us: int) -> datetime:
    """Return microseconds since 1970 as a moment."""
    return datetime.fromtimestamp(int(at_us) / 1_000_000, UTC)
