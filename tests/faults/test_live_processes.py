"""Two processes of the live edge over one database: each hears what the other is told, and may stop or die."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from django.conf import settings

from hearthline.tenancy.context import acting_in
from hearthline.visits.models import Segment
from hearthline.visits.tests.stage import Stage, make_visit
from tests.browser.installation import START_SECONDS, Installation, installed
from tests.people import People, Person

pytestmark = pytest.mark.browser
TOKEN = "a" * 32
STOPS_WITHIN_SECONDS = 6.0
READ_SECONDS = 30.0
OFFER = {
    "kind": "description",
    "description": {"type": "offer", "sdp": "v=0"},
    "negotiation": 1,
    "roles": {},
}


@contextmanager
def asking(installation: Installation) -> Iterator[httpx.Client]:
    """Talk to the live process of an installation, once it answers."""
    path = str(installation.directory / "run" / "live.sock")
    deadline = time.monotonic() + START_SECONDS
    while not listens(path):
        assert time.monotonic() < deadline, "the live process does not listen"
        time.sleep(0.1)
    transport = httpx.HTTPTransport(uds=path)
    with httpx.Client(transport=transport, base_url="http://localhost", timeout=READ_SECONDS) as client:
        assert client.get("/health/ready").status_code == 200
        yield client


def listens(path: str) -> bool:
    """Whether somebody takes connections on a unix socket (an HTTP client leaves its own open when nobody does)."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


@dataclass
class Tab:
    """One browser tab in a visit: where it is connected may change, what it has had goes on."""

    stage: Stage
    person: Person
    nonce: str = ""
    number: int = 0
    last: int = 0
    had: list[tuple[int, str, Any]] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        session = self.person.client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
        return {"cookie": cookie, "x-csrftoken": TOKEN, "origin": "http://localhost"}

    def post(self, client: httpx.Client, name: str, body: dict[str, Any]) -> dict[str, Any]:
        path = f"/live/visits/{self.stage.visit.pk}/{name}"
        answer = client.post(path, json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def join(self, client: httpx.Client) -> None:
        told = self.post(client, "join", {"tab": "one"})
        self.nonce, self.number, self.last = told["join"], told["number"], told["after"]

    def offer(self, client: httpx.Client, to: "Tab") -> None:
        sent = {"join": self.nonce, "messages": [{**OFFER, "to": to.number}]}
        assert self.post(client, "signal", sent) == {"undelivered": 0}

    @contextmanager
    def stream(self, client: httpx.Client) -> Iterator[Iterator[tuple[int, str, Any]]]:
        """Open the stream where it was left."""
        path = f"/live/visits/{self.stage.visit.pk}/stream?join={self.nonce}"
        headers = {**self.headers, "last-event-id": str(self.last)}
        with client.stream("GET", path, headers=headers) as answer:
            assert answer.status_code == 200
            yield self._events(answer)

    def _events(self, answer: httpx.Response) -> Iterator[tuple[int, str, Any]]:
        number, name = 0, ""
        for line in answer.iter_lines():
            key, _, value = line.partition(": ")
            if key == "id":
                number = int(value)
            elif key == "event":
                name = value
            elif key == "data":
                self.last = number
                self.had.append((number, name, json.loads(value)))
                yield self.had[-1]

    def wait_for(self, events: Iterator[tuple[int, str, Any]], name: str) -> Any:
        return next(body for _, kind, body in events if kind == name)


@pytest.fixture
def tabs(committed: None, people: People) -> tuple[Tab, Tab]:
    with acting_in(people.organization.id):
        stage = make_visit(people)
    return Tab(stage, people.physician), Tab(stage, people.patient)


def test_presence_and_signals_cross_from_one_process_to_the_other(tabs: tuple[Tab, Tab]) -> None:
    clinician, patient = tabs
    stage = clinician.stage
    with (
        installed(("live",)) as first,
        installed(("live",)) as second,
        asking(first) as here,
        asking(second) as there,
    ):
        clinician.join(here)
        with clinician.stream(here) as at_clinician:
            patient.join(there)
            told = clinician.wait_for(at_clinician, "person")
            assert (told["state"], told["number"]) == ("waiting", patient.number)
            with patient.stream(there) as at_patient:
                with acting_in(stage.people.organization.id):
                    assert stage.admit_patient()
                patient.wait_for(at_patient, "admitted")
                clinician.offer(here, patient)
                signal = patient.wait_for(at_patient, "signal")
                assert (signal["from"], signal["description"]["sdp"]) == (clinician.number, "v=0")
                patient.offer(there, clinician)
                assert clinician.wait_for(at_clinician, "signal")["from"] == patient.number
                second.kill("live")
                with pytest.raises((httpx.TransportError, StopIteration)):
                    patient.wait_for(at_patient, "never")
            # The patient's process is dead. What is said meanwhile waits for the stream at the other one.
            clinician.offer(here, patient)
            with patient.stream(here) as at_patient:
                assert patient.wait_for(at_patient, "signal")["from"] == clinician.number
    numbers = [number for number, _, _ in patient.had]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "no gap and no repetition"
    with acting_in(stage.people.organization.id):
        assert Segment.objects.filter(participant=stage.participant(patient.person)).count() == 1


def test_a_stop_with_open_streams_takes_seconds_and_streams_go_on_afterwards(tabs: tuple[Tab, Tab]) -> None:
    clinician, patient = tabs
    with installed(("live",)) as installation:
        with asking(installation) as client:
            clinician.join(client)
            patient.join(client)
            with clinician.stream(client) as at_clinician, patient.stream(client):
                assert clinician.wait_for(at_clinician, "person")["number"] == patient.number
                process, asked_at = installation.running["live"], time.monotonic()
                process.terminate()
                process.wait(STOPS_WITHIN_SECONDS + START_SECONDS)
                took = time.monotonic() - asked_at
        assert took < STOPS_WITHIN_SECONDS
        installation.start("live")
        with asking(installation) as client, clinician.stream(client) as at_clinician:
            patient.join(client)
            assert clinician.wait_for(at_clinician, "person")["number"] == patient.number
    numbers = [number for number, _, _ in clinician.had]
    assert numbers == sorted(set(numbers))
