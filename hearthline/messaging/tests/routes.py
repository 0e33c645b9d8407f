"""Real objects for the walk over every route."""

from typing import Any

from hearthline.directory.tests.stage import make_practitioner, own_patient, treat
from hearthline.foundation.ids import new_id
from hearthline.messaging import conversations
from hearthline.messaging.models import Message, RoutingPool
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    patient = own_patient(people)
    treat(patient, make_practitioner(people.physician))
    pool = RoutingPool.objects.create(organization_id=people.organization.id, name="Walk")
    thread = conversations.start_thread(
        actor=people.physician.actor,
        patient=patient,
        pool=pool,
        subject="Walk",
        text="Walk",
        key=str(new_id()),
        author_kind=Message.Author.STAFF,
    )
    of_patient, of_thread = {"patient_id": patient.id}, {"thread_id": thread.id}
    of_threads = ("care_thread", "care_send", "thread", "send", "claim", "close", "reopen", "hand_over")
    return {f"messaging:{name}": of_thread for name in of_threads} | {
        "messaging:new": of_patient,
        "messaging:patient_deliveries": of_patient,
        "messaging:pool": {"pool_id": pool.id},
    }
