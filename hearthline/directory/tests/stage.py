"""Rows that directory tests set up."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from hearthline.audit.models import AuditEntry
from hearthline.directory.models import Caregiver, CareRelationship, Patient, PatientAccount, Practitioner
from hearthline.foundation.rows import insert_rows
from tests.people import People, Person


def make_patient(people: People, given: str = "Rosa", family: str = "Delgado", **values: Any) -> Patient:
    return Patient.objects.create(
        **{
            "organization_id": people.organization.id,
            "given_names": given,
            "family_name": family,
            "birth_date": date(1984, 3, 12),
            "zone": "America/Chicago",
            **values,
        }
    )


def link(patient: Patient, person: Person) -> PatientAccount:
    return PatientAccount.objects.create(
        organization_id=patient.organization_id, patient=patient, user=person.user
    )


def own_patient(people: People, **values: Any) -> Patient:
    """Return the record of the person who signs in as ``people.patient``; made once, as it can be only one."""
    account = PatientAccount.objects.filter(user=people.patient.user, patient__isnull=False).first()
    if account is not None:
        return Patient.objects.get(pk=account.patient_id)
    patient = make_patient(people, **values)
    link(patient, people.patient)
    return patient


def treat(patient: Patient, practitioner: Practitioner) -> CareRelationship:
    """Return the relationship by which the practitioner sees the record."""
    relationship, _is_new = CareRelationship.objects.get_or_create(
        organization_id=patient.organization_id,
        patient=patient,
        practitioner=practitioner,
        source=CareRelationship.Source.MANUAL,
    )
    return relationship


def make_practitioner(person: Person, family: str = "Lindqvist", **values: Any) -> Practitioner:
    practitioner, _is_new = Practitioner.objects.get_or_create(
        organization_id=person.membership.organization_id,
        membership=person.membership,
        defaults={"given_names": "Amara", "family_name": family, **values},
    )
    return practitioner


def make_caregiver(patient: Patient, person: Person, **values: Any) -> Caregiver:
    return Caregiver.objects.create(
        **{
            "organization_id": patient.organization_id,
            "patient": patient,
            "user": person.user,
            "relationship": Caregiver.Relationship.SPOUSE,
            "source": Caregiver.Source.PATIENT,
            "starts_on": date(2026, 1, 1),
            **values,
        }
    )


def watch_audit(monkeypatch: pytest.MonkeyPatch) -> list[AuditEntry]:
    """Return a list that receives what is written to the audit, which the application's login cannot read."""
    written: list[AuditEntry] = []

    def watching(entries: Sequence[AuditEntry]) -> None:
        insert_rows(entries)
        written.extend(entries)

    monkeypatch.setattr("hearthline.audit.services.insert_rows", watching)
    return written
