"""Real objects for the walk over every route."""

from typing import Any

from hearthline.monitoring.home.tests.stage import make_home
from hearthline.monitoring.vendors.services.linking import open_link
from hearthline.monitoring.vendors.withings import Tokens
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this application's routes."""
    monitored = make_home(people).monitored
    tokens = Tokens(userid=1, access_token="a", refresh_token="r", expires_in=60)
    open_link(actor=people.patient.actor, monitored=monitored, tokens=tokens)
    of_patient = {"patient_id": monitored.patient_id}
    return {f"vendors:{name}": of_patient for name in ("account", "go", "end")}
