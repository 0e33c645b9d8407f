"""Lost second factors: two people of the organization open and confirm, the person sets up a new one by a link.

Why so: ``docs/decisions/0005-lost-second-factor.md``. What follows the link stands in ``reset_use``.
"""

import secrets
from datetime import timedelta
from typing import cast
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity import reset_rules, sessions
from hearthline.identity.accounts import actor_of
from hearthline.identity.actor import Actor
from hearthline.identity.adapters import second_factors_of
from hearthline.identity.events import SecondFactorResetOpened
from hearthline.identity.freshness import ensure_fresh_mfa
from hearthline.identity.invitations import SECRET_BYTES, make_token, secret_hash
from hearthline.identity.models import Membership, SecondFactorReset, SignIn, User
from hearthline.identity.reset_notes import read_stop_token, stop_link, tell_person, tell_staff
from hearthline.identity.reset_rules import CONFIRMER_ROLES, PENDING, ResetState, state_of
from hearthline.identity.roles import Role
from hearthline.tenancy.context import acting_in

REASON_LENGTH = 200
SHOWN_DAYS = 90


def get_member_for(actor: Actor, user_id: UUID) -> Membership:
    """Return who has access to the actor's organization, as staff, patient or caregiver, or answer 404."""
    members = Membership.objects.filter(organization_id=actor.organization_id, is_active=True)
    return get_object_or_404(members.select_related("user"), user_id=user_id)


def resets_for(actor: Actor) -> QuerySet[SecondFactorReset]:
    """Return the resets of the actor's organization of the last months; for administrators and auditors."""
    if not actor.has_role(*CONFIRMER_ROLES):
        return SecondFactorReset.objects.none()
    since = clock.now() - timedelta(days=SHOWN_DAYS)
    rows = SecondFactorReset.objects.filter(organization_id=actor.organization_id, created_at__gt=since)
    return rows.select_related("user", "opened_by", "confirmed_by", "stopped_by")


def get_reset_for(actor: Actor, reset_id: UUID) -> SecondFactorReset:
    """Return one reset of the actor's organization, or answer 404."""
    return get_object_or_404(resets_for(actor), pk=reset_id)


def stop_links_of(user: User) -> list[str]:
    """Return the addresses at which a person stops the resets under way for them, in any organization."""
    with acting_in(None, user.id):
        found = SecondFactorReset.objects.filter(user=user, stopped_at__isnull=True, claimed_at__isnull=True)
        return [stop_link(one.organization_id, one.id) for one in found if is_pending(one)]


@transaction.atomic
def open_reset(*, actor: Actor, user_id: UUID, how_checked: str, reason: str) -> SecondFactorReset:
    """Ask for a reset of a member's second factor, after checking who they are.

    Raises:
        NotFreshError: the actor's proof is too old.
        ValidationError: oneself, no reason, not checked well enough, nothing to reset, or one is under way.
    """
    ensure_fresh_mfa(actor)
    if not actor.has_role(Role.ADMINISTRATOR):
        raise PermissionDenied
    user = User.objects.select_for_update().get(pk=get_member_for(actor, user_id).user_id)  # one at a time
    if user.id == actor.user_id:
        raise ValidationError(_("You cannot reset your own second step. Ask another administrator."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why, for the record.")})
    problem = reset_rules.check_problem(how_checked, opens_others_records=user.opens_others_records)
    if problem:
        raise ValidationError({"how_checked": problem})
    if not second_factors_of(user) and not user.is_enrolment_due:
        raise ValidationError(_("This person has no second step. They can set one up when they sign in."))
    at = clock.now()
    rows = SecondFactorReset.objects.filter(
        organization_id=actor.organization_id, user=user, stopped_at__isnull=True, claimed_at__isnull=True
    )
    rows.filter(expires_at__lte=at).update(stopped_at=at)
    if rows.exists():
        raise ValidationError(_("A reset for this person is under way already. Look in the list."))
    reset = SecondFactorReset.objects.create(
        organization_id=actor.organization_id,
        user=user,
        opened_by_id=cast("UUID", actor.user_id),
        how_checked=how_checked,
        reason=reason.strip()[:REASON_LENGTH],
        password_mark=secret_hash(user.password),
        expires_at=at + timedelta(hours=reset_rules.CONFIRM_HOURS),
    )
    record(actor, "second_factor_reset.opened", reset, reason=reason)
    tell_person(reset, "opened")
    tell_staff(reset.organization_id, CONFIRMER_ROLES, "asked", but=(user.id, actor.user_id))
    publish(
        SecondFactorResetOpened(organization_id=reset.organization_id, user_id=user.id, reset_id=reset.id)
    )
    return reset


def _locked(actor: Actor, reset_id: UUID) -> SecondFactorReset:
    return get_object_or_404(resets_for(actor).select_for_update(of=("self",)), pk=reset_id)


def confirm_problem(actor: Actor, reset: SecondFactorReset) -> str:
    """Return why the actor cannot be the second person of a reset, in words; empty when they can."""
    own = Membership.objects.get(organization_id=actor.organization_id, user_id=cast("UUID", actor.user_id))
    return reset_rules.confirm_problem(
        roles=actor.roles,
        confirmer_id=actor.user_id,
        opener_id=reset.opened_by_id,
        user_id=reset.user_id,
        member_since=own.created_at,
        at=clock.now(),
    )


@transaction.atomic
def confirm_reset(*, actor: Actor, reset_id: UUID) -> SecondFactorReset:
    """Confirm a reset as the second person: every stay of the person ends, and they get a link for later.

    Raises:
        NotFreshError: the actor's proof is too old.
        ValidationError: the actor cannot be the second person, or the reset is no longer open.
    """
    ensure_fresh_mfa(actor)
    reset, at = _locked(actor, reset_id), clock.now()
    problem = confirm_problem(actor, reset)
    if problem:
        raise ValidationError(problem)
    if state_of(reset, at) is not ResetState.OPENED:
        raise ValidationError(_("This reset was confirmed, stopped or is too old."))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    reset.confirmed_by_id, reset.confirmed_at, reset.token_hash = actor.user_id, at, secret_hash(secret)
    reset.ready_at = at + timedelta(hours=reset_rules.WAIT_HOURS)
    reset.expires_at = reset.ready_at + timedelta(hours=reset_rules.LINK_HOURS)
    reset.save(update_fields=["confirmed_by", "confirmed_at", "token_hash", "ready_at", "expires_at"])
    record(actor, "second_factor_reset.confirmed", reset)
    sessions.end_all(reset.user, why=SignIn.End.REVOKED)
    tell_person(reset, "confirmed", token=make_token(reset.organization_id, secret))
    return reset


@transaction.atomic
def stop_reset(*, actor: Actor, reset_id: UUID) -> SecondFactorReset:
    """Stop a reset that was not used yet; an administrator or an auditor, alone.

    Raises:
        ValidationError: it was used, stopped or is too old.
    """
    reset = _locked(actor, reset_id)
    _stop(reset, actor)
    return reset


def get_reset_of_link(token: str) -> SecondFactorReset:
    """Return the reset that the link of a notice is about, or answer 404."""
    ids = read_stop_token(token)
    if ids is None:
        raise Http404
    with acting_in(ids[0]):
        return get_object_or_404(SecondFactorReset.objects.select_related("organization"), pk=ids[1])


def is_pending(reset: SecondFactorReset) -> bool:
    """Whether a reset can still be confirmed, used or stopped."""
    return state_of(reset, clock.now()) in PENDING


@transaction.atomic
def stop_by_link(token: str) -> None:
    """Stop a reset from the notice about it. Needs no sign-in: it takes nothing away, and hurry counts.

    Raises:
        ValidationError: it was used, stopped or is too old.
    """
    found = get_reset_of_link(token)
    with acting_in(found.organization_id, found.user_id):
        reset = SecondFactorReset.objects.select_for_update(of=("self",)).get(pk=found.pk)
        membership = Membership.objects.get(organization_id=reset.organization_id, user_id=reset.user_id)
        _stop(reset, actor_of(membership, reset.user, origin="link"))
        tell_staff(reset.organization_id, CONFIRMER_ROLES, "objected", but=(reset.user_id,))


def _stop(reset: SecondFactorReset, actor: Actor) -> None:
    if not is_pending(reset):
        raise ValidationError(_("This reset was used, stopped or is too old."))
    reset.stopped_at, reset.stopped_by_id = clock.now(), actor.user_id
    reset.save(update_fields=["stopped_at", "stopped_by"])
    record(actor, "second_factor_reset.stopped", reset)
