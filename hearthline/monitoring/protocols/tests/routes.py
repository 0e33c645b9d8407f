"""Real objects for the walk over every route."""

from typing import Any

from hearthline.monitoring.alerts.models import Case
from hearthline.monitoring.alerts.tests.stage import SEVERE, in_force, make_home
from hearthline.monitoring.protocols.services import start
from hearthline.monitoring.protocols.tests.stage import in_use
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    home = make_home(people, "Pia")
    in_force(people, SEVERE | {"ask_minutes": 0}, code="severe")
    home.send((0, 190), metric="systolic")
    case = Case.objects.get(monitored=home.monitored)
    protocol = in_use(people)
    run = start(actor=people.nurse.actor, case=case, protocol=protocol)
    one = {"protocol_id": protocol.pk}
    return {f"protocols:{name}": one for name in ("protocol", "change", "approve", "retire")} | {
        "protocols:start": {"case_id": case.pk} | one,
        "protocols:tick": {"run_id": run.pk, "step": "call"},
        "protocols:leave": {"run_id": run.pk},
    }
