"""Whose images are these? The patient that a header means, and what speaks against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from hearthline.directory.models import Patient
from hearthline.directory.queries import ids_by_identifier
from hearthline.foundation.crypto import blind_index
from hearthline.imaging.dicom import rules
from hearthline.imaging.dicom.rules import Identity, Person


@dataclass(frozen=True)
class Verdict:
    """The patient that was expected or found (if any), and what in the header differs from them."""

    patient: Patient | None
    differences: Sequence[str]

    @property
    def is_held(self) -> bool:
        """Whether a person has to decide."""
        return self.patient is None or bool(self.differences)


def judge(organization_id: UUID, identity: Identity, expected: Patient | None) -> Verdict:
    """Compare a header with the expected patient, or find the one patient it means."""
    known_ids = set(ids_by_identifier(organization_id, identity.identifier)) if identity.identifier else set()
    if expected is not None:
        return Verdict(expected, _differences(identity, expected, known_ids))
    found = [
        patient
        for patient in _candidates(organization_id, identity, known_ids)
        if not _differences(identity, patient, known_ids)
    ]
    return (
        Verdict(found[0], ())
        if len(found) == 1
        else Verdict(None, ("unknown",) if not found else ("several",))
    )


def identity_index(organization_id: UUID, identity: Identity) -> bytes:
    """Return what equal identities in headers share."""
    facts = (rules.folded(identity.name), identity.identifier, identity.birth_date, identity.sex)
    return blind_index(organization_id, "dicom.identity", "|".join(str(fact) for fact in facts))


def identifier_index(organization_id: UUID, identifier: str) -> bytes | None:
    """Return what equal patient numbers in headers share."""
    return blind_index(organization_id, "dicom.patient_identifier", identifier) if identifier else None


def _candidates(organization_id: UUID, identity: Identity, known_ids: set[UUID]) -> list[Patient]:
    patients = Patient.objects.filter(organization_id=organization_id, merged_into__isnull=True)
    if known_ids:
        return list(patients.filter(pk__in=known_ids))
    return (
        list(patients.filter(birth_date=identity.birth_date)) if identity.birth_date and identity.name else []
    )


def _differences(identity: Identity, patient: Patient, known_ids: set[UUID]) -> list[str]:
    is_known = patient.pk in known_ids
    person = Person(
        names=f"{patient.given_names} {patient.family_name}",
        birth_date=patient.birth_date,
        sex=patient.sex_at_birth,
        is_known_by=is_known,
        is_other_known_by=bool(known_ids) and not is_known,
    )
    return rules.differences(identity, person)
