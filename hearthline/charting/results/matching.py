"""Whose a result is, and who ordered it: found by numbers, proved by name and birth date, never guessed."""

from collections.abc import Sequence

from hearthline.charting.results.drafts import OrdererClaim, PatientClaim
from hearthline.charting.results.models import IncomingMessage, Laboratory
from hearthline.charting.results.rules import Doubt, doubts_of
from hearthline.directory import names
from hearthline.directory.indexes import identifier_index
from hearthline.directory.models import Patient, PatientIdentifier, Practitioner
from hearthline.directory.queries import ids_by_identifier

MAX_NUMBERS = 10


class UnmatchedError(Exception):
    """The result is filed for nobody; ``problem`` says why and ``where`` which part of the message."""

    def __init__(self, problem: IncomingMessage.Problem, where: str, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = problem
        self.where = where


def patients_with(laboratory: Laboratory, numbers: Sequence[str]) -> list[Patient]:
    """Return the patients that have one of the numbers, with the laboratory's issuer or, when it has none, any."""
    found = set()
    for number in numbers[:MAX_NUMBERS]:
        if laboratory.issuer is None:
            found |= set(ids_by_identifier(laboratory.organization_id, number))
            continue
        index = identifier_index(laboratory.issuer, number)
        known = PatientIdentifier.objects.filter(issuer=laboratory.issuer, value_index=index)
        found |= set(known.values_list("patient_id", flat=True))
    rows = Patient.objects.filter(pk__in=found).select_related("merged_into")
    return list({survivor.pk: survivor for survivor in (row.merged_into or row for row in rows)}.values())


def doubts(claim: PatientClaim, patient: Patient) -> list[Doubt]:
    """Return what the message says of the person that the record does not."""
    return doubts_of(
        sent_family=claim.family_name,
        sent_given=claim.given_names,
        sent_birth_date=claim.birth_date,
        family=patient.family_name,
        given=f"{patient.given_names} {patient.preferred_name}",
        birth_date=patient.birth_date,
    )


def patient_of(laboratory: Laboratory, claim: PatientClaim) -> Patient:
    """Return the one patient of a claim.

    Raises:
        UnmatchedError: nobody or more than one has the number, or name or birth date differ.
    """
    found = patients_with(laboratory, claim.numbers)
    if len(found) != 1:
        sentence = "No patient has this number." if not found else "The numbers belong to different patients."
        raise UnmatchedError(IncomingMessage.Problem.UNKNOWN_PATIENT, "PID-3", sentence)
    if wrong := doubts(claim, found[0]):
        where = "PID-5" if Doubt.NAME in wrong else "PID-7"
        raise UnmatchedError(
            IncomingMessage.Problem.MISMATCH, where, "Name or birth date differ from the patient's record."
        )
    return found[0]


def orderer_of(laboratory: Laboratory, claim: OrdererClaim) -> Practitioner | None:
    """Return the member of the staff who ordered: by the NPI, else by a name that only one of them has."""
    active = Practitioner.objects.filter(organization_id=laboratory.organization_id, is_active=True)
    if claim.number and (found := active.filter(npi=claim.number).first()):
        return found
    family, given = names.fold(claim.family_name), names.tokens(claim.given_names)
    if not family or not given:
        return None
    same = [
        one
        for one in active.only("id", "family_name", "given_names", "organization_id")
        if names.fold(one.family_name) == family and given & names.tokens(one.given_names)
    ]
    return same[0] if len(same) == 1 else None
