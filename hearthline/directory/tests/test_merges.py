"""Two records become one, and become two again."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from hearthline.directory import services
from hearthline.directory.access import get_patient_for
from hearthline.directory.models import AccessNeed, DuplicateCandidate, Patient, PatientAccount
from hearthline.directory.queries import record_ids_of
from hearthline.directory.services.duplicates import look_for_duplicates
from hearthline.directory.services.merges import movable_references
from hearthline.directory.tests.stage import link, make_caregiver, make_patient, watch_audit
from tests.people import People


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
    refused = []
    with connection.cursor() as cursor:
        for model, column in movable_references():
            cursor.execute("SELECT has_column_privilege(%s, %s, 'UPDATE')", [model._meta.db_table, column])
            if not cursor.fetchone()[0]:
                refused.append((model._meta.label, column))
    assert refused == []
