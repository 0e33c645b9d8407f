"""Files from the door to whoever may see them: quarantine, events, access, grants across organizations."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import Error, connection, transaction
from django.http import Http404

from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.identity.roles import Role
from hearthline.imaging.intake import access, examination, rules, services
from hearthline.imaging.intake.choices import Form, Kind, Source, State
from hearthline.imaging.intake.models import File, FileGrant, Rendition
from hearthline.imaging.intake.tests.hostile import attacks
from hearthline.imaging.intake.tests.stage import make_file, make_photographed
from hearthline.tenancy.context import acting_in
from tests.people import People, make_person

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


def _by_role(role: Role) -> Callable[[People], Any]:
    def make(people: People) -> Any:
        with acting_in(people.other_organization.id):
            return make_person(people.other_organization, f"Dr. {role.value}", role).actor

    return make


@pytest.fixture
def specialist_elsewhere(people: People) -> Any:
    return _by_role(Role.SPECIALIST)(people)


def test_a_grant_shows_one_file_to_another_organization_and_ends_at_once(
    people: People, specialist_elsewhere: Any
) -> None:
    shown, kept = make_file(people), make_file(people)
    other = people.other_organization.id
    services.grant_file(people.physician.actor, file=shown, to_organization_id=other, subject=CASE)
    services.grant_file(people.physician.actor, file=shown, to_organization_id=other, subject=CASE)
    with acting_in(other):
        found = access.get_file_for(specialist_elsewhere, shown.pk)
        opened = services.open_rendition(specialist_elsewhere, file=found, form=Form.PREVIEW)
        assert opened.blob.read().startswith(b"\xff\xd8\xff")
        assert set(File.objects.values_list("pk", flat=True)) == {shown.pk}  # the wall, asked without access
        assert set(Rendition.objects.values_list("file_id", flat=True)) == {shown.pk}
        with pytest.raises(Http404):
            access.get_file_for(specialist_elsewhere, kept.pk)
        assert File.objects.filter(pk=shown.pk).update(is_sensitive=True) == 0  # seen, never written
    assert FileGrant.objects.count() == 1
    assert services.end_grants(people.physician.actor, subject=CASE) == 1
    with acting_in(other):
        assert not File.objects.exists()
        assert not Rendition.objects.exists()


def test_a_grant_to_one_person_is_theirs_alone_and_runs_out(
    people: People, specialist_elsewhere: Any
) -> None:
    file, other = make_file(people), people.other_organization.id
    colleague = _by_role(Role.PHYSICIAN)(people)
    grant = services.grant_file(
        people.physician.actor,
        file=file,
        to_organization_id=other,
        subject=CASE,
        to_user_id=specialist_elsewhere.user_id,
        ends_at=clock.now() + timedelta(days=1),
    )
    with acting_in(other):
        assert access.get_file_for(specialist_elsewhere, file.pk)
        with pytest.raises(Http404):
            access.get_file_for(colleague, file.pk)
    FileGrant.objects.filter(pk=grant.pk).update(ends_at=clock.now() - timedelta(hours=1))
    with acting_in(other):
        with pytest.raises(Http404):
            access.get_file_for(specialist_elsewhere, file.pk)
        assert not File.objects.exists()


def test_an_organization_cannot_grant_itself_anothers_file(people: People, specialist_elsewhere: Any) -> None:
    file, other = make_file(people), people.other_organization.id
    with acting_in(other), pytest.raises(Error), transaction.atomic():
        services.grant_file(specialist_elsewhere, file=file, to_organization_id=other, subject=CASE)


def test_a_settled_file_does_not_move(people: People) -> None:
    assert all(not rules.MOVES[state] for state in (State.ACCEPTED, State.REFUSED))
    file = make_file(people)
    with pytest.raises(Error), transaction.atomic():
        File.objects.filter(pk=file.pk).update(state=State.QUARANTINED)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE intake_rendition SET sha256 = 'x' WHERE file_id = %s", [file.pk])
