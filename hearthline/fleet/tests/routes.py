"""Real objects for the walk over every route."""

from typing import Any

from hearthline.fleet.tests.stage import make_asset, make_fault
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    of_incident = {"incident_id": make_fault(people).pk}
    return {
        "fleet:asset": {"asset_id": make_asset(people).pk},
        "fleet:incident": of_incident,
        "fleet:hand_over": of_incident,
    }
