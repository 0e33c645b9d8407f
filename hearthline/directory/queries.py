"""Reads of the directory for pages and for the packages above."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from hearthline.directory import access, names, rules
from hearthline.directory.indexes import identifier_index, search_digest, telephone_index
from hearthline.directory.models import (
    Consent,
    ConsentText,
    DuplicateCandidate,
    IdentifierIssuer,
    Licence,
    Patient,
    PatientAccount,
    PatientIdentifier,
    PatientMerge,
    PatientNameToken,
    Practitioner,
    SafeContact,
)
from hearthline.identity.actor import Actor
from hearthline.tenancy.models import Organization

LAST_CHARACTER = "\U0010ffff"


def contact_rules_of(patient: Patient) -> rules.ContactRules:
    """Return how a patient may be reached: what was said, else careful defaults."""
    found = SafeContact.objects.filter(patient=patient).first()
    return found.contact_rules if found is not None else rules.ContactRules()


def licences_of(practitioner: Practitioner) -> list[Licence]:
    """Return a practitioner's licences, of whatever worth; ask ``rules.is_licensed``."""
    return list(Licence.objects.filter(practitioner=practitioner))


def licences_by_practitioner(organization_id: UUID) -> dict[UUID, list[Licence]]:
    """Return the licences of all practitioners in one read."""
    found: dict[UUID, list[Licence]] = {}
    for licence in Licence.objects.filter(organization_id=organization_id):
        found.setdefault(licence.practitioner_id, []).append(licence)
    return found


def consent_in_force(patient: Patient, kind: str) -> Consent | None:
    """Return the agreement of a kind that holds now, with its text."""
    return (
        Consent.objects.filter(patient=patient, kind=kind, withdrawn_at__isnull=True)
        .select_related("text")
        .first()
    )


def current_consent_text(organization_id: UUID, kind: str, language: str) -> ConsentText | None:
    """Return the newest text of a kind to ask a person with: in their language, else the organization's, else English.

    Production leaves out texts that no qualified person has reviewed, and so may find none.
    """
    default = Organization.objects.values_list("default_language", flat=True).get(pk=organization_id)
    texts = ConsentText.objects.filter(organization_id=organization_id, kind=kind, published_at__isnull=False)
    if not settings.IS_DEMO:
        texts = texts.filter(is_reviewed=True)
    for wanted in (language, default, "en"):
        found = texts.filter(language=wanted).order_by("-version").first()
        if found is not None:
            return found
    return None


def patient_account_of(patient: Patient) -> PatientAccount | None:
    """Return the account by which the patient signs in, if any."""
    return (
        PatientAccount.objects.filter(patient=patient, ended_at__isnull=True).select_related("user").first()
    )


def record_ids_of_account(user_id: UUID) -> list[UUID]:
    """Return the ids of the records in this organization to which an account is linked as the patient."""
    accounts = PatientAccount.objects.filter(user_id=user_id, ended_at__isnull=True)
    return list(accounts.values_list("patient_id", flat=True))


def record_ids_of(patient: Patient) -> list[UUID]:
    """Return the patient's id and those of records merged into it: the audit speaks of all of them."""
    merged = PatientMerge.objects.filter(survivor=patient, undone_at__isnull=True)
    return [patient.pk, *merged.values_list("duplicate_id", flat=True)]


def open_duplicates_of(patient: Patient) -> QuerySet[DuplicateCandidate]:
    """Return the pairs with this patient that nobody has decided on."""
    pairs = DuplicateCandidate.objects.filter(status=DuplicateCandidate.Status.OPEN)
    return pairs.filter(Q(first=patient) | Q(second=patient))


def merges_of(patient: Patient) -> QuerySet[PatientMerge]:
    """Return the merges that brought other records into this one and were not undone."""
    return PatientMerge.objects.filter(survivor=patient, undone_at__isnull=True).select_related("duplicate")


@dataclass(frozen=True, kw_only=True)
class SearchCriteria:
    """What staff look a patient up by. At least one is given."""

    name: str = ""
    birth_date: date | None = None
    identifier: str = ""
    telephone: str = ""

    @property
    def used(self) -> list[str]:
        """Names of the criteria that were used, for the audit."""
        return [name for name in ("name", "birth_date", "identifier", "telephone") if getattr(self, name)]

    def digest(self, organization_id: UUID) -> str:
        """Return a keyed digest of the criteria: equal searches can be seen, their words cannot."""
        words = "|".join(
            (
                names.fold(self.name),
                str(self.birth_date or ""),
                rules.normal_identifier(self.identifier),
                self.telephone,
            )
        )
        return search_digest(organization_id, words)


def search_patients(actor: Actor, criteria: SearchCriteria) -> QuerySet[Patient]:
    """Return the organization's patients that fit every criterion.

    Who does not see everybody finds others than their own patients only by a number, a telephone, or a name with the
    birth date: enough to know whom they look for, too little to browse.
    """
    patients = Patient.objects.filter(organization_id=actor.organization_id, merged_into__isnull=True)
    if not access.may_search_patients(actor) or not criteria.used:
        return patients.none()
    if criteria.birth_date is not None:
        patients = patients.filter(birth_date=criteria.birth_date)
    for word in names.tokens(criteria.name):
        found = PatientNameToken.objects.filter(
            organization_id=actor.organization_id, token__gte=word, token__lt=word + LAST_CHARACTER
        )
        patients = patients.filter(pk__in=found.values("patient_id"))
    if criteria.name and not names.tokens(criteria.name):
        return patients.none()
    if criteria.telephone:
        index = telephone_index(actor.organization_id, criteria.telephone)
        patients = patients.filter(telephone_index=index)
    if criteria.identifier:
        patients = patients.filter(pk__in=ids_by_identifier(actor.organization_id, criteria.identifier))
    has_enough = bool(criteria.identifier or criteria.telephone or (criteria.name and criteria.birth_date))
    if not has_enough:
        reachable = access.patients_for(actor, access.Purpose.DEMOGRAPHICS)
        patients = patients.filter(pk__in=reachable.values("pk"))
    return patients.order_by("family_name", "given_names", "id")


def ids_by_identifier(organization_id: UUID, value: str) -> QuerySet[PatientIdentifier, UUID]:
    """Return the patients that have this number with any issuer."""
    condition = Q(pk__in=[])
    for issuer in IdentifierIssuer.objects.filter(organization_id=organization_id):
        condition |= Q(issuer=issuer, value_index=identifier_index(issuer, value))
    return PatientIdentifier.objects.filter(condition).values_list("patient_id", flat=True)
