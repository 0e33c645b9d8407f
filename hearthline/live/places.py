"""Somebody's place in a visit, asked for with each message and each look of a stream.

Each time is asked: who is signed in, with which roles, and whether the place is theirs and open. The whole rule
(``visits.access``: in whose care the patient is, for whom somebody acts) reads a good part of the directory, so
members are asked it when they come, when their roles change, and again when the last answer is as old as
``CONFIRMED_FOR`` says. Guests are asked everything each time.
"""

import random
import time
from dataclasses import dataclass, field
from uuid import UUID

from hearthline.identity.actor import Actor
from hearthline.visits.access import GUEST, get_visit_for, own_joins, participant_for
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Join

# Seconds. For so long somebody without a way to the chart any more may stay in a visit. Not the same for all: after
# a restart all come at once, and shall not be asked all at once ever since.
CONFIRMED_FOR = (15.0, 30.0)
REMEMBERED_MOST = 10_000
Key = tuple[str, str, UUID]


@dataclass
class Confirmations:
    """Until when the whole rule need not be asked again: of whom (a stay, with its roles) in which visit."""

    ends: dict[Key, float] = field(default_factory=dict)

    def has(self, key: Key) -> bool:
        """Whether the last answer is still good."""
        return self.ends.get(key, 0.0) > time.monotonic()

    def note(self, key: Key) -> None:
        """Keep that the rule has just let somebody in."""
        if len(self.ends) > REMEMBERED_MOST:
            self.ends = {one: end for one, end in self.ends.copy().items() if self.has(one)}
        self.ends[key] = time.monotonic() + random.uniform(*CONFIRMED_FOR)  # noqa: S311 - no secret


confirmations = Confirmations()


def place_for(actor: Actor, visit_id: UUID, nonce: str) -> Join | None:
    """Return the actor's place that a nonce stands for, open or closed; None when none of theirs has it.

    Raises:
        Http404: the actor may not know of the visit.
    """
    key = (actor.session_key, actor.role_names, visit_id)
    if actor.kind == GUEST or not confirmations.has(key):
        participant_for(actor, get_visit_for(actor, visit_id))
        confirmations.note(key)
    return own_joins(actor, visit_id).filter(nonce=nonce).first()


def get_open_place_for(actor: Actor, visit_id: UUID, nonce: str) -> Join:
    """Return the actor's open place that a nonce stands for.

    Raises:
        Http404: the actor may not know of the visit.
        VisitRefusedError: the nonce is another person's, or an older one.
    """
    place = place_for(actor, visit_id, nonce)
    if place is None or place.closed_at is not None:
        raise VisitRefusedError("stale" if get_visit_for(actor, visit_id).is_open else "closed")
    return place
