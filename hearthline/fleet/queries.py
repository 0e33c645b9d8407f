"""Reads for the pages of things that are lent."""

from django.db.models import Count, Q, QuerySet

from hearthline.fleet.models import Asset
from hearthline.fleet.rules import State


def list_assets(*, state: str = "", kind: str = "", words: str = "") -> QuerySet[Asset]:
    """Return the things that match, by maker, model and serial number."""
    found = Asset.objects.all()
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    for word in words.split():
        found = found.filter(
            Q(serial__icontains=word) | Q(manufacturer__icontains=word) | Q(model__icontains=word)
        )
    return found


def count_by_state() -> list[tuple[State, int]]:
    """Return how many things are in each state that has any."""
    rows = Asset.objects.order_by().values("state").annotate(count=Count("id"))
    counts = {row["state"]: row["count"] for row in rows}
    return [(state, counts[state]) for state in State if state in counts]
