"""Visit every route of the live edge as nobody, each role, half signed in, a guest, and from another organization.

A route that declares nothing keeps the application from being made, here and at the start of the process.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from starlette.requests import Request
from starlette.routing import Route

from hearthline.foundation.ids import new_id
from hearthline.identity.roles import Role
from hearthline.live import visit_messages
from hearthline.live.application import make_application
from hearthline.live.doors import Admission, UndeclaredRouteError, admission_of, as_actor
from hearthline.live.tests.edge import TOKEN, Edge, Scene
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Site
from hearthline.visits.choices import ParticipantRole
from hearthline.visits.models import Visit
from hearthline.visits.services import guests
from hearthline.visits.services.guests import GUEST_COOKIE
from hearthline.visits.tests.stage import Stage
from tests.people import People, make_person, sign_in

Cookies = dict[str, str]
BESIDE_ANOTHER = {Role.NURSE_IN_CHARGE}  # nobody holds it alone
NOT_A_VISIT = {"/live/changes", "/live/uploads", "/live/uploads/{upload_id:uuid}"}
SECONDS = 20


@dataclass(frozen=True)
class Answer:
    status: int
    code: str


def live_routes() -> list[Route]:
    return [route for route in make_application().routes if isinstance(route, Route)]


async def ask(edge: Edge, route: Route, cookies: Cookies, *, query: str = "", token: str = TOKEN) -> Answer:
    """Ask a route over ASGI and go away after its answer, or after the first piece of a stream."""
    path = route.path_format.replace("{visit_id}", str(edge.stage.visit.pk))
    path = path.replace("{upload_id}", str(new_id()))
    bodies = {
        "join": {"tab": ""},
        "signal": {"join": "n" * 43, "messages": []},
        "share": {"join": "n" * 43, "on": True},
        "check": {},
    }
    body = json.dumps(bodies.get(path.rsplit("/", 1)[1], {"join": "n" * 43})).encode()
    sent = {**cookies, settings.CSRF_COOKIE_NAME: TOKEN}
    headers = {
        "host": "localhost",
        "origin": "http://localhost",
        "x-csrftoken": token,
        "tus-resumable": "1.0.0",
        "cookie": "; ".join(f"{name}={value}" for name, value in sent.items()),
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": next(one for one in ("DELETE", "POST", "GET") if one in (route.methods or {"GET"})),
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }
    answered, pieces = asyncio.Event(), []
    status = 0
    asked = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in asked:
            return message
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            return
        pieces.append(message.get("body", b""))
        answered.set()

    async with asyncio.timeout(SECONDS):
        await edge.application(scope, receive, send)
    text = b"".join(pieces)
    return Answer(status, json.loads(text).get("code", "") if text.startswith(b"{") else "")


def session(client: Any) -> Cookies:
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def problem_of(route: Route, role: Role, answer: Answer) -> str:
    """Return what is wrong with the answer to a member: their role is all that the policy speaks of."""
    roles = admission_of(route.endpoint).policy.roles
    is_admitted = not roles or role in roles
    is_refused = (answer.status, answer.code) == (403, "not_allowed")
    if is_admitted == is_refused or answer.status >= 500 or answer.status == 401:
        return f"{route.path} answers {answer} to a {role}"
    return ""


def walk(
    play: Callable[[Scene], Stage], visitors: dict[str, Cookies], **how: str
) -> Iterator[tuple[Route, str, Answer]]:
    """Yield each route, each visitor and the answer."""
    found: list[tuple[Route, str, Answer]] = []

    async def scene(edge: Edge) -> None:
        for route in live_routes():
            for name, cookies in visitors.items():
                found.append((route, name, await ask(edge, route, cookies, **how)))

    play(scene)
    assert len(found) == len(visitors) * len(live_routes())
    yield from found


def test_every_route_declares_whom_it_admits() -> None:
    routes = live_routes()
    assert len(routes) == len(make_application().routes) >= 7
    assert all(isinstance(admission_of(route.endpoint), Admission) for route in routes)


def test_an_undeclared_route_keeps_the_edge_from_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    async def undeclared(request: Request) -> None: ...

    monkeypatch.setattr(visit_messages, "leave", undeclared)
    with pytest.raises(UndeclaredRouteError, match="declares no policy"):
        make_application()


def test_no_work_is_done_for_an_undeclared_route() -> None:
    scope = {"type": "http", "headers": [], "query_string": b"", "endpoint": ask, "client": None}
    with pytest.raises(UndeclaredRouteError):
        asyncio.run(as_actor(Request(scope), lambda actor: actor))


def test_nobody_and_forgers_are_refused(play: Callable[[Scene], Stage]) -> None:
    visitors = {"nobody": {}, "an old session": {settings.SESSION_COOKIE_NAME: "k" * 32}}
    assert {(name, answer.status) for _, name, answer in walk(play, visitors)} == {
        ("nobody", 401),
        ("an old session", 401),
    }


def test_what_is_posted_without_the_token_is_refused(play: Callable[[Scene], Stage], people: People) -> None:
    visitors = {"physician": session(people.physician.client)}
    answers = [
        answer for route, _, answer in walk(play, visitors, token="b" * 32) if "POST" in (route.methods or ())
    ]
    assert len(answers) >= 5
    assert {(one.status, one.code) for one in answers} == {(403, "forged")}


def test_each_role_meets_the_declared_policy(play: Callable[[Scene], Stage], people: People) -> None:
    inside = {
        person.membership.roles[0]: session(person.client)
        for name, person in people.by_role.items()
        if name != "stranger"
    }
    assert set(inside) == {role.value for role in Role if role not in BESIDE_ANOTHER}
    found = [problem_of(route, Role(name), answer) for route, name, answer in walk(play, inside)]
    assert [problem for problem in found if problem] == []


def test_without_the_second_factor_nothing_opens(play: Callable[[Scene], Stage], people: People) -> None:
    half = {
        name: session(sign_in(people.by_role[name].user, people.organization.id, is_mfa=False))
        for name in ("physician", "navigator", "caregiver")
    }
    assert {answer.status for _, _, answer in walk(play, half)} == {401}


def test_a_visit_does_not_exist_in_another_organization(
    play: Callable[[Scene], Stage], people: People
) -> None:
    other = people.other_organization
    with acting_in(other.id):
        hub = Site.objects.create(
            organization_id=other.id, name="Library", zone=other.zone, jurisdiction=other.jurisdiction
        )
        sites = {Role.HUB_ATTENDANT: hub}
        made = {
            role.value: make_person(other, f"Other {role.value}", role, site=sites.get(role)) for role in Role
        }
    outside = {role: session(sign_in(person.user, other.id)) for role, person in made.items()}
    statuses = {answer.status for route, _, answer in walk(play, outside) if route.path not in NOT_A_VISIT}
    assert statuses == {404}


def test_a_guest_reaches_what_admits_guests(play: Callable[[Scene], Stage], people: People) -> None:
    with acting_in(people.organization.id):
        _, token = guests.invite_guest(
            actor=people.physician.actor, visit=Visit.objects.get(), name="Lucia", role=ParticipantRole.FAMILY
        )
        secret = guests.redeem(people.organization.id, token).secret
    visitors = {
        "guest": {GUEST_COOKIE: f"{people.organization.id}.{secret}"},
        "guest of another place": {GUEST_COOKIE: f"{people.other_organization.id}.{secret}"},
    }
    for route, name, answer in walk(play, visitors, query="as=guest"):
        if not admission_of(route.endpoint).guests:
            assert (answer.status, answer.code) == (403, "not_allowed"), (route.path, name)
        elif name == "guest":
            assert answer.status in {200, 404, 409}, (
                route.path,
                answer,
            )  # 404, 409: no join of theirs is named
        else:
            assert (answer.status, answer.code) == (401, "signed_out"), (route.path, answer)
