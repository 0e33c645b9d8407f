"""A person with readings, for the walk over all routes."""

from typing import Any

from hearthline.monitoring.plots.tests.stage import make_everything
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    patient = {"patient_id": make_everything(people).patient.id}
    plain = ("monitoring", "glucose", "pressure", "dry_weight", "report", "keep_report")
    own = ("own_of", "own_glucose", "own_glucose_days", "own_pressure")
    return {
        **{f"plots:{name}": patient for name in (*plain, *own)},
        "plots:series": {**patient, "plotted": "weight"},
        "plots:own_series": {**patient, "plotted": "weight"},
        "plots:explore": {**patient, "explored": "glucose"},
    }
