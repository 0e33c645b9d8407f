"""A form that is sent twice does its work once: a double click, a second tab, the back button, a replayed request."""

from uuid import uuid4

from hearthline.charting.models import Note
from hearthline.charting.tests.routes import arguments as chart_arguments
from hearthline.messaging.models import Message
from hearthline.messaging.tests.routes import arguments as message_arguments
from tests.people import People


def test_a_message_sent_twice_is_there_once_and_other_words_are_another(people: People) -> None:
    thread_id = message_arguments(people)["messaging:thread"]["thread_id"]
    before = Message.objects.count()
    url, key = f"/care/messages/{thread_id}/send/", str(uuid4())
    for _ in range(3):
        assert people.patient.client.post(url, {"text": "The rash is back", "key": key}).status_code == 303
    assert Message.objects.count() == before + 1
    people.patient.client.post(url, {"text": "It itches too", "key": key})
    assert Message.objects.count() == before + 2


def test_a_note_signed_twice_is_signed_once_and_an_old_tab_changes_nothing(people: People) -> None:
    note_id = chart_arguments(people)["charting:note"]["note_id"]
    note, client = Note.objects.get(pk=note_id), people.physician.client
    sections = {"subjective": "Headache", "objective": "", "assessment": "Tension", "plan": "Rest"}
    form = {**sections, "revision": note.revision, "sign": "yes"}
    assert client.post(f"/notes/{note_id}/", form).status_code < 400
    signed = Note.objects.get(pk=note_id)
    assert signed.status == Note.Status.SIGNED
    for words in ("Headache", "Changed in an old tab"):
        assert client.post(f"/notes/{note_id}/", {**form, "subjective": words}).status_code < 500
    again = Note.objects.get(pk=note_id)
    assert (again.revision, again.signed_at, again.status) == (
        signed.revision,
        signed.signed_at,
        signed.status,
    )
