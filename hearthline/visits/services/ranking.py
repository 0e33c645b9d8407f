"""Writing down how visits stood when they came into each window of the desk, to be measured later."""

from uuid import UUID

from hearthline.foundation import clock
from hearthline.visits import rules
from hearthline.visits.choices import VisitState, Window
from hearthline.visits.models import RankedVisit, Visit
from hearthline.visits.readiness import with_facts
from hearthline.visits.rescue import weights_on
from hearthline.visits.rescue_desk import rows_of
from hearthline.visits.windows import REACH, span_of

VISITS_MOST = 1_000  # of one window in one turn; the rest comes with the next turn


def rank_coming(organization_id: UUID) -> int:
    """Keep the rank of every open visit that is new in its window; return how many were kept."""
    now = clock.now()
    weights = weights_on(now.date())
    kept = 0
    for window in REACH:
        after, until = span_of(window, now)
        coming = Visit.objects.filter(
            organization_id=organization_id,
            state__in=rules.OPEN_STATES - {VisitState.IN_PROGRESS},
            starts_at__gt=after,
            starts_at__lte=until,
        ).exclude(rankings__window=window)
        rows = rows_of(list(with_facts(coming).order_by("starts_at")[:VISITS_MOST]), now, now.date())
        made = [
            RankedVisit(
                organization_id=organization_id,
                visit=row.visit,
                window=Window(window),
                ranked_at=now,
                points=row.risk.points,
                is_high=row.risk.is_high,
                signs=[sign.value for sign in row.risk.signs],
                weights_from=weights.valid_from,
            )
            for row in rows
        ]
        RankedVisit.objects.bulk_create(made, ignore_conflicts=True)
        kept += len(made)
    return kept
