"""Real objects for the walk over every route."""

from typing import Any

from hearthline.billing.services import Key, make_claim
from hearthline.billing.tests.stage import LATER, begin, send, spend
from hearthline.foundation import clock
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    episode, assignment = begin(people)
    send(assignment, range(16))
    spend(people, episode, 20)
    with clock.frozen(LATER):
        first = episode.ordered_on
        key = Key("99457", first.replace(day=1), first.replace(day=30))
        claim = make_claim(people.physician.actor, episode=episode, key=key)
    one = {"episode_id": episode.pk}
    return {
        "billing:episode": one,
        "billing:claim": one,
        "billing:claimed": {"claim_id": claim.pk},
        "billing:evidence": {"claim_id": claim.pk},
    }
