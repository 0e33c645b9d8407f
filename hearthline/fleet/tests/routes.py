"""Real objects for the walk over every route."""

from typing import Any

from hearthline.fleet.tests.stage import make_asset
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    return {"fleet:asset": {"asset_id": make_asset(people).pk}}
