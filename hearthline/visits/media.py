"""How browsers are connected: the contract, and the one way there is.

``mesh``: each browser sends to each other one, end-to-end encrypted; the server passes messages between them and has
no code that could record. A way for many people (a media server) would fulfil the same contract; a telephone leg
joins by ``add_phone``. A visit names its way in ``Visit.media_backend``.
"""

from typing import Any, Protocol

from hearthline.identity.actor import Actor
from hearthline.visits.models import Join, QualitySample, Visit
from hearthline.visits.services import conversation, room, telephone


class MediaBackend(Protocol):
    """What a visit needs of a way to meet."""

    people_most: int

    def admit(self, join: Join) -> dict[str, Any]:
        """Return what the browser of somebody who was let in needs to connect."""
        ...

    def signal(self, join: Join, to: int, body: dict[str, Any]) -> None:
        """Take a message that a browser sends about its connections."""
        ...

    def add_phone(self, actor: Actor, visit: Visit, which: str) -> None:
        """Bring the patient's telephone into the visit: the number agreed to, or the one on record."""
        ...

    def stats(self, visit: Visit) -> list[QualitySample]:
        """Return how the visit was received."""
        ...


class Mesh:
    """Browser to browser, through the relay where networks or the organization ask for it."""

    people_most = 4

    def admit(self, join: Join) -> dict[str, Any]:
        """Return servers with fresh credentials, the people and the chat so far."""
        return conversation.welcome(join)

    def signal(self, join: Join, to: int, body: dict[str, Any]) -> None:
        """Pass a description or candidates to the other browser."""
        room.relay_signal(join=join, to=to, body=body)

    def add_phone(self, actor: Actor, visit: Visit, which: str) -> None:
        """Have the patient rung up; the worker joins their telephone to every browser."""
        telephone.call_patient(actor=actor, visit=visit, which=which)

    def stats(self, visit: Visit) -> list[QualitySample]:
        """Return the samples that the browsers sent, oldest first."""
        return list(QualitySample.objects.filter(visit=visit))


BACKENDS: dict[str, MediaBackend] = {"mesh": Mesh()}


def backend_of(visit: Visit) -> MediaBackend:
    """Return the way in which the people of a visit meet."""
    return BACKENDS[visit.media_backend]
