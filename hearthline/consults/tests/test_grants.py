"""A grant opens one case to another organization, and nothing else, by any door; its end closes it at once."""

from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hearthline.consults.models import Attachment, Consult, Grant, Opinion
from hearthline.consults.services import assigning, attaching, desks, reading
from hearthline.consults.tests.objects import make_capture, make_study, send_photo
from hearthline.consults.tests.stage import (
    CaseStage,
    answer,
    as_person,
    ask,
    ask_unassigned,
    begin_question,
    draft,
    grant,
)
from hearthline.imaging.dicom.models import Derived, Instance, Series, Study
from hearthline.imaging.dicom.pictures import derive
from hearthline.imaging.intake.models import File
from hearthline.tenancy.context import acting_in

OPENED = {
    "consults_factanswer",
    "consults_sharedrecord",
    "consults_attachment",
    "consults_attachmentform",
    "consults_wantedphoto",
    "consults_seen",
    "consults_move",
    "consults_message",
    "consults_opinion",
    "consults_criticalfinding",
    "consults_worktime",
}
BETWEEN_BOTH = {
    "consults_agreement"
}  # known to both sides by its nature: who answers which specialty for whom
TENANT_TABLES = {
    model._meta.db_table: model._meta.pk.column or "organization_id"
    for model in apps.get_models()
    if any(field.column == "organization_id" for field in model._meta.concrete_fields)
}


def readable() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) name WHERE has_table_privilege(name, 'SELECT')",
            [sorted(TENANT_TABLES)],
        )
        return [row[0] for row in cursor.fetchall()]


def seen_of(home: UUID, organization: UUID, user: UUID | None) -> dict[str, set[UUID]]:
    """Return, by table, which rows of ``home`` a person of another organization reads with plain SQL."""
    tables = readable()
    parts = [
        f"SELECT '{table}', {TENANT_TABLES[table]}::text FROM {table} WHERE organization_id = %s"  # noqa: S608
        for table in tables
    ]
    with acting_in(organization, user), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [home] * len(parts))
        found: dict[str, set[Any]] = {}
        for table, key in cursor.fetchall():
            found.setdefault(table, set()).add(UUID(key) if len(key) == 36 else key)
    return found


def rows_of(table: str, consults: list[UUID]) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table} WHERE consult_id = ANY(%s)", [consults])  # noqa: S608
        return {row[0] for row in cursor.fetchall()}


def images_of(consults: list[UUID]) -> dict[str, set[UUID]]:
    """Return, by table, the images that were given with cases."""
    studies = Study.objects.filter(pk__in=Attachment.objects.filter(consult__in=consults).values("study_id"))
    instances = Instance.objects.filter(series__study__in=studies)
    rows: dict[str, Any] = {
        "dicom_study": studies,
        "dicom_series": Series.objects.filter(study__in=studies),
        "dicom_instance": instances,
        "dicom_derived": Derived.objects.filter(instance__in=instances),
    }
    return {table: set(found.values_list("pk", flat=True)) for table, found in rows.items()}


def expected(stage: CaseStage, granted: list[UUID], all_grants: set[UUID]) -> dict[str, set[UUID]]:
    found = {table: rows_of(table, granted) for table in OPENED} | images_of(granted)
    found |= {"consults_consult": set(granted), "consults_grant": all_grants}
    found["consults_agreement"] = {stage.agreement.pk}
    return {table: rows for table, rows in found.items() if rows}


def test_without_a_grant_nothing_exists(stage: CaseStage) -> None:
    ask(stage)
    assert len(readable()) > 100
    seen = seen_of(stage.people.organization.id, stage.people.other_organization.id, stage.outside.user.id)
    assert set(seen) == BETWEEN_BOTH


def test_exactly_the_granted_cases_are_open(stage: CaseStage) -> None:
    check_what_is_open(stage, ["none", "open", "ended", "answered"])


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(st.sampled_from(["none", "open", "ended", "answered"]), min_size=1, max_size=4))
def test_whatever_mix_of_grants_there_is(stage: CaseStage, states: list[str]) -> None:
    check_what_is_open(stage, states)


def check_what_is_open(stage: CaseStage, states: list[str]) -> None:
    """Another organization reads the rows of the open cases, of every table, and no more."""
    with transaction.atomic():
        opened: list[UUID] = []
        grants: set[UUID] = set()
        for number, state in enumerate(states):
            consult = ask_unassigned(stage, other_matter=f"Matter {number}")
            study = make_study(stage)
            derive(Instance.objects.get(series__study=study))
            objects: list[File | Study] = [study, send_photo(stage, make_capture(stage), is_told=False)]
            attaching.attach_all(stage.asker.actor, consult=consult, objects=objects)
            if state == "none":
                continue
            made = grant(stage, consult)
            grants.add(made.pk)
            if state == "answered":
                answer(consult, stage.outside)
            if state == "ended":
                assigning.end_grant(stage.people.navigator.actor, grant=made, reason="Answered at home")
            else:
                opened.append(consult.pk)
        home, other = stage.people.organization.id, stage.people.other_organization.id
        assert seen_of(home, other, stage.outside.user.id) == expected(stage, opened, grants)
        third = seen_of(home, UUID(int=7), stage.outside.user.id)
        assert third == {}
        transaction.set_rollback(True)


def test_the_end_of_an_agreement_closes_every_case_at_once(stage: CaseStage) -> None:
    consults = [ask_unassigned(stage, other_matter=str(number)) for number in range(2)]
    for consult in consults:
        grant(stage, consult)
    with as_person(stage.outside):
        assert Consult.objects.count() == 2
        desks.end_agreement(stage.outside.actor, agreement=stage.agreement, reason="No more capacity")
        assert Consult.objects.count() == 0
    assert {one.status for one in Consult.objects.all()} == {"asked"}
    assert not Grant.objects.filter(ended_at__isnull=True).exists()


REFUSALS = {"42501", "23514"}  # not allowed, or a check of ours: nothing that a mistyped statement raises
FORBIDDEN: dict[str, str] = {
    "the question": "UPDATE consults_consult SET question = '\\x00' WHERE id = %(case)s",
    "whose it is": "UPDATE consults_consult SET patient_name = '\\x00' WHERE id = %(case)s",
    "its patient": "UPDATE consults_consult SET patient_id = id WHERE id = %(case)s",
    "the promise": "UPDATE consults_consult SET target_minutes = 1 WHERE id = %(case)s",
    "a step that is none": "UPDATE consults_consult SET status = 'closed' WHERE id = %(case)s",
    "the grant, longer": "UPDATE consults_grant SET granted_at = now() WHERE consult_id = %(case)s",
    "the terms": "UPDATE consults_agreement SET specialty = 'neurology'",
    "files": "DELETE FROM consults_attachment WHERE consult_id = %(case)s",
    "answers to questions": "DELETE FROM consults_factanswer WHERE consult_id = %(case)s",
    "a grant of its own": (
        "INSERT INTO consults_grant (id, organization_id, created_at, consult_id, agreement_id, "
        "answering_organization_id, granted_at, end_reason) SELECT gen_random_uuid(), organization_id, now(), "
        "%(other_case)s, agreement_id, answering_organization_id, now(), '' FROM consults_grant"
    ),
    "an image": "UPDATE dicom_instance SET sop_uid = '1'",
    "a study, to another patient": "UPDATE dicom_study SET patient_id = id",
    "a photo that is taken for it": "UPDATE consults_wantedphoto SET capture_id = NULL",
    "a study of its own choice": (
        "INSERT INTO consults_attachment (id, organization_id, created_at, consult_id, kind, title, content_type, "
        "sha256, size_bytes, is_sensitive, is_late, body_site, laterality, view, by_name, study_id) "
        "SELECT gen_random_uuid(), organization_id, now(), id, 'study', '\\x00', '', 'x', 1, false, false, '', '', '', "
        "'', id FROM consults_consult WHERE id = %(case)s"
    ),
    "a word in another's name": (
        "INSERT INTO consults_message (id, organization_id, created_at, by_id, by_name, by_organization_id, kind, "
        "text, consult_id) SELECT gen_random_uuid(), organization_id, now(), asked_by_id, asked_by_name, "
        "organization_id, 'word', '\\x00', id FROM consults_consult WHERE id = %(case)s"
    ),
}


def attempt(statement: str, values: dict[str, Any]) -> str:
    """Return how many rows a statement changed, or the state with which the database refused it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            return f"{cursor.rowcount} rows"
    except DatabaseError as refusal:
        return str(getattr(refusal.__cause__, "sqlstate", ""))


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_reader_elsewhere_changes_nothing_but_the_answer(stage: CaseStage, what: str) -> None:
    """Plain SQL in the reader's own context, as an injected statement would run it."""
    granted, secret = ask_unassigned(stage), ask_unassigned(stage, other_matter="Another")
    grant(stage, granted)
    values = {"case": granted.pk, "other_case": secret.pk}
    with as_person(stage.outside):
        assert attempt(FORBIDDEN[what], values) in {"0 rows", *REFUSALS}


def test_an_ended_grant_does_not_open_again(stage: CaseStage) -> None:
    made = grant(stage, ask_unassigned(stage))
    assigning.end_grant(stage.people.navigator.actor, grant=made, reason="Enough")
    for person in (stage.outside, stage.people.navigator):
        with as_person(person), pytest.raises(DatabaseError), transaction.atomic():
            Grant.objects.filter(pk=made.pk).update(ended_at=None)


def test_a_grant_needs_an_agreement_in_force(stage: CaseStage) -> None:
    consult = ask_unassigned(stage)
    desks.end_agreement(stage.people.administrator.actor, agreement=stage.agreement, reason="Over")
    with pytest.raises(DatabaseError, match="no agreement"), transaction.atomic():
        Grant.objects.create(
            organization_id=consult.organization_id,
            consult=consult,
            agreement=stage.agreement,
            answering_organization=stage.people.other_organization,
        )


def test_a_draft_is_its_authors_alone_in_the_database_too(stage: CaseStage) -> None:
    consult = ask(stage)
    with as_person(stage.reader):
        reading.begin(stage.reader.actor, consult=consult)
        draft(consult, stage.reader)
        assert Opinion.objects.count() == 1
    for other in (stage.asker, stage.people.navigator, stage.people.nurse):
        with as_person(other):
            assert Opinion.objects.count() == 0


def test_an_unasked_question_is_never_granted(stage: CaseStage) -> None:
    question = begin_question(stage)
    with pytest.raises(ValueError, match="moved_on"):
        assigning.grant_case(stage.people.navigator.actor, consult=question, agreement_id=stage.agreement.pk)
