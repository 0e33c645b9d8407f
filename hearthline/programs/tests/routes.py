"""Real objects for the walk over every route."""

from typing import Any

from hearthline.programs.lending import lend
from hearthline.programs.tests.stage import make_enrollment, ready_asset
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    enrollment = make_enrollment(people)
    assignment = lend(people.nurse.actor, enrollment=enrollment, asset_id=ready_asset(people).pk)
    one = {"enrollment_id": enrollment.pk}
    patient = {"patient_id": enrollment.episode.monitored.patient_id}
    routes = ("enrollment", "consent", "lend", "set_up", "limits", "review")
    return {
        "programs:patient": patient,
        "programs:enroll": patient,
        **{f"programs:{name}": one for name in routes},
        "programs:take_back": {**one, "device_id": assignment.device_id},
        "programs:task": {**one, "code": "call-first-week"},
        "programs:lesson": {**one, "code": "how-to-measure"},
    }
