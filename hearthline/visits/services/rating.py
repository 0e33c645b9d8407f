"""What a participant says about the care and the technology."""

from typing import Any

from django.db.models import Avg

from hearthline.audit import services as audit
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.visits.access import participant_for
from hearthline.visits.events import TechnologyFailed
from hearthline.visits.models import QualitySample, Visit, VisitFault, VisitRating

POOR = 2  # of five; from here down the service desk hears of it, even where no fault was named


def rate(*, actor: Actor, visit: Visit, answers: dict[str, Any]) -> VisitRating:
    """Keep what the actor says of a visit; a second rating replaces the first."""
    participant = participant_for(actor, visit)
    rating = VisitRating.objects.filter(visit=visit, participant=participant).first()
    rating = rating or VisitRating(
        organization_id=visit.organization_id, visit=visit, participant=participant
    )
    rating.care, rating.technology = answers["care"], answers["technology"]
    rating.faults, rating.comment = answers["faults"], answers["comment"]
    rating.rated_at = clock.now()
    rating.save()
    audit.record(actor, "visit.rated", visit, patient_id=visit.patient_id)
    if rating.faults or (rating.technology or POOR + 1) <= POOR:
        publish(
            TechnologyFailed(
                organization_id=visit.organization_id,
                visit_id=visit.pk,
                rating_id=rating.pk,
                rated_at=rating.rated_at,
            )
        )
    return rating


def has_rated(actor: Actor, visit: Visit) -> bool:
    """Whether the actor has rated this visit."""
    return VisitRating.objects.filter(visit=visit, participant__user=actor.user_id).exists()


def facts_for_service_desk(rating: VisitRating) -> str:
    """Return what the service desk may know of a bad rating: named faults and measured figures, nobody's words."""
    samples = QualitySample.objects.filter(visit=rating.visit_id, participant=rating.participant_id)
    measured = samples.aggregate(score=Avg("mean_opinion_score"), trip=Avg("round_trip_ms"))
    failures = VisitFault.objects.filter(visit=rating.visit_id, participant=rating.participant_id)
    kinds = sorted(set(failures.values_list("kind", flat=True)))
    paths = sorted(
        {f"{pair} {protocol}".strip() for pair, protocol in samples.values_list("pair", "protocol")}
    )
    parts = [
        f"role {rating.participant.role}",
        f"rated {rating.technology} of 5" if rating.technology else "",
        f"said {', '.join(rating.faults)}" if rating.faults else "",
        f"measured score {measured['score']:.1f}, round trip {measured['trip']:.0f} ms" if paths else "",
        f"path {', '.join(paths)}" if any(paths) else "",
        f"failed {', '.join(kinds)}" if kinds else "",
    ]
    return "; ".join(part for part in parts if part)
