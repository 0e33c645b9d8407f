"""Real results for the walk over every route."""

from typing import Any

from hearthline.charting.results.models import Observation
from hearthline.charting.results.tests.stage import make_stage, nm, oru
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    stage = make_stage(people)
    stage.take(oru(nm("4.1"), filler="WALK"), "WALK")
    return {
        "fhir:report": {"report_id": stage.report().pk},
        "fhir:observation": {"observation_id": Observation.objects.get().pk},
    }
