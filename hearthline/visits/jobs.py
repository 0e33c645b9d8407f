"""Ranking what comes; tidying: joins whose process died, patients to fetch, and messages that nobody needs any more."""

from datetime import timedelta
from uuid import UUID

from hearthline.foundation import clock
from hearthline.foundation.jobs import job, periodic
from hearthline.tenancy.models import Organization
from hearthline.visits.models import SignalMessage
from hearthline.visits.services import ranking, ready, room, telephone

MESSAGES_KEPT = timedelta(hours=1)


@periodic("* * * * *")
def look_after_rooms() -> None:
    """Visit each organization once a minute."""
    for organization_id in Organization.objects.filter(is_active=True).values_list("pk", flat=True):
        tidy_rooms(organization_id)


@job(queue="visits")
def tidy_rooms(organization_id: UUID) -> None:
    """Mark lost joins, fetch patients whose clinician waits, and remove events of joins closed a while ago."""
    room.sweep_lost(organization_id)
    telephone.sweep_lost_calls(organization_id)
    ready.fetch_patients(organization_id)
    before = clock.now() - MESSAGES_KEPT
    SignalMessage.objects.filter(join__closed_at__lt=before).delete()


@periodic("*/5 * * * *")
def rank_visits() -> None:
    """Visit each organization every five minutes: the nearest window of the desk is ten minutes long."""
    for organization_id in Organization.objects.filter(is_active=True).values_list("pk", flat=True):
        rank_organization(organization_id)


@job(queue="visits")
def rank_organization(organization_id: UUID) -> None:
    """Keep how visits stand that are new in a window of the desk."""
    ranking.rank_coming(organization_id)
