import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from hearthline.charting import notes, services
from hearthline.charting.models import EncounterFact, Note, NoteAddendum
from hearthline.charting.tests.conftest import Stage

TEXT = {
    "subjective": "Headache for 3 days",
    "objective": "",
    "assessment": "Tension headache",
    "plan": "Rest",
}


def write(stage: Stage, **changes: Any) -> Note:
    note = notes.start_note(actor=stage.people.physician.actor, encounter=stage.encounter)
    return notes.save_note(
        actor=stage.people.physician.actor, note=note, sections={**TEXT, **changes}, revision=note.revision
    )


def sign(stage: Stage) -> Note:
    note = write(stage)
    return notes.sign_note(actor=stage.people.physician.actor, note=note, revision=note.revision)


def test_a_note_is_written_kept_and_signed_through_the_pages(stage: Stage) -> None:
    client = stage.people.physician.client
    opened = client.post(reverse("charting:start_note", args=[stage.encounter.id]), follow=True)
    assert opened.status_code == 200
    note = Note.objects.get()
    page = reverse("charting:note", args=[note.id])
    kept = client.post(page, {**TEXT, "revision": note.revision, "save": "yes"})
    assert kept.status_code == 302
    revision = Note.objects.get().revision
    signed = client.post(page, {**TEXT, "revision": revision, "sign": "yes"}, follow=True)
    assert "Tension headache" in signed.content.decode()
    note = Note.objects.get()
    assert note.status == Note.Status.SIGNED
    assert notes.is_unaltered(note)


def test_a_second_click_opens_the_same_draft(stage: Stage) -> None:
    for _ in range(2):
        stage.people.physician.client.post(reverse("charting:start_note", args=[stage.encounter.id]))
    assert Note.objects.count() == 1


def test_a_draft_is_seen_by_its_author_alone(stage: Stage) -> None:
    page = reverse("charting:note", args=[write(stage).id])
    assert stage.people.physician.client.get(page).status_code == 200
    for role in ("nurse", "specialist", "navigator", "stranger"):
        assert getattr(stage.people, role).client.get(page).status_code == 404, role
    for role in ("patient", "administrator", "technician", "auditor", "attendant"):
        assert getattr(stage.people, role).client.get(page).status_code == 403, role


def test_a_signed_note_is_read_by_the_team_and_the_patient(stage: Stage) -> None:
    note = sign(stage)
    assert stage.people.nurse.client.get(reverse("charting:note", args=[note.id])).status_code == 200
    own = stage.people.patient.client.get(reverse("charting:own_note", args=[note.id]))
    assert "Tension headache" in own.content.decode()
    assert stage.people.caregiver.client.get(reverse("charting:own_note", args=[note.id])).status_code == 404
    assert stage.people.specialist.client.get(reverse("charting:note", args=[note.id])).status_code == 404


def test_two_windows_do_not_overwrite_each_other(stage: Stage) -> None:
    note = write(stage)
    page = reverse("charting:note", args=[note.id])
    client = stage.people.physician.client
    client.post(page, {**TEXT, "plan": "First window", "revision": note.revision, "save": "yes"})
    late = client.post(page, {**TEXT, "plan": "Second window", "revision": note.revision, "save": "yes"})
    assert late.status_code == 409
    assert "First window" in late.content.decode()
    assert "Second window" in late.content.decode()
    assert Note.objects.get().plan == "First window"


def test_autosave_answers_with_the_next_revision(stage: Stage) -> None:
    note = write(stage)
    answer = stage.people.physician.client.post(
        reverse("charting:note", args=[note.id]),
        {**TEXT, "revision": note.revision},
        headers={"Accept": "application/json"},
    )
    assert answer.json() == {"revision": note.revision + 1}


def test_an_empty_assessment_is_not_signed_and_nothing_is_lost(stage: Stage) -> None:
    note = write(stage)
    answer = stage.people.physician.client.post(
        reverse("charting:note", args=[note.id]),
        {**TEXT, "assessment": " ", "plan": "Keep me", "revision": note.revision, "sign": "yes"},
    )
    assert answer.status_code == 422
    kept = Note.objects.get()
    assert (kept.status, kept.plan) == (Note.Status.DRAFT, "Keep me")


@pytest.mark.parametrize("revision", ["", "x", "0", "9" * 30])
def test_a_nonsense_revision_is_refused(stage: Stage, revision: str) -> None:
    page = reverse("charting:note", args=[write(stage).id])
    assert stage.people.physician.client.post(page, {**TEXT, "revision": revision}).status_code == 422


def test_text_over_the_limit_is_refused_with_words(stage: Stage) -> None:
    note = write(stage)
    answer = stage.people.physician.client.post(
        reverse("charting:note", args=[note.id]), {**TEXT, "plan": "x" * 20_001, "revision": note.revision}
    )
    assert answer.status_code == 422
    assert "20000" in answer.content.decode().replace(",", "").replace("\u202f", "")


def test_the_database_refuses_to_change_a_signed_note(stage: Stage) -> None:
    note = sign(stage)
    note.plan = "Something else"
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        note.save()


def test_an_addendum_is_added_once(stage: Stage) -> None:
    note = sign(stage)
    body = {"text": "Blood pressure repeated: normal.", "idempotency_key": str(uuid4())}
    for _ in range(2):
        answer = stage.people.physician.client.post(reverse("charting:addendum", args=[note.id]), body)
        assert answer.status_code == 302
    assert NoteAddendum.objects.count() == 1
    stranger = stage.people.stranger.client.post(reverse("charting:addendum", args=[note.id]), body)
    assert stranger.status_code == 404


def test_statements_are_signed_with_the_note(stage: Stage) -> None:
    services.record_fact(
        actor=stage.people.physician.actor,
        encounter=stage.encounter,
        kind=EncounterFact.Kind.LOCATION_STATED,
        code="US-TX",
        detail="home",
    )
    note = sign(stage)
    assert re.search(r"the patient said they were at home \(US-TX\)", note.statements)
    assert "identity" not in note.statements


def test_a_discarded_draft_is_gone_for_everyone(stage: Stage) -> None:
    note = write(stage)
    client = stage.people.physician.client
    assert client.post(reverse("charting:discard_note", args=[note.id])).status_code == 302
    assert client.get(reverse("charting:note", args=[note.id])).status_code == 404
