"""Making accounts and memberships: by registering, by invitation, and for the demo."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.identity.events import AccountRegistered
from hearthline.identity.models import Membership, User
from hearthline.identity.roles import Role
from hearthline.identity.sessions import ORGANIZATION_KEY
from hearthline.tenancy.context import acting_in

REGISTERING_KEY = "registering"
DEMO_MEMBER_DAYS = 200  # so that the people of the demo may be a second person at once


def prove_address(user: User) -> None:
    """Keep the person's sign-in address as proved: they answered from it."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email.lower(), defaults={"verified": True, "primary": True}
    )


def start_registering(request: HttpRequest, organization_id: UUID, email: str) -> None:
    """Remember in the session which organization a new account asks to join once its address is proved."""
    request.session[REGISTERING_KEY] = {"organization_id": str(organization_id), "email": email.lower()}


def join_if_registering(request: HttpRequest, user: User) -> None:
    """Let a person who registered, and now signed in with the proved address, join as a patient."""
    wanted = request.session.pop(REGISTERING_KEY, None)
    if wanted is not None and wanted["email"] == user.email.lower():
        membership = join_as_patient(user, UUID(wanted["organization_id"]))
        request.session[ORGANIZATION_KEY] = str(membership.organization_id)


def join_as_patient(user: User, organization_id: UUID) -> Membership:
    """Give a person a patient's membership, unless they have one of any kind; tell the packages above."""
    with acting_in(organization_id, user.id):
        membership, is_new = Membership.objects.get_or_create(
            organization_id=organization_id, user=user, defaults={"roles": [Role.PATIENT.value]}
        )
        if is_new:
            actor = actor_of(membership, user)
            record(actor, "account.registered", membership)
            publish(
                AccountRegistered(
                    organization_id=organization_id, user_id=user.id, membership_id=membership.id
                )
            )
    return membership


def actor_of(membership: Membership, user: User, *, origin: str = "") -> Actor:
    """Return the actor a person is by a membership, outside a request of theirs."""
    return Actor(
        organization_id=membership.organization_id,
        user_id=user.id,
        membership_id=membership.id,
        name=user.name,
        roles=frozenset(Role(role) for role in membership.roles),
        origin=origin,
    )


def create_demo_user(
    *,
    organization_id: UUID,
    email: str,
    name: str,
    password: str,
    roles: frozenset[Role],
    totp_secret: str = "",
    site_id: UUID | None = None,
    **fields: Any,
) -> Membership:
    """Create a person who can sign in at once, with a known password and authenticator secret (base32).

    Only for demo and test settings. Called again for the same address, it returns the membership there is.

    Raises:
        ImproperlyConfigured: in any other setting.
    """
    if not (settings.IS_DEMO or settings.IS_TEST):
        message = "people with known secrets exist in the demo only"
        raise ImproperlyConfigured(message)
    with acting_in(organization_id):
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            user = User.objects.create_user(
                email, password, name=name, terms_accepted_at=clock.now(), **fields
            )
            prove_address(user)
        membership, _ = Membership.objects.get_or_create(
            organization_id=organization_id,
            user=user,
            defaults={
                "roles": sorted(role.value for role in roles),
                "site_id": site_id,
                "created_at": clock.now() - timedelta(days=DEMO_MEMBER_DAYS),
            },
        )
        if totp_secret:
            Authenticator.objects.get_or_create(
                user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": encrypt(totp_secret)}}
            )
    return membership
