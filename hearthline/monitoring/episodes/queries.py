"""What is awaited of the people of an organization, for the engines that look at what does not come."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery

from hearthline.monitoring.episodes.models import Episode, PlannedMeasurement
from hearthline.monitoring.episodes.plan import Planned


@dataclass(frozen=True)
class Awaited:
    """One metric that a person measures; ``zone``: where the person lives."""

    monitored_id: UUID
    number: int
    zone: str
    planned: Planned


def awaited_since(
    organization_id: UUID, since: date, people: Collection[UUID] | None = None
) -> Iterator[Awaited]:
    """Yield what was awaited (of some people only) on any day from ``since`` on, each metric of a person together.

    Before a person's monitoring is set up nothing is awaited: the device may still be on its way.
    """
    running = Episode.objects.filter(monitored=OuterRef("monitored"), ends_on__isnull=True)
    rows = (
        PlannedMeasurement.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=since), organization_id=organization_id
        )
        .annotate(
            running=Subquery(running.values("pk")[:1]),
            set_up_on=Subquery(running.values("set_up_on")[:1]),
            number=F("monitored__number"),
            zone=F("monitored__patient__zone"),
        )
        .exclude(running__isnull=False, set_up_on__isnull=True)
        .order_by("monitored_id", "metric", "starts_on")
    )
    if people is not None:
        rows = rows.filter(monitored__in=people)
    for row in rows.iterator():
        planned = row.planned
        if row.set_up_on is not None:
            planned = replace(planned, first=max(planned.first, row.set_up_on))
        if planned.last is None or planned.last >= planned.first:
            yield Awaited(row.monitored_id, row.number, row.zone, planned)
