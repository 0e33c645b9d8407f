"""What a participant says about the care and the technology."""

from typing import Any

from hearthline.audit import services as audit
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.visits.models import Participant, Visit, VisitRating


def rate(*, actor: Actor, visit: Visit, participant: Participant, answers: dict[str, Any]) -> VisitRating:
    """Keep a participant's rating; a second one replaces the first."""
    rating = VisitRating.objects.filter(visit=visit, participant=participant).first()
    rating = rating or VisitRating(
        organization_id=visit.organization_id, visit=visit, participant=participant
    )
    rating.care, rating.technology = answers["care"], answers["technology"]
    rating.faults, rating.comment = answers["faults"], answers["comment"]
    rating.rated_at = clock.now()
    rating.save()
    audit.record(actor, "visit.rated", visit, patient_id=visit.patient_id)
    return rating
