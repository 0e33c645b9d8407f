"""Where hub attendants help: one site each, which bounds what they see."""

from collections.abc import Set
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership
from hearthline.identity.roles import Role
from hearthline.identity.rules import site_problem
from hearthline.tenancy.models import Site


def open_sites(actor: Actor) -> QuerySet[Site]:
    """Return the sites of the actor's organization that are in use, hubs first."""
    rows = Site.objects.filter(organization_id=actor.organization_id, is_active=True)
    return rows.order_by("-is_hub", "name", "id")


def site_of_roles(actor: Actor, roles: Set[Role], site_id: UUID | None) -> UUID | None:
    """Return the site to keep with a set of roles: the one chosen for an attendant, none for anybody else.

    Raises:
        ValidationError: an attendant without a site, or a site that is not open in this organization.
    """
    problem = site_problem(roles, has_site=site_id is not None)
    if problem:
        raise ValidationError({"site": problem})
    if Role.HUB_ATTENDANT not in roles:
        return None
    if site_id is None or not open_sites(actor).filter(pk=site_id).exists():
        raise ValidationError({"site": _("Choose a site from the list.")})
    return site_id


def site_of(actor: Actor) -> Site | None:
    """Return the open site where the actor helps as an attendant, read afresh so that a change counts at once."""
    if actor.membership_id is None:
        return None
    rows = Membership.objects.filter(
        pk=actor.membership_id, is_active=True, roles__contains=[Role.HUB_ATTENDANT.value]
    )
    member = rows.filter(site__is_active=True).select_related("site").first()
    return member.site if member is not None else None
