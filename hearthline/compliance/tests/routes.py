"""Real objects for the walk over every route."""

from typing import Any

from hearthline.compliance import services
from hearthline.directory.services.patients import register_patient
from hearthline.foundation import clock
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    patient = register_patient(
        actor=people.nurse.actor,
        values={
            "given_names": "Walter",
            "family_name": "Walk",
            "birth_date": clock.now().date().replace(year=1950, day=1),
            "zone": "America/Chicago",
        },
    )
    opening = services.open_break_glass(
        people.specialist.actor, patient_id=patient.pk, cause="emergency", reason="Found unconscious"
    )
    return {
        "compliance:open_break_glass": {"patient_id": patient.pk},
        "compliance:end_break_glass": {"opening_id": opening.pk},
        "compliance:review": {"opening_id": opening.pk},
    }
