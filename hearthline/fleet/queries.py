"""Reads for the pages of things that are lent."""

from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from hearthline.fleet.incident_rules import UNSOLVED
from hearthline.fleet.models import Asset, Incident, IncidentFault, Placement
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


def list_incidents(
    *, state: str = "", cause: str = "", is_own: bool = False, user_id: UUID | None = None
) -> QuerySet[Incident]:
    """Return the technical faults that match, newest first, with how many places each touches (``affected``).

    ``state``: one of them, ``all``, or empty for those that are not solved.
    """
    found = Incident.objects.select_related("owner").order_by("-opened_at", "-id")
    found = found.annotate(affected=Coalesce(Sum("faults__affected"), 0))
    if not state:
        found = found.filter(state__in=[one.value for one in UNSOLVED])
    elif state != "all":
        found = found.filter(state=state)
    if cause:
        found = found.filter(cause=cause)
    return found.filter(owner_id=user_id) if is_own else found


def faults_of(incident: Incident, most: int) -> list[tuple[IncidentFault, Asset | None]]:
    """Return what an incident touches, each with the thing that is lent there."""
    faults = list(incident.faults.all()[:most])
    references = [one.reference for one in faults if one.reference]
    placements = Placement.objects.filter(reference__in=references).select_related("asset")
    assets = {one.reference: one.asset for one in placements}
    return [(one, assets.get(one.reference) if one.reference else None) for one in faults]
