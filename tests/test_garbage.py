"""Nothing that is sent to a page breaks it: it is answered with words, and what is refused leaves no trace.

What is long here goes through the routes of a package in shares, so that no single test is long.
"""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.test import Client

from hearthline.identity.roles import Role
from hearthline.tenancy.context import set_context
from tests.garbage import (
    VALUES,
    addresses_with_garbage,
    asked_fields,
    bodies,
    fields_of,
    form,
    in_shares,
    rows,
    takes_words,
)
from tests.people import People
from tests.routes import Route, real_arguments, routes
from tests.test_route_walk import clients

PREFERRED = [
    Role.PHYSICIAN,
    Role.PATIENT,
    Role.ADMINISTRATOR,
    Role.NURSE,
    Role.NAVIGATOR,
    Role.HUB_ATTENDANT,
    Role.TECHNICIAN,
    Role.AUDITOR,
]
QUICK_BODIES = ("unknown charset",)
QUICK_VALUES = ("NUL", "id of another organization")
MOST_FIELDS = 25
QUICK_WORDS = ("NUL", "beyond an integer")
QUICK_EVERY = 2  # without --slow: every other route
ROUTES_OF_A_SHARE = 8
# A draft keeps what was written also when sending it is refused.
DRAFTS = {"consults:question": {"consults_factanswer"}, "consults:own_question": {"consults_factanswer"}}
EVERY_ROUTE = [route for route in routes() if route.policy is not None]
PACKAGES = sorted({route.package for route in EVERY_ROUTE if route.package != "design"})
ROUTES_OF = {name: [route for route in EVERY_ROUTE if route.package == name] for name in PACKAGES}
SHARES = {
    f"{name}-{number}": list(share)
    for name in PACKAGES
    for number, share in enumerate(in_shares(ROUTES_OF[name], ROUTES_OF_A_SHARE), start=1)
}
TAKING_WORDS = {
    name: taking
    for name in PACKAGES
    if (taking := [route for route in ROUTES_OF[name] if takes_words(route)])
}


class Sender:
    """Posts to one route as one person; what was accepted is undone, what was refused must not need it."""

    def __init__(self, people: People, client: Client, url: str) -> None:
        self.people, self.client, self.url = people, client, url
        self.faults: list[str] = []
        self.user_id = client.session.get(SESSION_KEY) if self.session_cookie else None
        client.raise_request_exception = False

    @property
    def session_cookie(self) -> str:
        cookie = self.client.cookies.get(settings.SESSION_COOKIE_NAME)
        return str(cookie.value) if cookie else ""

    def send(self, what: str, request: dict[str, Any], method: str = "POST") -> int:
        set_context(self.people.organization.id, None)
        before = self.session_cookie
        with transaction.atomic():
            answer = self.client.generic(method, self.url, **request)
            status = answer.status_code
            if status < 400:
                transaction.set_rollback(True)
        if self.session_cookie != before and self.client.session.get(SESSION_KEY) != self.user_id:
            self.client.cookies.clear()
        if status >= 500:
            kind, fault, _trace = getattr(answer, "exc_info", None) or (None, "", None)
            told = f"{self.url[:80]}, {what}: {status} {getattr(kind, '__name__', '')} {fault}"
            self.faults.append(told[:380])
        return int(status)


def door_for(route: Route, url: str, inside: dict[Role, Client]) -> Client:
    """Return the client of a role that finds the object behind the address."""
    policy = route.policy
    assert policy is not None
    if not policy.needs_sign_in:
        return Client()
    admitted = [role for role in PREFERRED if not policy.roles or role in policy.roles]
    for role in admitted:
        inside[role].raise_request_exception = False
        with transaction.atomic():
            status = inside[role].get(url).status_code
            transaction.set_rollback(True)
        if status not in {302, 403, 404}:
            return inside[role]
    return inside[admitted[0]]


def base_of(sender: Sender) -> dict[str, Any]:
    """Return the fields that the page shows and those that its handler looks up."""
    with transaction.atomic():
        page = sender.client.get(sender.url)
        transaction.set_rollback(True)
    shown: dict[str, Any] = {}
    if page.status_code == 200 and "text/html" in page.headers["content-type"]:
        shown = dict(fields_of(page.content.decode()))
    with asked_fields() as asked:
        sender.send("an empty form", form({}))
        if shown:
            sender.send("the page's own form", form(shown))
    found = {name: shown.get(name, "Some words") for name in [*shown, *sorted(asked)]}
    return dict(list(found.items())[:MOST_FIELDS])


def garbage_of(people: People) -> dict[str, Any]:
    return {**VALUES, "id of another organization": str(people.stranger.membership.id)}


def attack(sender: Sender, *, every_value: bool) -> None:
    """Send everything wrong at once, then (where there is time for it) one wrong thing among right ones."""
    base = base_of(sender)
    values = garbage_of(sender.people)
    for what, request in bodies().items():
        if every_value or what in QUICK_BODIES:
            sender.send(what, request)
    for what, value in values.items():
        if base and (every_value or what in QUICK_VALUES):
            sender.send(f"{what} in all of {sorted(base)}", form(dict.fromkeys(base, value)))
    for name in base if every_value else ():
        for what in values:
            sender.send(f"{what} in {name}", form({**base, name: values[what]}))


def faults_of(routes_to_try: list[Route], people: People, *, every_value: bool = False) -> list[str]:
    real, inside = real_arguments(people, routes_to_try[0].package), clients(people, is_mfa=True)
    found = []
    left_behind = LeftBehind(people)
    for route in routes_to_try:
        url = route.url(real.get(route.name))
        set_context(people.organization.id, None)
        sender = Sender(people, door_for(route, url, inside), url)
        if sender.send("nothing", form({})) == 405:
            continue
        attack(sender, every_value=every_value)
        found += [*sender.faults, *left_behind.by(route)]
    return found


class LeftBehind:
    """Counts rows once for each route: what one route left is there before the next."""

    def __init__(self, people: People) -> None:
        self.organization_id = people.organization.id
        self.before = self._count()

    def _count(self) -> dict[str, int]:
        set_context(self.organization_id, None)
        return rows()

    def by(self, route: Route) -> list[str]:
        """Return what refusals of this route left behind."""
        before, self.before = self.before, self._count()
        kept = DRAFTS.get(route.name, set())
        left = {
            name: count - before[name]
            for name, count in self.before.items()
            if count != before[name] and name not in kept
        }
        return [f"{route.name}: a refusal left rows behind in {left}"] if left else []


def faults_in_addresses(package: str, people: People, *, every_value: bool = False) -> list[str]:
    """Write wrong words where an address takes a word, and open and post to it."""
    real, inside = real_arguments(people, package), clients(people, is_mfa=True)
    found = []
    left_behind = LeftBehind(people)
    for route in TAKING_WORDS[package]:
        url = route.url(real.get(route.name))
        set_context(people.organization.id, None)
        client = door_for(route, url, inside)
        senders = [
            Sender(people, client, address)
            for what, address in addresses_with_garbage(route, url)
            if every_value or what in QUICK_WORDS
        ]
        for sender in senders:
            for method in ("GET", "POST"):
                sender.send(method, form({}), method)
            found += sender.faults
        found += left_behind.by(route)
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_no_form_breaks_and_no_refusal_leaves_a_trace(people: People, package: str) -> None:
    assert faults_of(ROUTES_OF[package][::QUICK_EVERY], people) == []


@pytest.mark.slow
@pytest.mark.parametrize("share", SHARES)
def test_every_value_in_every_field(people: People, share: str) -> None:
    assert faults_of(SHARES[share], people, every_value=True) == []


@pytest.mark.parametrize("package", TAKING_WORDS)
def test_no_word_in_an_address_breaks_a_page(people: People, package: str) -> None:
    assert faults_in_addresses(package, people) == []


@pytest.mark.slow
@pytest.mark.parametrize("package", TAKING_WORDS)
def test_every_word_in_every_address(people: People, package: str) -> None:
    assert faults_in_addresses(package, people, every_value=True) == []
