"""The other half of a reset: the link, the next second factor, and what other organizations decide."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity import sessions
from hearthline.identity.accounts import actor_of
from hearthline.identity.actor import Actor
from hearthline.identity.adapters import second_factors_of
from hearthline.identity.events import MembershipChanged
from hearthline.identity.freshness import ensure_fresh_mfa
from hearthline.identity.invitations import SECRET_BYTES, parse_token, secret_hash
from hearthline.identity.models import Membership, SecondFactorReset, SignIn, User
from hearthline.identity.reset_notes import tell_staff
from hearthline.identity.reset_rules import MAX_WRONG_PASSWORDS, ResetState, state_of
from hearthline.identity.roles import Role
from hearthline.tenancy.context import acting_in


@dataclass(frozen=True)
class Claim:
    """What the browser that used the link keeps: which reset, and the secret that binds it to this browser."""

    organization_id: UUID
    reset_id: UUID
    secret: str


@dataclass(frozen=True)
class Answer:
    """What using a link came to: a claim and its person, or what is wrong with which field.

    No exception, since a wrong password has to stay counted.
    """

    claim: Claim | None = None
    user: User | None = None
    field: str = ""
    problem: str = ""


def use_link(token: str, password: str) -> Answer:
    """Use the link of a reset, with the password: every second factor goes, and the next is bound to this browser."""
    refused = Answer(None, None, "token", _("This link was used, stopped or is too old. Ask your clinic."))
    parsed = parse_token(token)
    if parsed is None:
        return refused
    organization_id, secret = parsed
    with acting_in(organization_id):
        reset = _locked_reset(secret_hash(secret))
        at = clock.now()
        state = state_of(reset, at) if reset is not None else ResetState.LAPSED
        if state is ResetState.WAITING:
            early = _("This link does not work yet. Wait until the time in the message.")
            return Answer(None, None, "token", early)
        if reset is None or state is not ResetState.READY or not _has_access(reset):
            return refused
        if reset.password_mark != secret_hash(reset.user.password):
            changed = _("Your password was changed after this was opened. Ask your clinic for a new link.")
            return Answer(None, None, "token", changed)
        if not reset.user.check_password(password):
            return _count_wrong_password(reset)
        binding = secrets.token_urlsafe(SECRET_BYTES)
        reset.claimed_at, reset.claim_hash = at, secret_hash(binding)
        reset.save(update_fields=["claimed_at", "claim_hash"])
        _take_factors_away(reset)
    return Answer(Claim(organization_id, reset.id, binding), reset.user)


def _locked_reset(token_hash: str) -> SecondFactorReset | None:
    """Lock the person, then the reset: two organizations may help the same person at the same moment."""
    rows = SecondFactorReset.objects.filter(token_hash=token_hash)
    found = rows.first()
    if found is None:
        return None
    user = User.objects.select_for_update().get(pk=found.user_id)
    reset = rows.select_for_update().get(pk=found.pk)
    reset.user = user
    return reset


def _has_access(reset: SecondFactorReset) -> bool:
    member = Membership.objects.filter(organization_id=reset.organization_id, user=reset.user, is_active=True)
    return reset.user.is_active and member.exists()


def _count_wrong_password(reset: SecondFactorReset) -> Answer:
    reset.wrong_passwords += 1
    if reset.wrong_passwords >= MAX_WRONG_PASSWORDS:
        reset.stopped_at = clock.now()
    reset.save(update_fields=["wrong_passwords", "stopped_at"])
    membership = Membership.objects.get(organization_id=reset.organization_id, user=reset.user)
    record(actor_of(membership, reset.user), "second_factor_reset.wrong_password", reset)
    if reset.stopped_at is not None:
        return Answer(None, None, "token", _("Too many wrong passwords. Ask your clinic for a new link."))
    return Answer(None, None, "password", _("The password is not right."))


def _take_factors_away(reset: SecondFactorReset) -> None:
    """Remove the second factors, end every stay, and lock what other organizations gave."""
    user = reset.user
    sessions.end_all(user, why=SignIn.End.REVOKED)
    Authenticator.objects.filter(user=user).delete()
    user.is_enrolment_due = True
    user.save(update_fields=["is_enrolment_due"])
    with acting_in(None, user.id):
        memberships = list(Membership.objects.filter(user=user))
        others = list(
            SecondFactorReset.objects.filter(
                user=user, stopped_at__isnull=True, claimed_at__isnull=True
            ).values_list("organization_id", "id")
        )
    for organization_id, reset_id in others:
        with acting_in(organization_id, user.id):
            SecondFactorReset.objects.filter(pk=reset_id).update(stopped_at=clock.now())
    for membership in memberships:
        with acting_in(membership.organization_id, user.id):
            _lock(membership, is_own=membership.organization_id == reset.organization_id)


def _lock(membership: Membership, *, is_own: bool) -> None:
    """Open the membership of the organization that reset; lock every other one until its administrator decides."""
    membership.locked_at = None if is_own else clock.now()
    membership.save(update_fields=["locked_at"])
    actor = actor_of(membership, membership.user)
    record(actor, "second_factor.reset" if is_own else "membership.locked", membership)
    if not is_own:
        tell_staff(
            membership.organization_id,
            {Role.ADMINISTRATOR, Role.AUDITOR},
            "locked",
            but=(membership.user_id,),
        )
    _publish_change(membership)


def _publish_change(membership: Membership) -> None:
    publish(
        MembershipChanged(
            organization_id=membership.organization_id,
            user_id=membership.user_id,
            membership_id=membership.id,
        )
    )


def _unfinished_of(user: User) -> SecondFactorReset | None:
    if not user.is_enrolment_due:
        return None
    with acting_in(None, user.pk):
        return (
            SecondFactorReset.objects.filter(user=user, claimed_at__isnull=False)
            .order_by("-claimed_at")
            .first()
        )


def may_enrol(user: User, held: Claim | None) -> bool:
    """Whether this browser may set up a second factor: after a reset, only the one that used the link, for an hour.

    Otherwise a stolen password would be enough in the minutes between.
    """
    reset = _unfinished_of(user)
    if reset is None:
        return True
    if held is None or held.reset_id != reset.id or reset.claim_hash != secret_hash(held.secret):
        return False
    return state_of(reset, clock.now()) is ResetState.CLAIMED


@transaction.atomic
def finish(user: User) -> None:
    """Note that the person set up a second factor again."""
    reset = _unfinished_of(user)
    if reset is None:
        return
    user.is_enrolment_due = False
    user.save(update_fields=["is_enrolment_due"])
    with acting_in(reset.organization_id, user.id):
        reset.completed_at = clock.now()
        reset.save(update_fields=["completed_at"])
        membership = Membership.objects.get(organization_id=reset.organization_id, user=user)
        record(actor_of(membership, user), "second_factor_reset.completed", reset)


def locked_members_for(actor: Actor) -> QuerySet[Membership]:
    """Return the members, patients too, whose second factor another organization reset."""
    rows = Membership.objects.filter(organization_id=actor.organization_id, locked_at__isnull=False)
    return rows.select_related("user").order_by("user__name", "id")


def get_locked_for(actor: Actor, membership_id: UUID) -> Membership:
    """Return one locked member of the actor's organization, or answer 404."""
    return get_object_or_404(locked_members_for(actor), pk=membership_id)


@transaction.atomic
def unlock(*, actor: Actor, membership_id: UUID, reason: str) -> Membership:
    """Let a member in again whose second factor was reset elsewhere, after checking who they are.

    Raises:
        NotFreshError: the actor's proof is too old.
        ValidationError: no reason, or the member has no new second factor yet.
    """
    ensure_fresh_mfa(actor)
    if not actor.has_role(Role.ADMINISTRATOR):
        raise PermissionDenied
    rows = locked_members_for(actor).select_for_update(of=("self",))
    membership = get_object_or_404(rows, pk=membership_id)
    if not reason.strip():
        raise ValidationError({"reason": _("Say how you checked who it is, for the record.")})
    if not second_factors_of(membership.user):
        raise ValidationError(_("This person has not set up a new second step yet. Wait until they have."))
    membership.locked_at = None
    membership.save(update_fields=["locked_at"])
    record(actor, "membership.unlocked", membership, reason=reason)
    _publish_change(membership)
    return membership
