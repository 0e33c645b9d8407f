"""From a session to an actor: which organization the person works in now, and how they proved who they are."""

from datetime import UTC, datetime
from typing import Any, cast

from django.http import HttpRequest

from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership, User
from hearthline.identity.roles import Role
from hearthline.tenancy.context import set_context

ORGANIZATION_KEY = "organization_id"
METHODS_KEY = "account_authentication_methods"
SECOND_FACTOR_METHODS = frozenset({"mfa"})


def actor_for(request: HttpRequest) -> Actor | None:
    """Return the actor of a signed-in request with the organization signed in, or None without a membership.

    The organization is the one the session names, else the membership made first.
    """
    user = cast("User", request.user)
    set_context(None, user.id)
    memberships = list(
        Membership.objects.filter(user=user, is_active=True, organization__is_active=True).order_by(
            "created_at"
        )
    )
    if not memberships:
        return None
    chosen = request.session.get(ORGANIZATION_KEY)
    membership = next((one for one in memberships if str(one.organization_id) == chosen), memberships[0])
    set_context(membership.organization_id, user.id)
    methods = request.session.get(METHODS_KEY, [])
    return Actor(
        organization_id=membership.organization_id,
        user_id=user.id,
        membership_id=membership.id,
        name=user.name,
        roles=frozenset(Role(role) for role in membership.roles),
        session_key=request.session.session_key or "",
        is_mfa=any(method.get("method") in SECOND_FACTOR_METHODS for method in methods),
        authenticated_at=_last_proof(methods),
        origin=str(request.META.get("REMOTE_ADDR", "")),
    )


def _last_proof(methods: list[dict[str, Any]]) -> datetime | None:
    moments = [float(method["at"]) for method in methods if "at" in method]
    return datetime.fromtimestamp(max(moments), UTC) if moments else None
