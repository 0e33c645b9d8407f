"""What lets a device in: issued once, shown once, kept as a digest, replaced with an overlap, withdrawn at once.

The database holds SHA-256 digests only. Uploaders of the Nightscout kind never send their secret: they send the hex
SHA-1 of it. So what opens that door is kept as the SHA-256 of that hex, and whoever presents the secret itself is led
along the same two steps. The secret is random and long, so SHA-1's weakness (collisions) helps nobody.
"""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.roles import CARE_TEAM_ROLES, Role
from hearthline.monitoring.readings.models import Device, DeviceCredential

COMPACT, FHIR, NIGHTSCOUT = "compact", "fhir", "nightscout"
DOORS = (COMPACT, FHIR, NIGHTSCOUT)
SECRET_BYTES = 24
KEY_BYTES = 32
OVERLAP = timedelta(days=1)  # the old secret still opens while the new one is put into the device
ISSUING_ROLES = CARE_TEAM_ROLES | {Role.ADMINISTRATOR, Role.TECHNICIAN}


def digest_of_token(token: str) -> bytes:
    """Return what the database keeps of a bearer token."""
    return hashlib.sha256(token.encode()).digest()


def sha1_hex(secret: str) -> str:
    """Return what an uploader sends of its secret."""
    return hashlib.sha1(secret.encode(), usedforsecurity=False).hexdigest()


def digest_of_secret(secret: str) -> bytes:
    """Return what the database keeps of an uploader's API secret."""
    return digest_of_token(sha1_hex(secret))


def may_issue_credentials(actor: Actor) -> bool:
    """Whether the actor may let machines in: the care team, technicians and administrators."""
    return actor.has_role(*ISSUING_ROLES)


@transaction.atomic
def issue_token(
    *,
    actor: Actor,
    device: Device | None,
    name: str,
    doors: Collection[str],
    expires_at: datetime | None = None,
) -> tuple[DeviceCredential, str]:
    """Create a credential and return it with its secret, which cannot be shown again.

    Without ``device`` it is a gateway's, which names the device of each reading.

    Raises:
        ValidationError: a gateway wants the uploaders' door, which cannot name devices; or a door does not exist.
        PermissionDenied: the actor may not.
    """
    token = secrets.token_urlsafe(SECRET_BYTES)
    digest = digest_of_secret(token) if NIGHTSCOUT in doors else digest_of_token(token)
    return _create(actor, device, name, doors, expires_at, token_digest=digest), token


@transaction.atomic
def enroll_key(
    *,
    actor: Actor,
    device: Device | None,
    name: str,
    doors: Collection[str],
    public_key: bytes,
    expires_at: datetime | None = None,
) -> DeviceCredential:
    """Let in a device that signs its requests with its own Ed25519 key.

    Raises:
        ValidationError: these bytes are no key, or see ``issue_token``.
        PermissionDenied: the actor may not.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key)
    except ValueError as fault:
        raise ValidationError({"public_key": _("This is not an Ed25519 public key of 32 bytes.")}) from fault
    return _create(actor, device, name, doors, expires_at, public_key=public_key)


@transaction.atomic
def rotate_token(*, actor: Actor, credential: DeviceCredential) -> tuple[DeviceCredential, str]:
    """Return a new credential in place of this one, which ends after ``OVERLAP``, or earlier if it would have.

    Raises:
        ValidationError: the credential was withdrawn, or is a key.
        PermissionDenied: the actor may not.
    """
    old = DeviceCredential.objects.select_for_update().get(pk=credential.pk)
    if old.revoked_at or old.token_digest is None:
        raise ValidationError(_("Only a token in use can be replaced; issue a new one."))
    fresh, token = issue_token(
        actor=actor, device=old.device, name=old.name, doors=old.doors, expires_at=old.expires_at
    )
    ends_at = clock.now() + OVERLAP
    old.expires_at = min(ends_at, old.expires_at) if old.expires_at else ends_at
    old.save(update_fields=["expires_at"])
    return fresh, token


@transaction.atomic
def revoke_credential(*, actor: Actor, credential: DeviceCredential, reason: str) -> None:
    """Withdraw a credential. It opens nothing any more after ``ingest.limits.CREDENTIAL_SECONDS`` at the latest.

    Raises:
        PermissionDenied: the actor may not.
    """
    _require(actor)
    changed = DeviceCredential.objects.filter(pk=credential.pk, revoked_at__isnull=True).update(
        revoked_at=clock.now()
    )
    if changed:
        record(actor, "device_credential.revoked", credential, reason=reason)


def _require(actor: Actor) -> None:
    if not may_issue_credentials(actor):
        raise PermissionDenied


def _create(
    actor: Actor,
    device: Device | None,
    name: str,
    doors: Collection[str],
    expires_at: datetime | None,
    **secret: bytes,
) -> DeviceCredential:
    _require(actor)
    if not doors or not set(doors) <= set(DOORS):
        raise ValidationError({"doors": _("Choose at least one of the doors that exist.")})
    if device is None and NIGHTSCOUT in doors:
        raise ValidationError({"doors": _("An uploader needs a device of its own: it cannot name one.")})
    credential = DeviceCredential(
        organization_id=actor.organization_id,
        device=device,
        name=name,
        doors=sorted(doors),
        expires_at=expires_at,
        **secret,
    )
    credential.full_clean(exclude=["organization", "device"])
    credential.save()
    record(actor, "device_credential.issued", credential, fields=sorted(doors))
    return credential
