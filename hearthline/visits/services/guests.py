"""Guests by link: invited by the clinician, redeemed once, bound to a cookie, revocable."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from hearthline.audit import services as audit
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.visits.access import GUEST
from hearthline.visits.choices import ParticipantRole, ParticipantState, SegmentCause
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import GuestInvitation, Join, Participant, Visit
from hearthline.visits.services.host import lead
from hearthline.visits.services.messages import tell_about
from hearthline.visits.services.room import close_join, lock_visit

TOKEN_BYTES = 32
GUEST_COOKIE = "hearthline_guest"
WINDOW = timedelta(minutes=15)
LONGEST_VISIT = timedelta(hours=4)
GUESTS_MOST = 6


@dataclass(frozen=True)
class Redeemed:
    """What a guest's browser gets for the link: the cookie's secret, and where to go."""

    visit_id: UUID
    secret: str


def digest(secret: str) -> str:
    """Return what the table keeps of a token or cookie."""
    return hashlib.sha256(secret.encode()).hexdigest()


def invite_guest(
    *, actor: Actor, visit: Visit, name: str, role: ParticipantRole
) -> tuple[GuestInvitation, str]:
    """Make a link for one guest; return the invitation and the token, which is shown once.

    Raises:
        VisitRefusedError: the visit is over or not the actor's, or it has enough guests.
    """
    visit = lock_visit(visit)
    lead(actor, visit)
    return make_invitation(actor=actor, visit=visit, name=name, role=role)


def make_invitation(
    *, actor: Actor, visit: Visit, name: str, role: ParticipantRole
) -> tuple[GuestInvitation, str]:
    """As ``invite_guest``, for whom the caller has found entitled to ask somebody in.

    Raises:
        VisitRefusedError: the visit is over, or it has enough guests.
    """
    if actor.user_id is None:
        raise VisitRefusedError("not_allowed")
    visit = lock_visit(visit)
    if not visit.is_open:
        raise VisitRefusedError("closed")
    if GuestInvitation.objects.filter(visit=visit, revoked_at__isnull=True).count() >= GUESTS_MOST:
        raise VisitRefusedError("full")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    participant = Participant.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        role=role,
        name=name,
        invited_by_user_id=actor.user_id,
    )
    invitation = GuestInvitation.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        participant=participant,
        role=role,
        name=name,
        token_digest=digest(token),
        invited_by_user_id=actor.user_id,
        valid_from=min(clock.now(), visit.starts_at - WINDOW),
        valid_until=max(clock.now() + LONGEST_VISIT, visit.ends_at + WINDOW),
    )
    audit.record(actor, "guest.invited", invitation, patient_id=visit.patient_id)
    return invitation, token


def redeem(organization_id: UUID, token: str) -> Redeemed:
    """Exchange a link's token for a cookie, once: of many requests at the same moment exactly one succeeds.

    Raises:
        VisitRefusedError: the link is unknown, used, revoked, too early or too late.
    """
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    now = clock.now()
    redeemed = GuestInvitation.objects.filter(
        organization_id=organization_id,
        token_digest=digest(token),
        redeemed_at__isnull=True,
        revoked_at__isnull=True,
        valid_from__lte=now,
        valid_until__gt=now,
    ).update(redeemed_at=now, cookie_digest=digest(secret))
    if not redeemed:
        raise VisitRefusedError("invitation")
    invitation = GuestInvitation.objects.get(cookie_digest=digest(secret))
    actor = guest_actor(organization_id, secret)
    if actor is not None:
        audit.record(actor, "guest.came", invitation)
    return Redeemed(visit_id=invitation.visit_id, secret=secret)


def guest_actor(organization_id: UUID, secret: str) -> Actor | None:
    """Return the guest that a cookie stands for, while the invitation holds. The tenant's context must be open."""
    invitation = (
        GuestInvitation.objects.filter(
            organization_id=organization_id,
            cookie_digest=digest(secret),
            redeemed_at__isnull=False,
            revoked_at__isnull=True,
        )
        .filter(valid_until__gt=clock.now())
        .first()
    )
    if invitation is None:
        return None
    return Actor(
        organization_id=organization_id,
        user_id=None,
        name=invitation.name,
        kind=GUEST,
        session_key=invitation.cookie_digest,
    )


def revoke_invitation(*, actor: Actor, invitation: GuestInvitation) -> None:
    """Take an invitation back; a guest who is in the room is taken out."""
    visit = lock_visit(invitation.visit)
    lead(actor, visit)
    invitation.revoked_at = invitation.revoked_at or clock.now()
    invitation.save(update_fields=["revoked_at"])
    participant = invitation.participant
    participant.state = ParticipantState.REMOVED
    participant.save(update_fields=["state"])
    join = (
        Join.objects.filter(participant=participant, closed_at__isnull=True)
        .select_related("participant")
        .first()
    )
    if join is not None:
        close_join(join, SegmentCause.REMOVED, "removed")
    tell_about(participant, visit=visit)
    audit.record(actor, "guest.revoked", invitation, patient_id=visit.patient_id)
