"""What happened to a person while values were taken: the numbered flags above a plot and the words below it.

Packages above add theirs (alerts, symptoms, meals) with ``drawn_from``.
"""

from collections.abc import Callable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from hearthline.charting.models import Encounter, Medication
from hearthline.directory.models import Patient
from hearthline.monitoring.plots.drawing.canvas import Mark
from hearthline.monitoring.plots.local_time import microseconds, moment_of
from hearthline.monitoring.plots.models import DryWeight
from hearthline.monitoring.readings.models import DeviceAssignment, MonitoringPause

MOST_MARKS = 9  # the newest; more would hide the values
Source = Callable[[Patient, int, int], list[Mark]]
_sources: list[Source] = []


def drawn_from(source: Source) -> Source:
    """Have ``source(patient, starts, ends)`` asked for marks in [starts, ends) µs whenever a plot is drawn."""
    _sources.append(source)
    return source


def marks_of(patient: Patient, starts: int, ends: int) -> list[Mark]:
    """Return what happened in [starts, ends) µs, earliest first; at most the newest nine."""
    found = [mark for source in _sources for mark in source(patient, starts, ends)]
    return sorted(found, key=lambda mark: mark.time)[-MOST_MARKS:]


@drawn_from
def _encounters(patient: Patient, starts: int, ends: int) -> list[Mark]:
    rows = Encounter.objects.filter(
        patient=patient, started_at__gte=moment_of(starts), started_at__lt=moment_of(ends)
    ).exclude(status=Encounter.Status.ENTERED_IN_ERROR)
    return [Mark(microseconds(row.started_at), row.get_kind_display()) for row in rows]


@drawn_from
def _medicines(patient: Patient, starts: int, ends: int) -> list[Mark]:
    """Medicines have days, not times: their flag stands at the day's beginning."""
    zone = ZoneInfo(patient.zone)
    marks = []
    for row in Medication.objects.filter(patient=patient, entered_in_error_at__isnull=True):
        name = {"medicine": row.name}
        for day, text in (
            (row.started_on, _("Started: %(medicine)s")),
            (row.stopped_on, _("Stopped: %(medicine)s")),
        ):
            if day is not None:
                marks.append(Mark(microseconds(datetime.combine(day, time(), zone)), text % name))
    return [mark for mark in marks if starts <= mark.time < ends]


@drawn_from
def _pauses(patient: Patient, starts: int, ends: int) -> list[Mark]:
    rows = MonitoringPause.objects.filter(
        monitored__patient=patient, starts_at__gte=moment_of(starts), starts_at__lt=moment_of(ends)
    )
    words = _("Monitoring paused: %(reason)s")
    return [
        Mark(microseconds(row.starts_at), words % {"reason": row.get_reason_display().lower()})
        for row in rows
    ]


@drawn_from
def _devices(patient: Patient, starts: int, ends: int) -> list[Mark]:
    rows = DeviceAssignment.objects.filter(
        monitored__patient=patient, starts_at__gte=moment_of(starts), starts_at__lt=moment_of(ends)
    ).select_related("device")
    return [
        Mark(microseconds(row.starts_at), _("New device: %(name)s") % {"name": row.device.name})
        for row in rows
    ]


@drawn_from
def _dry_weights(patient: Patient, starts: int, ends: int) -> list[Mark]:
    rows = DryWeight.objects.filter(
        patient=patient, set_at__gte=moment_of(starts), set_at__lt=moment_of(ends)
    )
    words = _("Dry weight set to %(kilograms)s kg")
    return [Mark(microseconds(row.set_at), words % {"kilograms": row.kilograms}) for row in rows]
