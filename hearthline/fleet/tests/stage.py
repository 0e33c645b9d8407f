"""Things for tests."""

from typing import Any

from hearthline.fleet.models import Asset
from hearthline.fleet.services import add_assets
from tests.people import People


def make_asset(people: People, serial: str = "SN-1", **values: Any) -> Asset:
    like = Asset(**{"kind": "cuff", "manufacturer": "Omron", "model": "M4", **values})
    (asset,) = add_assets(people.technician.actor, like=like, serials=[serial])
    return asset
