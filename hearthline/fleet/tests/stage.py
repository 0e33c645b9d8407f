"""Things for tests."""

from typing import Any

from hearthline.fleet.incident_rules import Cause
from hearthline.fleet.incidents import report_fault
from hearthline.fleet.models import Asset, Incident
from hearthline.fleet.services import add_assets
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from tests.people import People


def make_asset(people: People, serial: str = "SN-1", **values: Any) -> Asset:
    like = Asset(**{"kind": "cuff", "manufacturer": "Omron", "model": "M4", **values})
    (asset,) = add_assets(people.technician.actor, like=like, serials=[serial])
    return asset


def make_fault(people: People, **values: Any) -> Incident:
    """Let a machine tell of a fault. The transaction must speak for the organization."""
    told = {"cause": Cause.DEVICE_FAULT, "source_id": new_id(), "reference": new_id(), "since": clock.now()}
    return report_fault(Actor.system(people.organization.id, "test"), **{**told, **values})
