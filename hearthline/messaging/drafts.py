"""Words that a session's end would lose: kept on the server, for their author only.

A form carries a signed ticket that names its author and place. When it arrives after the session has ended, the
ticket is enough to keep the words (never to send them), and the author finds them after signing in.
"""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.messaging.models import Draft
from hearthline.messaging.models.threads import NEW_THREAD, SUBJECT_LENGTH, TEXT_LENGTH
from hearthline.tenancy.context import acting_in

SALT = "messaging.draft"
TICKET_SECONDS = 3 * 24 * 3600


@dataclass(frozen=True)
class Ticket:
    """Whose words, and where they were to go."""

    organization_id: UUID
    user_id: UUID
    place: str


def make_ticket(actor: Actor, place: str) -> str:
    """Return a ticket for a form of this actor."""
    return signing.dumps([str(actor.organization_id), str(actor.user_id), place], salt=SALT)


def read_ticket(value: str) -> Ticket | None:
    """Return the ticket if it is ours and not too old."""
    try:
        organization_id, user_id, place = signing.loads(value, salt=SALT, max_age=TICKET_SECONDS)
    except signing.BadSignature:
        return None
    return Ticket(UUID(organization_id), UUID(user_id), place)


def keep(ticket: Ticket, *, text: str, subject: str = "") -> None:
    """Keep the words, cut to the limits of a message."""
    if not text.strip() and not subject.strip():
        return
    with acting_in(ticket.organization_id, ticket.user_id):
        Draft.objects.filter(author_id=ticket.user_id, place=ticket.place).delete()
        Draft.objects.create(
            organization_id=ticket.organization_id,
            author_id=ticket.user_id,
            place=ticket.place,
            text=text.replace("\x00", "")[:TEXT_LENGTH],
            subject=subject.replace("\x00", "")[:SUBJECT_LENGTH],
            saved_at=clock.now(),
        )


def find(actor: Actor, place: str = NEW_THREAD) -> Draft | None:
    """Return what the actor had begun to write here."""
    return Draft.objects.filter(author_id=actor.user_id, place=place).first() if actor.user_id else None


def discard(actor: Actor, place: str = NEW_THREAD) -> None:
    """Forget the words: they were sent, or are not wanted."""
    Draft.objects.filter(author_id=actor.user_id, place=place).delete()
