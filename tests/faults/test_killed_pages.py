"""The pages' process is killed in the middle of work: nothing acknowledged is lost, nothing is done twice."""

import re
import threading
from uuid import UUID, uuid4

import pytest

from hearthline.charting.models import Note
from hearthline.charting.tests.routes import arguments as chart_arguments
from hearthline.messaging.models import Message
from hearthline.messaging.tests.routes import arguments as message_arguments
from hearthline.tenancy.context import acting_in
from tests.browser.installation import installed
from tests.faults.clerks import Clerk, kill_again_and_again, session_of
from tests.people import People

KILLS = 10
pytestmark = pytest.mark.browser
REVISION = re.compile(r'name="revision"[^>]*value="(\d+)"|value="(\d+)"[^>]*name="revision"')


class Writer(Clerk):
    """Writes messages and a note."""

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


@pytest.mark.slow
def test_what_was_acknowledged_is_there_once(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        note_id = chart_arguments(people)["charting:note"]["note_id"]
        thread_id = message_arguments(people)["messaging:thread"]["thread_id"]
    stop = threading.Event()
    with installed() as installation:
        patient = Writer(installation.origin, session_of(people.patient), stop)
        physician = Writer(installation.origin, session_of(people.physician), stop)
        work = (
            threading.Thread(target=patient.send_messages, args=(thread_id,)),
            threading.Thread(target=physician.save_notes, args=(note_id,)),
        )
        for thread in work:
            thread.start()
        try:
            kill_again_and_again(installation, [patient, physician], KILLS)
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
