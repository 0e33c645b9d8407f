"""Files from the door to whoever may see them: quarantine, events, access."""

import io
from typing import Any
from uuid import UUID

import pytest
from django.db import Error, connection, transaction
from django.http import Http404

from hearthline.foundation.ids import new_id
from hearthline.imaging.intake import access, examination, rules, services
from hearthline.imaging.intake.choices import Form, Kind, Source, State
from hearthline.imaging.intake.models import File
from hearthline.imaging.intake.tests.hostile import attacks
from hearthline.imaging.intake.tests.stage import make_file, make_photographed
from tests.people import People

CASE = ("consults.consult", UUID(int=4))


@pytest.fixture(autouse=True)
def kept_apart(settings: Any, tmp_path: Any) -> None:
    settings.HEARTHLINE_BLOB_DIRECTORY = tmp_path / "blobs"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    events: list[Any] = []
    monkeypatch.setattr(examination, "publish", events.append)
    return events


def test_a_sound_file_is_accepted_and_told(people: People, told: list[Any]) -> None:
    file = make_file(people, is_examined=False)
    assert (file.state, set(file.renditions.values_list("form", flat=True))) == (
        State.QUARANTINED,
        {Form.ORIGINAL},
    )
    examination.examine(file.organization_id, file.pk)
    examination.examine(file.organization_id, file.pk)  # a job that comes twice
    file.refresh_from_db()
    assert (file.state, file.kind, file.refusal_sentence) == (State.ACCEPTED, Kind.JPEG, "")
    sizes = dict(file.renditions.values_list("form", "size_bytes"))
    assert sizes[Form.THUMBNAIL] <= 9_000
    assert sizes[Form.PREVIEW] <= 150_000
    assert [(type(one).__name__, one.file_id) for one in told] == [("FileAccepted", file.pk)]


def test_a_hostile_file_is_refused_in_words_and_never_opened(people: People, told: list[Any]) -> None:
    file = make_file(people, attacks()["a JPEG that is a zip too"][0])
    assert (file.state, file.refusal) == (State.REFUSED, "mixed")
    assert "two kinds of file" in file.refusal_sentence
    assert [type(one).__name__ for one in told] == ["FileRefused"]
    for form in Form:
        with pytest.raises(Http404):
            services.open_rendition(people.patient.actor, file=file, form=form)


def test_what_waits_in_quarantine_is_not_opened(people: People) -> None:
    file = make_file(people, is_examined=False)
    with pytest.raises(Http404):
        services.open_rendition(people.patient.actor, file=file, form=Form.ORIGINAL)


def test_a_repeat_is_the_same_file_and_too_much_is_not_taken(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient, key = make_photographed(people), str(new_id())

    def receive(content: bytes, name: str = key) -> File:
        return services.receive_file(
            people.patient.actor, patient=patient, stream=io.BytesIO(content), source=Source.STOW, key=name
        )

    assert receive(b"one").pk == receive(b"another").pk
    monkeypatch.setattr(services.files, "MAX_FILE_BYTES", 10)
    with pytest.raises(services.TooLargeError):
        receive(b"x" * 11, "larger")
    monkeypatch.setattr(services.files, "ORGANIZATION_QUARANTINE_BYTES", 2)
    with pytest.raises(services.QuotaError):
        receive(b"x", "more")


def test_the_patients_own_team_sees_a_file_and_others_do_not(people: People) -> None:
    file = make_file(people)
    for one in (people.patient, people.physician):
        assert access.get_file_for(one.actor, file.pk).pk == file.pk
    for name in (
        "specialist",
        "attendant",
        "administrator",
        "technician",
        "auditor",
        "caregiver",
    ):
        with pytest.raises(Http404):
            access.get_file_for(people.by_role[name].actor, file.pk)
    opened = services.open_rendition(people.physician.actor, file=file, form=Form.THUMBNAIL)
    assert opened.blob.read().startswith(b"\xff\xd8\xff")


def test_a_settled_file_does_not_move(people: People) -> None:
    assert all(not rules.MOVES[state] for state in (State.ACCEPTED, State.REFUSED))
    file = make_file(people)
    with pytest.raises(Error), transaction.atomic():
        File.objects.filter(pk=file.pk).update(state=State.QUARANTINED)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE intake_rendition SET sha256 = 'x' WHERE file_id = %s", [file.pk])
