"""The directory's answers to compliance, which stands below it and may not ask by itself."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from hearthline.compliance.people import MAX_FOUND, PatientName
from hearthline.directory import access, names, queries
from hearthline.directory.models import Patient, PatientNameToken
from hearthline.identity.actor import Actor
from hearthline.identity.roles import PATIENT_ROLES, Role


class Patients:
    """Answers who patients are; see ``compliance.people.PatientDirectory``."""

    def named(self, organization_id: UUID, patient_ids: Iterable[UUID]) -> dict[UUID, PatientName]:
        """Return the patients with these ids."""
        found = Patient.objects.filter(organization_id=organization_id, pk__in=list(patient_ids))
        return {patient.pk: _name(patient) for patient in found}

    def found(self, organization_id: UUID, text: str) -> list[PatientName]:
        """Return the patients that a name or a number means, at most ``MAX_FOUND``."""
        everybody = Patient.objects.filter(organization_id=organization_id)
        by_number = everybody.filter(pk__in=queries.ids_by_identifier(organization_id, text))
        chosen = by_number if by_number.exists() else _by_name(everybody, organization_id, text)
        return [_name(patient) for patient in chosen.order_by("family_name", "given_names", "id")[:MAX_FOUND]]

    def own(self, actor: Actor) -> list[PatientName]:
        """Return the patients whose record the actor may see as patient or caregiver."""
        if actor.user_id is None or not actor.has_role(*PATIENT_ROLES):
            return []
        mine = access.own_patient(actor)
        cared_for = access.current_caregivers(
            organization_id=actor.organization_id, purpose=access.Purpose.RECORD
        ).filter(user_id=actor.user_id)
        others = Patient.objects.filter(pk__in=cared_for.values("patient_id"), merged_into__isnull=True)
        everybody = [*([mine] if mine else []), *(others if actor.has_role(Role.CAREGIVER) else [])]
        return list({patient.pk: _name(patient) for patient in everybody}.values())

    def record_ids(self, organization_id: UUID, patient_id: UUID) -> list[UUID]:
        """Return every record number under which a patient was kept."""
        patient = Patient.objects.filter(organization_id=organization_id, pk=patient_id).first()
        return queries.record_ids_of(patient) if patient else []


def _by_name(everybody: QuerySet[Patient], organization_id: UUID, text: str) -> QuerySet[Patient]:
    words = names.tokens(text)
    if not words:
        return everybody.none()
    for word in words:
        tokens = PatientNameToken.objects.filter(organization_id=organization_id, token=word)
        everybody = everybody.filter(pk__in=tokens.values("patient_id"))
    return everybody


def _name(patient: Patient) -> PatientName:
    shown = names.full_name(given=patient.given_names, family=patient.family_name)
    return PatientName(patient.pk, shown, patient.birth_date.isoformat())
