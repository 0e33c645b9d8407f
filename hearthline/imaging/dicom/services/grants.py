"""Give and withdraw DICOMweb roots, and let machines in."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role
from hearthline.imaging.dicom.access import GATEWAY, GRANTER_ROLES, KEEPER_ROLES
from hearthline.imaging.dicom.models import Gateway, Grant, GrantedStudy, Study

SECRET_BYTES = 32
SEPARATOR = "."
Holder = UUID | Role | Gateway


@transaction.atomic
def open_gateway(
    actor: Actor, *, name: str, calling_ae: str = "", called_ae: str = "", address: str | None = None
) -> tuple[Gateway, str]:
    """Let a machine in; return it with its token, which cannot be shown again.

    Raises:
        PermissionDenied: the actor looks after no gateways.
        ValidationError: the titles or the address are wrong, or another gateway has these titles.
    """
    _require(actor, KEEPER_ROLES)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    gateway = Gateway(
        organization_id=actor.organization_id,
        name=name,
        token_digest=_digest(secret),
        calling_ae=calling_ae,
        called_ae=called_ae,
        address=address,
    )
    gateway.full_clean(exclude=["organization"])
    gateway.save(force_insert=True)
    record(actor, "imaging_gateway.opened", gateway)
    return gateway, f"{actor.organization_id.hex}{SEPARATOR}{secret}"


@transaction.atomic
def close_gateway(actor: Actor, *, gateway: Gateway, reason: str = "") -> None:
    """Withdraw a machine's token, titles and roots, at once."""
    _require(actor, KEEPER_ROLES)
    if Gateway.objects.filter(pk=gateway.pk, revoked_at__isnull=True).update(revoked_at=clock.now()):
        record(actor, "imaging_gateway.closed", gateway, reason=reason)


def organization_of_token(token: str) -> tuple[UUID, bytes] | None:
    """Return the organization that a token names and the digest of its secret, or None if it is none of ours."""
    name, _, secret = token.partition(SEPARATOR)
    try:
        return UUID(hex=name), _digest(secret)
    except ValueError:
        return None


def gateway_of_digest(digest: bytes) -> Gateway | None:
    """Return the gateway whose secret has this digest, in the organization of the open transaction."""
    found = Gateway.objects.filter(token_digest=digest, revoked_at__isnull=True).first()
    if found is None or (found.expires_at is not None and found.expires_at <= clock.now()):
        return None
    return found


def actor_of(gateway: Gateway, origin: str = "") -> Actor:
    """Return the gateway as whoever acts."""
    return Actor(
        organization_id=gateway.organization_id, user_id=None, name=gateway.name, origin=origin, kind=GATEWAY
    )


@transaction.atomic
def give(
    actor: Actor,
    *,
    holder: Holder,
    reason: str,
    patient: Patient | None = None,
    studies: Collection[Study] | None = None,
    rights: Collection[Grant.Right] = (Grant.Right.READ,),
    ends_at: datetime | None = None,
) -> Grant:
    """Open a root on one patient, or on named studies, or (for a gateway, by an administrator) on everything.

    ``holder`` is a user's id, a role or a gateway.

    Raises:
        PermissionDenied: the actor may not give this.
    """
    covers = _covers(patient, studies)
    is_wide = covers is Grant.Covers.EVERYTHING or isinstance(holder, Gateway)
    _require(actor, KEEPER_ROLES if is_wide else GRANTER_ROLES)
    grant = Grant.objects.create(
        organization_id=actor.organization_id,
        covers=covers,
        patient=patient,
        user_id=holder if isinstance(holder, UUID) else None,
        role=holder.value if isinstance(holder, Role) else "",
        gateway=holder if isinstance(holder, Gateway) else None,
        rights=sorted(right.value for right in rights),
        reason=reason,
        granted_by_id=actor.user_id,
        ends_at=ends_at,
    )
    GrantedStudy.objects.bulk_create(
        GrantedStudy(organization_id=actor.organization_id, grant=grant, study=study)
        for study in studies or ()
    )
    record(
        actor, "imaging_grant.given", grant, patient_id=grant.patient_id, reason=reason, fields=grant.rights
    )
    return grant


@transaction.atomic
def withdraw(actor: Actor, *, grant: Grant, reason: str = "") -> None:
    """End a grant now."""
    _require(actor, KEEPER_ROLES if grant.gateway_id else GRANTER_ROLES)
    if Grant.objects.filter(pk=grant.pk, revoked_at__isnull=True).update(revoked_at=clock.now()):
        record(actor, "imaging_grant.withdrawn", grant, patient_id=grant.patient_id, reason=reason)


def _covers(patient: Patient | None, studies: Collection[Study] | None) -> Grant.Covers:
    if patient is not None:
        return Grant.Covers.PATIENT
    return Grant.Covers.EVERYTHING if studies is None else Grant.Covers.STUDIES


def _require(actor: Actor, roles: frozenset[Role]) -> None:
    if not actor.has_role(*roles):
        raise PermissionDenied


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
