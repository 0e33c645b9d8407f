"""Visit every route as nobody, as each role, without the second factor, and from another organization.

A route without a policy fails here. So does one that lets in, or keeps out, anyone else than it declares, and one
that answers any of these visits with a fault of ours.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import cycle
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from hearthline.identity.roles import SECOND_FACTOR_ROLES, Role
from hearthline.tenancy.context import acting_in, set_context
from hearthline.tenancy.models import Site
from tests.people import People, make_person, sign_in
from tests.routes import Route, real_arguments, routes

EVERY_ROUTE = routes()
PACKAGES = sorted({route.package for route in EVERY_ROUTE})
METHODS = ("get", "post")
HIDDEN = {403, 404, 405}
MOST_ADMITTED = 2  # of the roles that a route admits, so many come; of those it refuses, all (with --slow)
QUICK_REFUSED = (
    3  # without it, so many, others at each route; and of those admitted one, which looks and sends nothing
)
# A role is refused before the method matters, so those refused come by one method each, in turn.
NO_OBJECTS = {"organization_slug", "severity"}  # in an address they name nothing of one organization alone
Problem = str


def visit(client: Client, method: str, url: str) -> Any:
    """Visit an address; what the visit changed is undone."""
    client.raise_request_exception = False
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        answer = getattr(client, method)(url)
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer


def leads_to(answer: Any, where: str) -> bool:
    return answer.status_code in {302, 303} and answer.headers["location"].split("?")[0] == where


def of_nobody(route: Route, url: str, method: str) -> Problem:
    answer = visit(Client(), method, url)
    asked = leads_to(answer, "/sign-in/")
    assert route.policy is not None
    if answer.status_code >= 500:
        return f"answers {answer.status_code} to nobody"
    if route.policy.needs_sign_in and not asked:
        return f"lets nobody in ({answer.status_code})"
    return ""


def of_member(route: Route, url: str, method: str, role: Role, client: Client) -> Problem:
    answer = visit(client, method, url)
    policy = route.policy
    assert policy is not None
    if answer.status_code >= 500:
        return f"answers {answer.status_code} to a {role}"
    is_admitted = not policy.roles or role in policy.roles
    if not is_admitted and answer.status_code != 403:
        return f"lets a {role} in ({answer.status_code})"
    if is_admitted and leads_to(answer, "/sign-in/") and policy.needs_sign_in and route.name not in LEAVING:
        return f"sends a {role} away to sign in"
    return ""


LEAVING = {
    "identity:stays_end",
    "account_logout",
}  # they end the stay, and the sign-in page is where one lands


def of_half_signed_in(route: Route, url: str, method: str, role: Role, client: Client) -> Problem:
    policy = route.policy
    assert policy is not None
    if role not in SECOND_FACTOR_ROLES or not policy.needs_second_factor:
        return ""
    if policy.roles and role not in policy.roles:
        return ""
    answer = visit(client, method, url)
    return (
        ""
        if leads_to(answer, "/second-factor/")
        else f"needs no second factor of a {role} ({answer.status_code})"
    )


@pytest.fixture
def is_slow(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--slow"))


def some_admitted(route: Route, roles: Iterable[Role], *, is_slow: bool) -> list[Role]:
    """Return a few of the roles that may use a route."""
    policy = route.policy
    assert policy is not None
    admitted = [role for role in roles if not policy.roles or role in policy.roles]
    return admitted[: MOST_ADMITTED if is_slow else 1]


def some_refused(route: Route, roles: Iterable[Role], *, is_slow: bool) -> list[Role]:
    """Return the roles that may not; without ``--slow`` a few of them, which differ from route to route."""
    policy = route.policy
    assert policy is not None
    refused = [role for role in roles if policy.roles and role not in policy.roles]
    if is_slow or len(refused) <= QUICK_REFUSED:
        return refused
    first = sum(route.name.encode()) % len(refused)
    return [*refused[first:], *refused[:first]][:QUICK_REFUSED]


def clients(people: People, *, is_mfa: bool) -> dict[Role, Client]:
    return {
        Role(person.membership.roles[0]): sign_in(person.user, people.organization.id, is_mfa=is_mfa)
        for name, person in people.by_role.items()
        if name != "stranger"
    }


def strangers(people: People) -> dict[Role, Client]:
    """One person of each role in the other organization."""
    other = people.other_organization
    with acting_in(other.id):
        site = Site.objects.create(
            organization_id=other.id, name="Lake Street", zone="America/New_York", jurisdiction="US-NY"
        )
        made = {
            role: make_person(
                other, f"Other {role.value}", role, site=site if role is Role.HUB_ATTENDANT else None
            )
            for role in Role
        }
    return {role: sign_in(person.user, other.id) for role, person in made.items()}


def problems(package: str, check: Callable[[Route], list[Problem]]) -> list[str]:
    found = []
    for route in EVERY_ROUTE:
        if route.package == package and route.policy is not None:
            found += [f"{route.name} {problem}" for problem in check(route) if problem]
    return found


def test_every_route_has_a_name_and_a_policy() -> None:
    assert len(EVERY_ROUTE) > 30
    assert [route for route in EVERY_ROUTE if route.name.endswith(":") or not route.name] == []
    assert [route.name for route in EVERY_ROUTE if route.policy is None] == []
    names = [route.name for route in EVERY_ROUTE]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_nobody_is_asked_to_sign_in(people: People, package: str) -> None:
    real = real_arguments(people, package)

    def check(route: Route) -> list[Problem]:
        return [of_nobody(route, route.url(real.get(route.name)), method) for method in METHODS]

    assert problems(package, check) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_each_role_meets_the_declared_policy(people: People, package: str, is_slow: bool) -> None:
    real, inside = real_arguments(people, package), clients(people, is_mfa=True)
    ways = METHODS if is_slow else ("get",)

    def check(route: Route) -> list[Problem]:
        url = route.url(real.get(route.name))
        visits = [(role, way) for role in some_admitted(route, inside, is_slow=is_slow) for way in ways]
        visits += zip(some_refused(route, inside, is_slow=is_slow), cycle(METHODS))
        return [of_member(route, url, method, role, inside[role]) for role, method in visits]

    assert problems(package, check) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_without_the_second_factor_nothing_opens(people: People, package: str) -> None:
    real, inside = real_arguments(people, package), clients(people, is_mfa=False)

    def check(route: Route) -> list[Problem]:
        url = route.url(real.get(route.name))
        return [
            of_half_signed_in(route, url, method, role, inside[role])
            for role, method in zip(inside, cycle(METHODS))
        ]

    assert problems(package, check) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_what_belongs_to_one_organization_does_not_exist_in_another(
    people: People, package: str, is_slow: bool
) -> None:
    real, outside = real_arguments(people, package), strangers(people)
    set_context(people.organization.id, None)

    def check(route: Route) -> list[Problem]:
        assert route.policy is not None
        given = {name: value for name, value in real.get(route.name, {}).items() if name not in NO_OBJECTS}
        if not given or not route.policy.needs_membership:
            return []
        found = []
        for role in some_admitted(route, outside, is_slow=is_slow):
            for method in METHODS:
                answer = visit(outside[role], method, route.url(real[route.name]))
                if answer.status_code not in HIDDEN:
                    found.append(f"shows itself to a {role} of another organization ({answer.status_code})")
        return found

    assert problems(package, check) == []
