"""The staff of an organization: who they are, their roles, and closing and opening their door."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity import sessions
from hearthline.identity.actor import Actor
from hearthline.identity.events import MembershipChanged
from hearthline.identity.freshness import ensure_fresh_mfa
from hearthline.identity.models import Membership, SignIn
from hearthline.identity.places import site_of_roles
from hearthline.identity.roles import PATIENT_ROLES, STAFF_ROLES, Role
from hearthline.identity.rules import role_problem, site_problem

REASON_LENGTH = 200


def staff_for(actor: Actor) -> QuerySet[Membership]:
    """Return the staff memberships of the actor's organization, closed ones too, by name."""
    names = [role.value for role in STAFF_ROLES]
    rows = Membership.objects.filter(organization_id=actor.organization_id, roles__overlap=names)
    return rows.select_related("user", "site").order_by("-is_active", "user__name", "id")


def get_staff_for(actor: Actor, membership_id: UUID) -> Membership:
    """Return one staff membership of the actor's organization, or answer 404."""
    return get_object_or_404(staff_for(actor), pk=membership_id)


def _locked(actor: Actor, membership_id: UUID) -> Membership:
    # Administrators of one organization are changed one at a time, or two could each remove the other last one.
    administrators = Membership.objects.select_for_update().filter(
        organization_id=actor.organization_id, is_active=True, roles__contains=[Role.ADMINISTRATOR.value]
    )
    list(administrators.order_by("id"))
    return get_object_or_404(
        Membership.objects.select_for_update(of=("self",)).select_related("user"),
        organization_id=actor.organization_id,
        pk=membership_id,
    )


def _keep_an_administrator(membership: Membership) -> None:
    others = Membership.objects.filter(
        organization_id=membership.organization_id,
        is_active=True,
        locked_at__isnull=True,
        roles__contains=[Role.ADMINISTRATOR.value],
    ).exclude(pk=membership.pk)
    if Role.ADMINISTRATOR.value in membership.roles and not others.exists():
        raise ValidationError(
            _("This is the last administrator. Make somebody else an administrator first, or nobody could.")
        )


@transaction.atomic
def change_roles(
    *, actor: Actor, membership_id: UUID, roles: frozenset[Role], site_id: UUID | None = None
) -> Membership:
    """Give a member of staff other roles; needs a second factor used just now. Attendants are tied to ``site_id``.

    Raises:
        NotFreshError: the actor's proof is too old.
        ValidationError: the roles do not go together, an attendant has no site, or the last
            administrator would be gone.
    """
    ensure_fresh_mfa(actor)
    problem = role_problem(roles)
    if problem:
        raise ValidationError({"roles": problem})
    site = site_of_roles(actor, roles, site_id)
    membership = _locked(actor, membership_id)
    if Role.ADMINISTRATOR not in roles and membership.is_active:
        _keep_an_administrator(membership)
    kept = {role for role in membership.roles if role in PATIENT_ROLES}
    membership.roles = sorted({*kept, *(role.value for role in roles)})
    membership.site_id = site
    membership.save(update_fields=["roles", "site"])
    record(actor, "membership.roles_changed", membership, fields=["roles", "site"])
    _tell(membership)
    return membership


@transaction.atomic
def deactivate(*, actor: Actor, membership_id: UUID, reason: str) -> Membership:
    """Close a member's door at once: every stay of theirs ends, with its calls and streams.

    Raises:
        NotFreshError: the actor's proof is too old.
        ValidationError: no reason, oneself, or the last administrator.
    """
    ensure_fresh_mfa(actor)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why, for the record.")})
    membership = _locked(actor, membership_id)
    if membership.pk == actor.membership_id:
        raise ValidationError(_("You cannot close your own access. Ask another administrator."))
    if membership.is_active:
        _keep_an_administrator(membership)
        membership.is_active = False
        membership.deactivated_at, membership.deactivation_reason = (
            clock.now(),
            reason.strip()[:REASON_LENGTH],
        )
        sessions.end_all(membership.user, why=SignIn.End.REVOKED)
        membership.save(update_fields=["is_active", "deactivated_at", "deactivation_reason"])
        record(actor, "membership.deactivated", membership, reason=reason)
        _tell(membership)
    return membership


@transaction.atomic
def reactivate(*, actor: Actor, membership_id: UUID) -> Membership:
    """Open a member's door again, with the roles they had.

    Raises:
        NotFreshError: the actor's proof is too old.
        ValidationError: an attendant who has no site yet.
    """
    ensure_fresh_mfa(actor)
    membership = _locked(actor, membership_id)
    if not membership.is_active:
        problem = site_problem(
            frozenset(Role(role) for role in membership.roles), has_site=membership.site_id is not None
        )
        if problem:
            raise ValidationError(problem)
        membership.is_active, membership.deactivated_at, membership.deactivation_reason = True, None, ""
        membership.save(update_fields=["is_active", "deactivated_at", "deactivation_reason"])
        record(actor, "membership.reactivated", membership)
        _tell(membership)
    return membership


def _tell(membership: Membership) -> None:
    publish(
        MembershipChanged(
            organization_id=membership.organization_id,
            user_id=membership.user_id,
            membership_id=membership.id,
        )
    )
