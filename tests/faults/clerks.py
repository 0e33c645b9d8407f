"""Clerks work through the pages and write down what was acknowledged, while processes are killed under them."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
from django.conf import settings

from tests.browser.installation import Installation
from tests.people import Person

BETWEEN_KILLS_SECONDS = 1.5
LONGEST_SECONDS = 90


@dataclass
class Clerk:
    """Works through the pages and writes down what was acknowledged."""

    origin: str
    session: str
    stop: threading.Event
    acknowledged: list[str] = field(default_factory=list)
    attempted: list[str] = field(default_factory=list)

    def client(self) -> httpx.Client:
        cookies = {settings.SESSION_COOKIE_NAME: self.session}
        return httpx.Client(base_url=self.origin, cookies=cookies, timeout=10)

    def get(self, client: httpx.Client, path: str) -> httpx.Response | None:
        try:
            answer = client.get(path)
        except httpx.TransportError:
            return None
        return answer if answer.status_code == 200 else None

    def post(
        self, client: httpx.Client, path: str, form: dict[str, str], accept: str = "text/html"
    ) -> httpx.Response | None:
        if settings.CSRF_COOKIE_NAME not in client.cookies and self.get(client, "/switch/") is None:
            time.sleep(0.2)
            return None
        token = str(client.cookies.get(settings.CSRF_COOKIE_NAME))
        try:
            return client.post(path, data=form, headers={"X-CSRFToken": token, "Accept": accept})
        except httpx.TransportError:
            time.sleep(0.2)
            return None


def kill_again_and_again(installation: Installation, clerks: Sequence[Clerk], kills: int) -> None:
    """Kill the pages while every clerk works, and wait for work to go on after the last kill."""
    deadline = time.monotonic() + LONGEST_SECONDS * kills
    for _ in range(kills):
        wait_for_work(clerks, deadline)
        time.sleep(BETWEEN_KILLS_SECONDS)
        installation.kill("pages")
        installation.start("pages")
        installation.wait({"pages"})
    wait_for_work(clerks, deadline)


def wait_for_work(clerks: Sequence[Clerk], deadline: float) -> None:
    before = [len(clerk.acknowledged) for clerk in clerks]
    while any(len(clerk.acknowledged) <= count for clerk, count in zip(clerks, before, strict=True)):
        assert time.monotonic() < deadline, [len(clerk.acknowledged) for clerk in clerks]
        time.sleep(0.1)


def session_of(person: Person) -> str:
    return str(person.client.cookies[settings.SESSION_COOKIE_NAME].value)
