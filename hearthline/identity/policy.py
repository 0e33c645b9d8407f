"""Who may use a route. Each view declares exactly one policy; the middleware refuses a route without one.

A policy is the first question only: the view's ``get_…_for`` and the service ask about the thing itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.http import HttpRequest
from django.urls import ResolverMatch

from hearthline.identity.actor import Actor
from hearthline.identity.roles import CARE_TEAM_ROLES, PATIENT_ROLES, SECOND_FACTOR_ROLES, Role
from hearthline.identity.sessions import Arrival

View = TypeVar("View", bound=Callable[..., Any])


class HearthlineRequest(HttpRequest):
    """A request behind ``signed_in`` or a stricter policy; views annotate with this."""

    actor: Actor
    arrival: Arrival


@dataclass(frozen=True)
class Policy:
    """Who may use a route.

    ``roles`` empty and ``needs_sign_in``: anyone signed in with a membership. ``needs_second_factor``: people whose
    role demands a second factor, or who have to replace a lost one, must have used it.
    ``is_background``: polling and streams, which do not count as activity of the person.
    """

    name: str
    needs_sign_in: bool = True
    needs_membership: bool = True
    roles: frozenset[Role] = field(default_factory=frozenset)
    needs_second_factor: bool = True
    is_background: bool = False

    def admits(self, actor: Actor | None) -> bool:
        """Whether the role part of the policy is met."""
        if not self.needs_membership:
            return True
        return actor is not None and (not self.roles or bool(self.roles & actor.roles))

    def wants_second_factor_from(self, actor: Actor | None) -> bool:
        """Whether this actor has to use a second factor first."""
        return (
            self.needs_second_factor
            and actor is not None
            and not actor.is_mfa
            and (actor.is_enrolment_due or bool(actor.roles & SECOND_FACTOR_ROLES))
        )


PUBLIC = Policy("public", needs_sign_in=False, needs_membership=False, needs_second_factor=False)
ACCOUNT = Policy("account", needs_membership=False, needs_second_factor=False)
SIGNED_IN = Policy("signed in")
_declared: dict[str, Policy] = {}


def declare(view_name: str, policy: Policy) -> None:
    """Declare the policy of a route whose view is not ours (``view_name`` as in ``reverse``)."""
    _declared[view_name] = policy


def policy_of(match: ResolverMatch) -> Policy | None:
    """Return the policy that a route declares, or None."""
    declared: Policy | None = getattr(match.func, "policy", None)
    return declared or _declared.get(match.view_name)


def _decorator(policy: Policy) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return decorate


def declared_as(policy: Policy) -> Callable[[View], View]:
    """Declare a policy that none of the decorators below stands for."""
    return _decorator(policy)


def public(view: View) -> View:
    """Let anyone use the view, signed in or not."""
    return _decorator(PUBLIC)(view)


def account(view: View) -> View:
    """Let anyone with an account use the view, before a second factor or without a membership (sign-in matters)."""
    return _decorator(ACCOUNT)(view)


def signed_in(view: View) -> View:
    """Let every member of the organization use the view."""
    return _decorator(SIGNED_IN)(view)


def requires(*roles: Role, is_background: bool = False) -> Callable[[View], View]:
    """Let members with one of the roles use the view."""
    name = "roles " + " ".join(sorted(role.value for role in roles))
    return _decorator(Policy(name, roles=frozenset(roles), is_background=is_background))


def patient_page(view: View) -> View:
    """Let patients and caregivers use the view."""
    return requires(*PATIENT_ROLES)(view)


def clinical(*roles: Role, is_background: bool = False) -> Callable[[View], View]:
    """Let care-team members (or only the roles given) use a page with clinical content."""
    return requires(*(roles or CARE_TEAM_ROLES), is_background=is_background)
