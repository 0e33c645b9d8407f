"""Give and withdraw DICOMweb roots, and let machines in."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

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
    actor: Actor,
    *,
    name: str,
    calling_ae: str = "",
    called_ae: str = "",
    address: str | None = None,
    ends_at: datetime | None = None,
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
        expires_at=ends_at,
    )
    _check(gateway)
    gateway.save(force_insert=True)
    record(actor, "imaging_gateway.opened", gateway)
    return gateway, _token(actor, secret)


@transaction.atomic
def change_gateway(actor: Actor, *, gateway: Gateway, **values: Any) -> None:
    """Change a machine's name, titles, address or end.

    Raises:
        PermissionDenied: the actor looks after no gateways.
        ValidationError: the titles or the address are wrong, or another gateway has these titles.
    """
    _require(actor, KEEPER_ROLES)
    for name, value in values.items():
        setattr(gateway, name, value)
    _check(gateway)
    gateway.save(update_fields=list(values))
    record(actor, "imaging_gateway.changed", gateway, fields=values)


@transaction.atomic
def renew_token(actor: Actor, *, gateway: Gateway) -> str:
    """Give a machine another token, which cannot be shown again; the one before opens nothing any more."""
    _require(actor, KEEPER_ROLES)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    Gateway.objects.filter(pk=gateway.pk, revoked_at__isnull=True).update(token_digest=_digest(secret))
    record(actor, "imaging_gateway.token_renewed", gateway)
    return _token(actor, secret)


def _check(gateway: Gateway) -> None:
    gateway.full_clean(exclude=["organization"])
    same = Gateway.objects.filter(
        calling_ae=gateway.calling_ae, called_ae=gateway.called_ae, revoked_at__isnull=True
    ).exclude(pk=gateway.pk)
    if gateway.calling_ae and same.exists():
        raise ValidationError({"calling_ae": _("Another machine has these titles already.")})


def _token(actor: Actor, secret: str) -> str:
    return f"{actor.organization_id.hex}{SEPARATOR}{secret}"


@transaction.atomic
def close_gateway(actor: Actor, *, gateway: Gateway, reason: str = "") -> None:
    """Withdraw a machine's token, titles and roots, at once."""
    _require(actor, KEEPER_ROLES)
    if Gateway.objects.filter(pk=gateway.pk, revoked_at__isnull=True).update(revoked_at=clock.now()):
        record(actor, "imaging_gateway.closed", gateway, reason=reason)


def organization_of_token(token: str) -> tuple[UUID, bytes] | None:
    """Return the organization that a token names and the digest of its secret, or None if it is none of ours."""
    name, _dot, secret = token.partition(SEPARATOR)
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


def is_open(gateway: Gateway) -> bool:
    """Return whether a machine that was let in may still store: asked for each object, so written out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM dicom_gateway WHERE id = %s AND revoked_at IS NULL", [gateway.pk])
        return cursor.fetchone() is not None


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
        ValidationError: it would have ended already.
    """
    if ends_at is not None and ends_at <= clock.now():
        raise ValidationError(_("Choose a last day that is not over."))
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
