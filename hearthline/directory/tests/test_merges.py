"""Two records become one, and become two again."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection

from hearthline.directory import services
from hearthline.directory.access import get_patient_for
from hearthline.directory.models import AccessNeed, DuplicateCandidate, Patient, PatientAccount
from hearthline.directory.queries import record_ids_of
from hearthline.directory.services.duplicates import look_for_duplicates
from hearthline.directory.services.merges import movable_references
from hearthline.directory.tests.stage import link, make_caregiver, make_patient, watch_audit
from hearthline.tenancy.context import acting_in
from tests.people import People

MOVE_NOTHING = (
    "SELECT directory_move_rows(%s::regclass, %s::name, '{}', gen_random_uuid(), gen_random_uuid())"
)


def stage(people: People) -> tuple[Patient, Patient]:
    survivor, duplicate = make_patient(people), make_patient(people, "Rosita")
    link(duplicate, people.patient)
    make_caregiver(duplicate, people.caregiver)
    for patient, kinds in ((survivor, ["captions"]), (duplicate, ["captions", "relay"])):
        for kind in kinds:
            AccessNeed.objects.create(organization_id=patient.organization_id, patient=patient, kind=kind)
    return survivor, duplicate


def test_merging_moves_rows_and_undoing_returns_them(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    written = watch_audit(monkeypatch)
    survivor, duplicate = stage(people)
    nurse = people.nurse.actor
    merge = services.merge_patients(
        actor=nurse, survivor=survivor, duplicate=duplicate, reason="Same passport"
    )
    assert get_patient_for(nurse, duplicate.id) == survivor
    assert get_patient_for(people.patient.actor, survivor.id) == survivor
    assert survivor.caregivers.count() == 1
    assert sorted(survivor.access_needs.values_list("kind", flat=True)) == ["captions", "relay"]
    assert duplicate.access_needs.get().kind == "captions"
    assert record_ids_of(survivor) == [survivor.id, duplicate.id]
    assert DuplicateCandidate.objects.get().status == DuplicateCandidate.Status.MERGED

    services.undo_merge(actor=nurse, merge=merge, reason="Two sisters")
    assert get_patient_for(nurse, duplicate.id) == duplicate
    assert PatientAccount.objects.get().patient == duplicate
    assert survivor.caregivers.count() == 0
    assert sorted(duplicate.access_needs.values_list("kind", flat=True)) == ["captions", "relay"]
    assert DuplicateCandidate.objects.get().status == DuplicateCandidate.Status.DIFFERENT
    services.undo_merge(actor=nurse, merge=merge, reason="again")
    told = [(one.action, one.patient_id) for one in written]
    for action in ("patient.merged", "patient.merge_undone"):
        assert told.count((action, duplicate.id)) == told.count((action, survivor.id)) == 1


def test_a_merge_needs_two_records_and_a_reason(people: People) -> None:
    survivor, duplicate = stage(people)
    nurse = people.nurse.actor
    for first, second, reason in ((survivor, survivor, "x"), (survivor, duplicate, "  ")):
        with pytest.raises(ValidationError):
            services.merge_patients(actor=nurse, survivor=first, duplicate=second, reason=reason)
    assert not Patient.objects.filter(merged_into__isnull=False).exists()
    services.merge_patients(actor=nurse, survivor=survivor, duplicate=duplicate, reason="Same passport")
    with pytest.raises(ValidationError):
        services.merge_patients(actor=nurse, survivor=duplicate, duplicate=survivor, reason="Same passport")


@pytest.mark.parametrize("role", ["patient", "caregiver", "physician", "technician", "attendant", "auditor"])
def test_others_do_not_merge(people: People, role: str) -> None:
    survivor, duplicate = stage(people)
    with pytest.raises(PermissionDenied):
        services.merge_patients(
            actor=getattr(people, role).actor, survivor=survivor, duplicate=duplicate, reason="x"
        )


def test_a_pair_that_was_decided_does_not_come_back(people: People) -> None:
    first = make_patient(people)
    values = {"given_names": "Rosa", "family_name": "Delgado", "birth_date": first.birth_date, "zone": "UTC"}
    second = services.register_patient(actor=people.nurse.actor, values=values)
    look_for_duplicates(second)
    candidate = DuplicateCandidate.objects.get()
    services.decide_different(actor=people.nurse.actor, candidate=candidate)
    look_for_duplicates(second)
    assert DuplicateCandidate.objects.get().status == DuplicateCandidate.Status.DIFFERENT
    with pytest.raises(PermissionDenied):
        services.decide_different(actor=people.physician.actor, candidate=candidate)


def test_every_reference_to_a_patient_can_move(people: People) -> None:
    found = list(movable_references())
    assert ("scheduling.Appointment", "patient_id") in [
        (model._meta.label, column) for model, column in found
    ]
    with connection.cursor() as cursor:
        for model, column in found:
            cursor.execute(MOVE_NOTHING, [model._meta.db_table, column])
            assert cursor.fetchone() == ([],), model


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("identity_membership", "user_id"),
        ("directory_caregiver", "organization_id"),
        ("directory_licence", "practitioner_id"),
    ],
)
def test_nothing_but_references_to_patients_moves(people: People, table: str, column: str) -> None:
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="not a reference"):
        cursor.execute(MOVE_NOTHING, [table, column])


def test_another_organizations_rows_do_not_move(people: People) -> None:
    survivor, duplicate = stage(people)
    with acting_in(people.other_organization.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT directory_move_rows('directory_caregiver', 'patient_id', NULL, %s, %s)",
            [duplicate.id, survivor.id],
        )
        assert cursor.fetchone() == ([],)
    assert duplicate.caregivers.count() == 1
