"""A protocol in use, for tests."""

from hearthline.monitoring.protocols.models import Protocol
from hearthline.monitoring.protocols.services import adopt_shipped, approve_protocol
from tests.people import People


def in_use(people: People, code: str = "severe-hypertension") -> Protocol:
    """Bring the shipped ones in as the nurse and approve one as the physician."""
    adopt_shipped(actor=people.nurse.actor)
    protocol = Protocol.objects.get(code=code)
    approve_protocol(actor=people.physician.actor, protocol=protocol)
    protocol.refresh_from_db()
    return protocol
