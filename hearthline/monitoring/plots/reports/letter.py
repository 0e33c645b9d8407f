"""The report on paper: a section for each kind that was measured, for the chart and the referring clinician."""

from typing import Any

from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.monitoring.plots.blood_pressure import Protocol
from hearthline.monitoring.plots.glucose import Unit
from hearthline.monitoring.plots.reports.overview import overview_of
from hearthline.monitoring.plots.targets import Targets


def letter_of(patient: Patient, targets: Targets, unit: Unit, protocol: Protocol) -> dict[str, Any]:
    """Return what the PDF says. The language must be set: sentences and dates are made here."""
    return overview_of(patient, targets, unit, protocol) | {
        "patient": patient,
        "zone": patient.zone,
        "made_at": clock.now(),
    }
