"""Real objects for the walk over every route."""

from typing import Any

from hearthline.monitoring.home.services.storing import microseconds
from hearthline.monitoring.home.tests.stage import make_home
from hearthline.monitoring.readings.models import Reading
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this application's routes."""
    home = make_home(people)
    home.measured("weight", weight=80)
    reading = Reading.objects.get(patient_number=home.monitored.number)
    of_patient = {"patient_id": home.patient_id}
    return {
        "home:today_of": of_patient,
        "home:add": of_patient,
        "home:device": of_patient,
        "home:device_token": of_patient,
        "home:device_save": of_patient,
        "home:type": {**of_patient, "kind": "weight"},
        "home:past": {**of_patient, "kind": "weight"},
        "home:change": {
            **of_patient,
            "device_number": reading.device_number,
            "observed_us": microseconds(reading.observed_at),
        },
    }
