"""The demo people of the tests: two organizations, one person of each role, and a stranger."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from allauth.account.internal.userkit import user_id_to_str
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client

from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership, SignIn, User
from hearthline.identity.roles import Role
from hearthline.identity.sessions import METHODS_KEY, METHODS_OWNER_KEY, ORGANIZATION_KEY, SIGN_IN_KEY
from hearthline.tenancy.context import acting_in, set_context
from hearthline.tenancy.models import Organization, Site

PASSWORD = "lantern-orchard-violet-27"
NAMES = {
    "patient": ("Rosa Delgado", Role.PATIENT),
    "caregiver": ("Mateo Delgado", Role.CAREGIVER),
    "nurse": ("Ines Okafor", Role.NURSE),
    "physician": ("Dr. Amara Lindqvist", Role.PHYSICIAN),
    "specialist": ("Dr. Tomas Varga", Role.SPECIALIST),
    "navigator": ("June Whitfield", Role.NAVIGATOR),
    "attendant": ("Pat Holloway", Role.HUB_ATTENDANT),
    "administrator": ("Simone Achebe", Role.ADMINISTRATOR),
    "technician": ("Lee Castellan", Role.TECHNICIAN),
    "auditor": ("Miriam Stone", Role.AUDITOR),
}


@dataclass
class Person:
    """Someone who can act: as an actor in services, or through the door with a signed-in client."""

    user: User
    membership: Membership
    _client: Client | None = field(default=None, repr=False)

    @property
    def actor(self) -> Actor:
        return Actor(
            organization_id=self.membership.organization_id,
            user_id=self.user.id,
            membership_id=self.membership.id,
            name=self.user.name,
            roles=frozenset(Role(role) for role in self.membership.roles),
            is_mfa=True,
            authenticated_at=clock.now(),
        )

    @property
    def client(self) -> Client:
        if self._client is None:
            self._client = sign_in(self.user, self.membership.organization_id)
        return self._client


@dataclass
class People:
    """Everybody, by role; ``stranger`` is a physician of another organization."""

    organization: Organization
    site: Site
    other_organization: Organization
    by_role: dict[str, Person]

    def __getattr__(self, name: str) -> Person:
        try:
            person: Person = self.__dict__["by_role"][name]
        except KeyError:
            raise AttributeError(name) from None
        return person


def sign_in(user: User, organization_id: Any, *, is_mfa: bool = True) -> Client:
    """Return a client with a fresh session of the person, by default with a second factor used just now."""
    client = Client()
    client.force_login(user)
    stay = SignIn.objects.create(user=user, device="Test")
    session = client.session
    session[SIGN_IN_KEY] = str(stay.id)
    session[ORGANIZATION_KEY] = str(organization_id)
    at = clock.now().timestamp()
    session[METHODS_OWNER_KEY] = user_id_to_str(user)
    session[METHODS_KEY] = [{"method": "password", "at": at}]
    if is_mfa:
        session[METHODS_KEY] += [{"method": "mfa", "type": "totp", "at": at}]
    session.save()
    return client


def make_organization(slug: str, name: str, **values: Any) -> Organization:
    """Create an organization and leave the transaction speaking for it when one is open."""
    organization = Organization(
        id=new_id(), slug=slug, name=name, **{"zone": "America/Chicago", "jurisdiction": "US-TX", **values}
    )
    with acting_in(organization.id):
        organization.save(force_insert=True)
    return organization


def make_person(
    organization: Organization,
    name: str,
    *roles: Role,
    email: str = "",
    site: Site | None = None,
    **values: Any,
) -> Person:
    """Create a user with a membership. The transaction must speak for the organization."""
    user = User.objects.create_user(email or _email(organization, name), PASSWORD, name=name, **values)
    membership = _membership(organization, user, *roles, site=site)
    membership.save(force_insert=True)
    return Person(user, membership)


def _email(organization: Organization, name: str) -> str:
    return name.lower().replace("dr. ", "").replace(" ", ".") + f"@{organization.slug}.example"


def _membership(organization: Organization, user: User, *roles: Role, site: Site | None) -> Membership:
    values = [role.value for role in roles]
    return Membership(organization_id=organization.id, user=user, roles=values, site=site)


@cache
def _sealed_password() -> str:
    return make_password(PASSWORD)


def _make_staff(organization: Organization, site: Site) -> dict[str, Person]:
    """Create one person of each role, in two statements: nearly every test begins with them."""
    persons = {}
    for key, (name, role) in NAMES.items():
        user = User(email=_email(organization, name), name=name, password=_sealed_password())
        own_site = site if role is Role.HUB_ATTENDANT else None
        persons[key] = Person(user, _membership(organization, user, role, site=own_site))
    User.objects.bulk_create([person.user for person in persons.values()])
    Membership.objects.bulk_create([person.membership for person in persons.values()])
    return persons


def make_people() -> People:
    """Create both organizations and everybody."""
    organization = make_organization("riverbend", "Riverbend Clinic", telephone="+1 512 555 0100")
    other = make_organization("lakeside", "Lakeside Practice", zone="America/New_York", jurisdiction="US-NY")
    with acting_in(other.id):
        stranger = make_person(other, "Dr. Quentin Marsh", Role.PHYSICIAN)
    with acting_in(organization.id):
        site = Site.objects.create(
            organization_id=organization.id, name="Main Street", zone="America/Chicago", jurisdiction="US-TX"
        )
        by_role = _make_staff(organization, site)
    return People(organization, site, other, {**by_role, "stranger": stranger})


@pytest.fixture
def people(request: pytest.FixtureRequest) -> People:
    """Everybody, in the test's transaction (or really committed, when the test uses ``committed``).

    In a transaction, the context of the first organization is left signed in, so that a test can read rows.
    """
    fixture = "committed" if "committed" in request.fixturenames else "db"
    request.getfixturevalue(fixture)
    everybody = make_people()
    if connection.in_atomic_block:
        set_context(everybody.organization.id, None)
    return everybody
