"""The pages' process is killed in the middle of work: nothing acknowledged is lost, nothing is done twice."""

import re
import threading
import time
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import httpx
import pytest
from django.conf import settings

from hearthline.charting.models import Note
from hearthline.charting.tests.routes import arguments as chart_arguments
from hearthline.messaging.models import Message
from hearthline.messaging.tests.routes import arguments as message_arguments
from hearthline.tenancy.context import acting_in
from tests.browser.installation import Installation, installed
from tests.people import People, Person

pytestmark = pytest.mark.browser
BETWEEN_KILLS_SECONDS = 1.5
LONGEST_SECONDS = 90
REVISION = re.compile(r'name="revision"[^>]*value="(\d+)"|value="(\d+)"[^>]*name="revision"')


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

    def send_messages(self, thread_id: UUID) -> None:
        """Send numbered messages; one that was not acknowledged is sent again under its key."""
        with self.client() as client:
            while not self.stop.is_set():
                text, key = f"message {len(self.acknowledged)}", str(uuid4())
                self.attempted.append(text)
                while not self.stop.is_set():
                    answer = self.post(
                        client, f"/care/messages/{thread_id}/send/", {"text": text, "key": key}
                    )
                    if answer is not None and answer.status_code == 303:
                        self.acknowledged.append(text)
                        break

    def save_notes(self, note_id: UUID) -> None:
        """Save one draft again and again, with the revision that the page shows."""
        with self.client() as client:
            while not self.stop.is_set():
                text = f"plan {len(self.attempted)}"
                page = self.get(client, f"/notes/{note_id}/")
                found = REVISION.search(page.text) if page is not None else None
                if found is None:
                    continue
                self.attempted.append(text)
                form = {"plan": text, "revision": found[1] or found[2]}
                answer = self.post(client, f"/notes/{note_id}/", form, accept="application/json")
                if answer is not None and answer.status_code == 200:
                    self.acknowledged.append(text)

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


def kill_again_and_again(installation: Installation, clerks: list[Clerk], kills: int) -> None:
    """Kill the pages while every clerk works, and wait for work to go on after the last kill."""
    deadline = time.monotonic() + LONGEST_SECONDS * kills
    for _ in range(kills):
        wait_for_work(clerks, deadline)
        time.sleep(BETWEEN_KILLS_SECONDS)
        installation.kill("pages")
        installation.start("pages")
        installation.wait({"pages"})
    wait_for_work(clerks, deadline)


def wait_for_work(clerks: list[Clerk], deadline: float) -> None:
    before = [len(clerk.acknowledged) for clerk in clerks]
    while any(len(clerk.acknowledged) <= count for clerk, count in zip(clerks, before, strict=True)):
        assert time.monotonic() < deadline, [len(clerk.acknowledged) for clerk in clerks]
        time.sleep(0.1)


def session_of(person: Person) -> str:
    return str(person.client.cookies[settings.SESSION_COOKIE_NAME].value)


@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_what_was_acknowledged_is_there_once(committed: None, people: People, kills: int) -> None:
    with acting_in(people.organization.id):
        thread_id = message_arguments(people)["messaging:thread"]["thread_id"]
        note_id = chart_arguments(people)["charting:note"]["note_id"]
    stop = threading.Event()
    with installed() as installation:
        patient = Clerk(installation.origin, session_of(people.patient), stop)
        physician = Clerk(installation.origin, session_of(people.physician), stop)
        work = (
            threading.Thread(target=patient.send_messages, args=(thread_id,)),
            threading.Thread(target=physician.save_notes, args=(note_id,)),
        )
        for thread in work:
            thread.start()
        try:
            kill_again_and_again(installation, [patient, physician], kills)
        finally:
            stop.set()
            for thread in work:
                thread.join(timeout=30)
    with acting_in(people.organization.id):
        kept = [one.text for one in Message.objects.filter(thread_id=thread_id)]
        plan = Note.objects.get(pk=note_id).plan
    assert [text for text in patient.acknowledged if kept.count(text) != 1] == []
    assert max(kept.count(text) for text in patient.attempted) == 1
    # The draft holds the last acknowledged text, or a later one whose answer was lost.
    last = physician.attempted.index(physician.acknowledged[-1])
    assert plan in physician.attempted[last:]
