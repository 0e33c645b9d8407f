"""Invitations: a link that works once, for one address, until it expires.

The link carries its token behind ``#``, which browsers do not send: neither logs nor programs that look at links in
mail can spend it. The page behind it posts the token; the first post claims the invitation for that browser, and
every other one finds it used. The token is ``organization.secret``; only the secret's hash is kept.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.accounts import actor_of, prove_address
from hearthline.identity.actor import Actor
from hearthline.identity.events import InvitationAccepted
from hearthline.identity.mail import send_mail
from hearthline.identity.models import IS_ATTENDANT, Invitation, Membership, User
from hearthline.identity.places import site_of_roles
from hearthline.identity.roles import Role
from hearthline.identity.rules import role_problem
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

VALID_DAYS = 7
CLAIM_MINUTES = 60
SECRET_BYTES = 32
MAX_OPEN_INVITATIONS = 500
MAX_TOKEN_LENGTH = 200


@dataclass(frozen=True)
class Claim:
    """What a browser keeps after claiming: which invitation, and the secret that binds it to this browser."""

    organization_id: UUID
    invitation_id: UUID
    secret: str


def secret_hash(secret: str) -> str:
    """Return the form in which the secret of a link is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_token(organization_id: UUID, secret: str) -> str:
    """Return the token of a link."""
    prefix = base64.urlsafe_b64encode(organization_id.bytes).decode().rstrip("=")
    return f"{prefix}.{secret}"


def parse_token(token: str) -> tuple[UUID, str] | None:
    """Return the organization and secret of a token, or None when it is none."""
    prefix, _dot, secret = token.strip()[:MAX_TOKEN_LENGTH].partition(".")
    try:
        raw = base64.urlsafe_b64decode(prefix + "=" * (-len(prefix) % 4))
        return (UUID(bytes=raw), secret) if secret else None
    except ValueError:
        return None


def open_invitations(actor: Actor) -> QuerySet[Invitation]:
    """Return the staff invitations of the actor's organization that nobody took up or withdrew."""
    rows = Invitation.objects.filter(organization_id=actor.organization_id, kind=Invitation.Kind.STAFF)
    return rows.filter(accepted_at__isnull=True, revoked_at__isnull=True)


def invite_staff(
    *,
    actor: Actor,
    email: str,
    name: str,
    roles: frozenset[Role],
    language: str,
    site_id: UUID | None = None,
    is_sent: bool = True,
) -> Invitation:
    """Invite a colleague by e-mail; not ``is_sent`` when the link is handed over instead (``fresh_link``).

    ``site_id`` is where a hub attendant helps; it is kept for no other role.

    Raises:
        ValidationError: the roles do not go together, an attendant has no site, or the person is a
            member or invited already.
    """
    problem = role_problem(roles)
    if problem:
        raise ValidationError({"roles": problem})
    site = site_of_roles(actor, roles, site_id)
    if Membership.objects.filter(organization_id=actor.organization_id, user__email__iexact=email).exists():
        raise ValidationError(
            {"email": _("This person is a member already. Change their roles in the list.")}
        )
    return _invite(
        actor=actor,
        kind=Invitation.Kind.STAFF,
        email=email,
        name=name,
        roles=roles,
        language=language,
        site_id=site,
        is_sent=is_sent,
    )


def invite_patient_account(
    *,
    actor: Actor,
    patient_id: UUID,
    email: str,
    name: str = "",
    language: str = "en",
    role: Role = Role.PATIENT,
) -> Invitation:
    """Invite a patient (or, with ``role``, a caregiver) to make an account.

    ``InvitationAccepted`` carries ``patient_id`` back as ``about_id``: the directory then links the account.

    Raises:
        ValidationError: the address is invited already.
    """
    return _invite(
        actor=actor,
        kind=Invitation.Kind.PATIENT,
        email=email,
        name=name,
        roles=frozenset({role}),
        language=language,
        about_id=patient_id,
    )


@transaction.atomic
def _invite(
    *,
    actor: Actor,
    kind: Invitation.Kind,
    email: str,
    name: str,
    roles: frozenset[Role],
    language: str,
    about_id: UUID | None = None,
    site_id: UUID | None = None,
    is_sent: bool = True,
) -> Invitation:
    email = email.strip().lower()
    waiting = Invitation.objects.filter(
        organization_id=actor.organization_id, accepted_at__isnull=True, revoked_at__isnull=True
    )
    if waiting.filter(email__iexact=email).exists():
        raise ValidationError(
            {"email": _("This address is invited already. Send the invitation again instead.")}
        )
    if waiting.count() >= MAX_OPEN_INVITATIONS:
        raise ValidationError(_("Too many invitations are open. Withdraw some first."))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    invitation = Invitation.objects.create(
        organization_id=actor.organization_id,
        kind=kind.value,
        email=email,
        name=name,
        language=language,
        roles=sorted(role.value for role in roles),
        about_id=about_id,
        site_id=site_id,
        invited_by_id=actor.user_id,
        token_hash=secret_hash(secret),
        expires_at=clock.now() + timedelta(days=VALID_DAYS),
    )
    record(actor, "invitation.sent", invitation, patient_id=about_id)
    if is_sent:
        _send(invitation, secret)
    return invitation


def _renew(invitation: Invitation) -> str:
    secret = secrets.token_urlsafe(SECRET_BYTES)
    at = clock.now()
    invitation.token_hash, invitation.claim_hash, invitation.claimed_at = secret_hash(secret), "", None
    invitation.sent_at, invitation.expires_at = at, at + timedelta(days=VALID_DAYS)
    invitation.save(update_fields=["token_hash", "claim_hash", "claimed_at", "sent_at", "expires_at"])
    return secret


def resend(*, actor: Actor, invitation: Invitation) -> None:
    """Send a fresh link; the earlier one stops working."""
    secret = _renew(invitation)
    record(actor, "invitation.sent_again", invitation)
    _send(invitation, secret)


def fresh_link(*, actor: Actor, invitation: Invitation) -> str:
    """Return a fresh link, to hand over in person; the one that was sent stops working."""
    secret = _renew(invitation)
    record(actor, "invitation.link_shown", invitation)
    return _link(make_token(invitation.organization_id, secret))


def _link(token: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('identity:invitation')}#{token}"


def withdraw(*, actor: Actor, invitation: Invitation) -> None:
    """Take an invitation back; its link stops working."""
    invitation.revoked_at = clock.now()
    invitation.save(update_fields=["revoked_at"])
    record(actor, "invitation.withdrawn", invitation)


def _send(invitation: Invitation, secret: str) -> None:
    token = make_token(invitation.organization_id, secret)
    organization = Organization.objects.get(pk=invitation.organization_id)
    context = {
        "organization": organization,
        "invitation": invitation,
        "url": _link(token),
        "token": token,
        "expires_at": invitation.expires_at,
    }
    send_mail("identity/email/invitation", invitation.email, context, language=invitation.language)


def claim(token: str) -> Claim | None:
    """Claim an invitation for one browser; of any number at once, one succeeds."""
    parsed = parse_token(token)
    if parsed is None:
        return None
    organization_id, secret = parsed
    at, binding = clock.now(), secrets.token_urlsafe(SECRET_BYTES)
    with acting_in(organization_id):
        rows = Invitation.objects.filter(
            token_hash=secret_hash(secret), expires_at__gt=at, claimed_at__isnull=True
        )
        rows = rows.filter(accepted_at__isnull=True, revoked_at__isnull=True)
        rows = rows.exclude(IS_ATTENDANT, site__isnull=True)  # sent before sites were asked for
        if rows.update(claimed_at=at, claim_hash=secret_hash(binding)) != 1:
            return None
        invitation = Invitation.objects.get(token_hash=secret_hash(secret))
    return Claim(organization_id, invitation.id, binding)


def claimed(held: Claim) -> Invitation | None:
    """Return the invitation a browser holds, while its claim lasts. The organization must be signed in."""
    since = clock.now() - timedelta(minutes=CLAIM_MINUTES)
    return (
        Invitation.objects.filter(
            Q(pk=held.invitation_id, claim_hash=secret_hash(held.secret), claimed_at__gt=since),
            accepted_at__isnull=True,
            revoked_at__isnull=True,
        )
        .select_related("organization")
        .first()
    )


@transaction.atomic
def accept(held: Claim, user: User) -> Membership | None:
    """Give the person the invited roles; None when the claim lapsed or was used by another request."""
    with acting_in(held.organization_id, user.id):
        invitation = claimed(held)
        if invitation is None or invitation.email.lower() != user.email.lower():
            return None
        took = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True).update(
            accepted_at=clock.now(), accepted_by=user
        )
        if not took:
            return None
        prove_address(user)
        membership = _give_roles(invitation, user)
        record(actor_of(membership, user), "invitation.accepted", invitation, patient_id=invitation.about_id)
        publish(
            InvitationAccepted(
                organization_id=held.organization_id,
                invitation_id=invitation.id,
                user_id=user.id,
                membership_id=membership.id,
                kind=invitation.kind,
                about_id=invitation.about_id,
            )
        )
    return membership


def _give_roles(invitation: Invitation, user: User) -> Membership:
    membership, is_new = Membership.objects.get_or_create(
        organization_id=invitation.organization_id,
        user=user,
        defaults={"roles": invitation.roles, "site_id": invitation.site_id},
    )
    if not is_new:
        membership.roles = sorted({*membership.roles, *invitation.roles})
        membership.site_id = invitation.site_id or membership.site_id
        membership.is_active, membership.deactivated_at, membership.deactivation_reason = True, None, ""
        membership.save(update_fields=["roles", "site", "is_active", "deactivated_at", "deactivation_reason"])
    return membership
