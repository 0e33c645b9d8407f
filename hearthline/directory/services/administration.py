"""What an administrator decides: the organization itself, its sites, its policy and whose numbers it knows."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory import access, places
from hearthline.directory.models import IdentifierIssuer, OrganizationPolicy
from hearthline.identity.actor import Actor
from hearthline.tenancy.models import Organization, Site

ORGANIZATION_FIELDS = (
    "name",
    "zone",
    "default_language",
    "jurisdiction",
    "telephone",
    "emergency_number",
    "is_relay_only",
)
SITE_FIELDS = (
    "name",
    "address",
    "zone",
    "jurisdiction",
    "telephone",
    "emergency_number",
    "is_hub",
    "is_active",
)


def _require(actor: Actor) -> None:
    if not access.may_administer(actor):
        raise PermissionDenied


def _check_place(jurisdiction: str) -> None:
    if not places.is_jurisdiction(jurisdiction):
        raise ValidationError({"jurisdiction": _("Choose a place from the list.")})


@transaction.atomic
def change_organization(*, actor: Actor, values: Mapping[str, Any]) -> Organization:
    """Change the organization's name, place, language, telephone numbers and media policy."""
    _require(actor)
    organization = Organization.objects.select_for_update().get(pk=actor.organization_id)
    changed = [
        name for name in ORGANIZATION_FIELDS if name in values and getattr(organization, name) != values[name]
    ]
    for name in changed:
        setattr(organization, name, values[name])
    _check_place(organization.jurisdiction)
    organization.full_clean()
    organization.save()
    record(actor, "organization.changed", organization, fields=changed)
    return organization


@transaction.atomic
def save_site(*, actor: Actor, site: Site | None = None, values: Mapping[str, Any]) -> Site:
    """Add a place where the organization works, or change one; a closed site stays for its past."""
    _require(actor)
    saved = site or Site(organization_id=actor.organization_id)
    for name in SITE_FIELDS:
        if name in values:
            setattr(saved, name, values[name])
    _check_place(saved.jurisdiction)
    saved.full_clean(exclude=["organization"])
    refuse_same_name(Site, saved)
    saved.save()
    record(actor, "site.saved", saved, fields=values)
    return saved


@transaction.atomic
def save_policy(*, actor: Actor, values: Mapping[str, Any]) -> OrganizationPolicy:
    """Decide who may see whom."""
    _require(actor)
    found = (
        OrganizationPolicy.objects.select_for_update().filter(organization_id=actor.organization_id).first()
    )
    policy = found or OrganizationPolicy(organization_id=actor.organization_id)
    changed = [name for name, value in values.items() if getattr(policy, name) != value]
    for name, value in values.items():
        setattr(policy, name, value)
    policy.full_clean(exclude=["organization"])
    policy.save()
    record(actor, "organization_policy.changed", policy, fields=changed)
    return policy


@transaction.atomic
def save_issuer(
    *, actor: Actor, issuer: IdentifierIssuer | None = None, values: Mapping[str, Any]
) -> IdentifierIssuer:
    """Add or change an issuer of numbers."""
    _require(actor)
    saved = issuer or IdentifierIssuer(organization_id=actor.organization_id)
    for name, value in values.items():
        setattr(saved, name, value)
    saved.full_clean(exclude=["organization"])
    refuse_same_name(IdentifierIssuer, saved)
    saved.save()
    record(actor, "identifier_issuer.saved", saved, fields=values)
    return saved


def refuse_same_name(model: Any, saved: Any) -> None:
    """Refuse a name that another row of the organization has, in words."""
    same = model.objects.filter(organization_id=saved.organization_id, name=saved.name).exclude(pk=saved.pk)
    if same.exists():
        raise ValidationError({"name": _("This name is in use already. Choose another.")})
