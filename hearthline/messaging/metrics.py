"""Figures of the sending, for the monitor."""

from collections.abc import Iterable

from django.db import Error
from prometheus_client.core import GaugeMetricFamily, Metric

from hearthline.foundation import clock
from hearthline.messaging import oversight
from hearthline.messaging.models import WorkerPulse


class SendingCollector:
    """How many reminders are late or missing, and when the worker last showed that it works."""

    def collect(self) -> Iterable[Metric]:
        """Ask at the moment of the scrape; no answer, no figures (readiness tells that)."""
        late = GaugeMetricFamily("hearthline_reminders_late", "Reminders that should have gone and did not")
        missing = GaugeMetricFamily("hearthline_reminders_missing", "Appointments without their reminders")
        age = GaugeMetricFamily(
            "hearthline_pulse_age_seconds", "Age of the last sign of life", labels=["process"]
        )
        try:
            watched = oversight.look()
            pulses = list(WorkerPulse.objects.all())
        except Error:
            return [late, missing, age]
        late.add_metric([], watched.late_count)
        missing.add_metric([], watched.missing_count)
        for pulse in pulses:
            age.add_metric([pulse.name], (clock.now() - pulse.beat_at).total_seconds())
        return [late, missing, age]
