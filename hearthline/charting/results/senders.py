"""What an administrator decides: which laboratories may send, and which machines hold a token."""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from hearthline.audit import services as audit
from hearthline.charting.results.models import Laboratory, MachineToken
from hearthline.directory.access import may_administer
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.tenancy.models import Organization

SECRET_BYTES = 32
LONGEST_LIFE = timedelta(days=366)
USED_EVERY = timedelta(minutes=5)  # a use is noted at most so often
PREFIX = "hlm"


@transaction.atomic
def save_laboratory(*, actor: Actor, laboratory: Laboratory, changed: Iterable[str] = ()) -> None:
    """Keep a new or changed laboratory.

    Raises:
        PermissionDenied: the actor is no administrator.
    """
    _require_administrator(actor)
    is_new = laboratory._state.adding
    laboratory.organization_id = actor.organization_id
    laboratory.save()
    audit.record(actor, "laboratory.added" if is_new else "laboratory.changed", laboratory, fields=changed)


@transaction.atomic
def issue_token(
    *, actor: Actor, name: str, laboratory: Laboratory | None, scopes: Collection[str], days: int
) -> tuple[MachineToken, str]:
    """Let a machine in and return its token with the secret, which cannot be shown again.

    Raises:
        PermissionDenied: the actor is no administrator.
    """
    _require_administrator(actor)
    if actor.user_id is None:
        raise PermissionDenied
    # The organization stands in the secret, so that it is known before any table behind a wall is asked.
    secret = f"{PREFIX}_{actor.organization_id.hex}_{secrets.token_urlsafe(SECRET_BYTES)}"
    token = MachineToken.objects.create(
        organization_id=actor.organization_id,
        name=name,
        laboratory=laboratory,
        scopes=sorted(scopes),
        token_digest=_digest(secret),
        issued_by_id=actor.user_id,
        expires_at=clock.now() + min(timedelta(days=days), LONGEST_LIFE),
    )
    audit.record(actor, "machine_token.issued", token)
    return token, secret


@transaction.atomic
def revoke_token(*, actor: Actor, token: MachineToken) -> None:
    """Close a token at once; closing it again changes nothing.

    Raises:
        PermissionDenied: the actor is no administrator.
    """
    _require_administrator(actor)
    if MachineToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=clock.now()):
        audit.record(actor, "machine_token.revoked", token)


def organization_of(secret: str) -> UUID | None:
    """Return the organization that a presented secret says it is of; nothing is proved by that."""
    prefix, _, rest = secret.partition("_")
    digits, _, _ = rest.partition("_")
    if prefix != PREFIX or len(digits) != 32:
        return None
    try:
        organization_id = UUID(hex=digits)
    except ValueError:
        return None
    is_known = Organization.objects.filter(pk=organization_id, is_active=True).exists()
    return organization_id if is_known else None


def token_of(secret: str) -> MachineToken | None:
    """Return the token in force of a presented secret, in the organization that is signed in, and note its use."""
    now = clock.now()
    found = (
        MachineToken.objects.filter(token_digest=_digest(secret), revoked_at__isnull=True, expires_at__gt=now)
        .select_related("laboratory__issuer")
        .first()
    )
    if found is not None and (found.last_used_at is None or now - found.last_used_at > USED_EVERY):
        MachineToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _require_administrator(actor: Actor) -> None:
    if not may_administer(actor):
        raise PermissionDenied
