"""How people are connected: the contract, and the two ways there are.

``mesh``: each browser sends to each other one, end-to-end encrypted; the server passes messages between them and has
no code that could record. ``janus``: each sends once, to the media server, which passes on: for many people, or lines
that carry little upwards; encrypted on the way to it and from it, not from end to end. A visit names its way in
``Visit.media_backend``; ``services.group`` chooses and changes it. A telephone leg joins a mesh by ``add_phone``.
"""

from typing import Any, Protocol

from hearthline.identity.actor import Actor
from hearthline.visits import janus
from hearthline.visits.choices import ParticipantRole
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.group_rules import JANUS, MESH
from hearthline.visits.models import Join, QualitySample, Visit
from hearthline.visits.services import conversation, group, room, seats, telephone
from hearthline.visits.services.messages import get_reachable, send_event


class MediaBackend(Protocol):
    """What a visit needs of a way to meet."""

    def admit(self, join: Join) -> dict[str, Any]:
        """Return what the browser of somebody who was let in needs to connect."""
        ...

    def prepare(self, join: Join) -> None:
        """Get ready for a browser's messages, before anything of the request is done."""
        ...

    def signal(self, join: Join, to: int, body: dict[str, Any]) -> None:
        """Take a message that a browser sends about its connections."""
        ...

    def keep(self, join: Join) -> None:
        """Note that a browser is still there."""
        ...

    def add_phone(self, actor: Actor, visit: Visit, which: str) -> None:
        """Bring the patient's telephone into the visit: the number agreed to, or the one on record."""
        ...

    def stats(self, visit: Visit) -> list[QualitySample]:
        """Return how the visit was received."""
        ...


class _Common:
    """What does not hang on the way."""

    def admit(self, join: Join) -> dict[str, Any]:
        """Return servers with fresh credentials, the way, the people and the chat so far."""
        return conversation.welcome(join)

    def add_phone(self, actor: Actor, visit: Visit, which: str) -> None:
        """Have the patient rung up; the worker joins their telephone to every browser."""
        telephone.call_patient(actor=actor, visit=visit, which=which)

    def stats(self, visit: Visit) -> list[QualitySample]:
        """Return the samples that the browsers sent, oldest first."""
        return list(QualitySample.objects.filter(visit=visit))


class Mesh(_Common):
    """Browser to browser, through the relay where networks or the organization ask for it."""

    def prepare(self, _join: Join) -> None:
        """Nothing: messages are passed on."""

    def keep(self, _join: Join) -> None:
        """Nothing: browsers keep their connections themselves."""

    def signal(self, join: Join, to: int, body: dict[str, Any]) -> None:
        """Pass a description or candidates to the other browser; what is meant for a media server comes too late."""
        if body["kind"] in {"description", "candidates"} and to != join.number:
            room.relay_signal(join=join, to=to, body=body)


class Janus(_Common):
    """Each browser with the media server. Access is asked again for every message, as between browsers."""

    def prepare(self, join: Join) -> None:
        """Wait for others who change the visit: who may receive whom is then sure while the media server is told."""
        room.lock_visit(join.visit)

    def keep(self, join: Join) -> None:
        """Keep the browser's session in the media server, or tell it that there is none any more."""
        try:
            seats.keep(join)
        except (janus.JanusGoneError, janus.JanusDownError) as failure:
            self._failed(join, failure)

    def signal(self, join: Join, to: int, body: dict[str, Any]) -> None:
        """Take what a browser sends, wants or chooses.

        Raises:
            VisitRefusedError: they are not in the visit, only watch, or ask for whom they may not hear.
        """
        join = Join.objects.select_related("participant", "visit").get(pk=join.pk)
        if join.closed_at is not None or join.visit.media_backend != JANUS:
            return  # sent before the visit went over, or the place closed
        try:
            self._take(join, to, body)
        except (janus.JanusGoneError, janus.JanusDownError) as failure:
            self._failed(join, failure)
        except janus.JanusRefusedError as refused:
            raise VisitRefusedError("not_here") from refused

    def _take(self, join: Join, to: int, body: dict[str, Any]) -> None:
        if to != join.number:
            self._take_about(join, get_reachable(join, to), body)
        elif body["kind"] == "candidates":
            seats.take_candidates(join, to, body["candidates"])
        elif body["kind"] == "description" and body["description"]["type"] == "offer":
            if join.participant.role == ParticipantRole.OBSERVER:
                raise VisitRefusedError("observer")
            room.require_admitted(join)
            seats.publish(join, body["description"], body["roles"], body["negotiation"])

    def _take_about(self, join: Join, other: Join, body: dict[str, Any]) -> None:
        number, kind = other.number, body["kind"]
        if kind == "subscribe":
            seats.subscribe(join, other)
        elif kind == "description" and body["description"]["type"] == "answer":
            seats.accept(join, number, body["description"])
        elif kind == "candidates":
            seats.take_candidates(join, number, body["candidates"])
        elif kind == "layer":
            seats.choose_layer(join, number, body["rung"])
        elif kind == "whisper":
            send_event(other, "signal", {**body, "by": JANUS, "from": join.number})

    def _failed(self, join: Join, failure: Exception) -> None:
        """Begin anew with a media server that forgot; without one, go on from browser to browser."""
        visit = room.lock_visit(join.visit)
        if isinstance(failure, janus.JanusDownError):
            group.fall_back(visit)
            return
        seats.unseat(join)
        send_event(join, "signal", {"kind": "again", "by": JANUS, "from": join.number})


BACKENDS: dict[str, MediaBackend] = {MESH: Mesh(), JANUS: Janus()}


def backend_of(visit: Visit) -> MediaBackend:
    """Return the way in which the people of a visit meet."""
    return BACKENDS[visit.media_backend]
