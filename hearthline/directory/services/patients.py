"""Registering patients and changing what is known of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory import access, names, rules
from hearthline.directory.events import PatientRegistered
from hearthline.directory.indexes import email_index, identifier_index, telephone_index
from hearthline.directory.models import (
    AccessNeed,
    IdentifierIssuer,
    Patient,
    PatientAccount,
    PatientIdentifier,
    PatientLanguage,
    PatientNameToken,
    SafeContact,
)
from hearthline.directory.services.duplicates import look_for_duplicates
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role
from hearthline.tenancy.models import Organization

NAME_FIELDS = ("given_names", "family_name", "preferred_name", "interpreter_name")
TELEPHONE_FIELDS = ("telephone", "second_telephone", "emergency_contact_telephone")
LIST_FIELDS = ("other_languages", "access_needs")
PERSON_FIELDS = frozenset(
    {"given_names", "family_name", "birth_date", "gender", "sex_at_birth", "deceased_on"}
)
OWN_FIELDS = frozenset(
    {
        "preferred_name",
        "pronouns",
        "zone",
        "language",
        "interpreter",
        "interpreter_language",
        "interpreter_gender",
        "interpreter_name",
        "telephone",
        "second_telephone",
        "email",
        "address",
        "jurisdiction",
        "emergency_contact_name",
        "emergency_contact_telephone",
        "emergency_contact_relationship",
        *LIST_FIELDS,
    }
)
CHANGEABLE = PERSON_FIELDS | OWN_FIELDS


@transaction.atomic
def register_patient(*, actor: Actor, values: Mapping[str, Any]) -> Patient:
    """Make a record for a person, found by staff; probable duplicates are queued for a person to compare."""
    if not access.may_register_patients(actor):
        raise PermissionDenied
    return _register(actor, values)


@transaction.atomic
def register_self(*, actor: Actor, values: Mapping[str, Any]) -> Patient:
    """Make the record of the person who is signed in, once; whether a similar record exists is never told."""
    if actor.user_id is None or not actor.has_role(Role.PATIENT):
        raise PermissionDenied
    existing = access.own_patient(actor)
    if existing is not None:
        return existing
    if not access.policy_for(actor.organization_id).is_self_registration_open:
        raise ValidationError(_("This clinic registers new people itself. Please call."))
    patient = _register(actor, values)
    account = PatientAccount.objects.create(
        organization_id=actor.organization_id,
        patient=patient,
        user_id=actor.user_id,
        linked_by_user_id=actor.user_id,
    )
    record(actor, "patient_account.linked", account, patient_id=patient.id)
    return patient


def _register(actor: Actor, values: Mapping[str, Any]) -> Patient:
    patient = Patient(organization_id=actor.organization_id)
    _apply(patient, values)
    patient.save(force_insert=True)
    _write_lists(patient, values)
    _write_tokens(patient)
    record(actor, "patient.registered", patient, patient_id=patient.id, fields=values)
    publish(PatientRegistered(organization_id=actor.organization_id, patient_id=patient.id))
    look_for_duplicates(patient)
    return patient


@transaction.atomic
def change_patient(*, actor: Actor, patient: Patient, values: Mapping[str, Any]) -> Patient:
    """Change details of a patient: staff any, the patient and who decides for them all but the person's identity."""
    is_staff = access.may_change_demographics(actor, patient)
    is_own = OWN_FIELDS.issuperset(values) and access.may_decide_for(actor, patient)
    if not is_staff and not is_own:
        raise PermissionDenied
    locked = Patient.objects.select_for_update().get(pk=patient.pk)
    before = {name: getattr(locked, name) for name in values if name not in LIST_FIELDS}
    _apply(locked, values)
    changed = {name for name, value in before.items() if getattr(locked, name) != value}
    locked.save()
    changed |= _write_lists(locked, values)
    if changed & set(NAME_FIELDS):
        _write_tokens(locked)
    if changed:
        record(actor, "patient.changed", locked, patient_id=locked.id, fields=changed)
    if changed & (PERSON_FIELDS | {"telephone", "email"}):
        look_for_duplicates(locked)
    return locked


def _apply(patient: Patient, values: Mapping[str, Any]) -> None:
    unknown = set(values) - CHANGEABLE
    if unknown:
        message = f"not details of a patient: {', '.join(sorted(unknown))}"
        raise ValueError(message)
    for name, value in values.items():
        if name not in LIST_FIELDS:
            setattr(patient, name, names.clean_name(value) if name in NAME_FIELDS else value)
    if patient.interpreter == Patient.Interpreter.NONE:
        patient.interpreter_language = patient.interpreter_gender = patient.interpreter_name = ""
    region = _region(patient)
    for name in TELEPHONE_FIELDS:
        if name in values:
            setattr(patient, name, _telephone(name, values[name], region))
    patient.telephone_index = telephone_index(patient.organization_id, patient.telephone)
    patient.email_index = email_index(patient.organization_id, patient.email)
    patient.clean_fields(exclude=["organization", "merged_into", "telephone_index", "email_index"])
    _check_person(patient)


def _check_person(patient: Patient) -> None:
    errors = {}
    today = access.today_in(patient.organization_id)
    if not (names.has_letter(patient.given_names) or names.has_letter(patient.family_name)):
        errors["given_names"] = _("Write at least one name, with letters.")
    if not rules.is_plausible_birth_date(patient.birth_date, today):
        errors["birth_date"] = _("Write the birth date: not in the future, and not more than 130 years ago.")
    if patient.deceased_on is not None and not patient.birth_date <= patient.deceased_on <= today:
        errors["deceased_on"] = _("Write a day between the birth date and today.")
    if errors:
        raise ValidationError(errors)


def _region(patient: Patient) -> str:
    jurisdiction = Organization.objects.values_list("jurisdiction", flat=True).get(pk=patient.organization_id)
    return jurisdiction.partition("-")[0]


def _telephone(name: str, value: str, region: str) -> str:
    if not value:
        return ""
    normal = rules.normal_telephone(value, region)
    if normal is None:
        raise ValidationError(
            {name: _("Write a telephone number with its area code, for example 512 555 0100.")}
        )
    return normal


def _write_lists(patient: Patient, values: Mapping[str, Any]) -> set[str]:
    changed = set()
    if "other_languages" in values:
        wanted = set(values["other_languages"]) - {patient.language}
        if _replace(PatientLanguage.objects.filter(patient=patient), "language", wanted, patient):
            changed.add("other_languages")
    if "access_needs" in values:
        wanted = set(values["access_needs"])
        if _replace(AccessNeed.objects.filter(patient=patient), "kind", wanted, patient):
            changed.add("access_needs")
    return changed


def _replace(rows: Any, field: str, wanted: Iterable[str], patient: Patient) -> bool:
    """Make the rows hold exactly the wanted values; return whether anything changed."""
    existing, wanted = set(rows.values_list(field, flat=True)), set(wanted)
    rows.filter(**{f"{field}__in": existing - wanted}).delete()
    rows.model.objects.bulk_create(
        rows.model(organization_id=patient.organization_id, patient=patient, **{field: value})
        for value in sorted(wanted - existing)
    )
    return existing != wanted


def _write_tokens(patient: Patient) -> None:
    wanted = names.tokens(patient.given_names, patient.family_name, patient.preferred_name)
    _replace(PatientNameToken.objects.filter(patient=patient), "token", wanted, patient)


@transaction.atomic
def set_safe_contact(*, actor: Actor, patient: Patient, values: Mapping[str, Any]) -> SafeContact:
    """Say how a patient may be reached without harm: channel, hours, voicemail, shared telephone, safe word."""
    if not (access.may_change_demographics(actor, patient) or access.may_decide_for(actor, patient)):
        raise PermissionDenied
    found = SafeContact.objects.select_for_update().filter(patient=patient).first()
    contact = found or SafeContact(organization_id=patient.organization_id, patient=patient)
    changed = {name for name, value in values.items() if getattr(contact, name) != value}
    for name, value in values.items():
        setattr(contact, name, value)
    contact.full_clean(exclude=["organization", "patient"])
    contact.save()
    record(actor, "safe_contact.changed", contact, patient_id=patient.id, fields=changed)
    return contact


@transaction.atomic
def add_identifier(
    *, actor: Actor, patient: Patient, issuer: IdentifierIssuer, value: str
) -> PatientIdentifier:
    """Note a number of the patient.

    Raises:
        ValidationError: it is no number, or the issuer's number belongs to another record (which is queued for a
            person to compare, when the actor may).
    """
    if not access.may_change_demographics(actor, patient):
        raise PermissionDenied
    normal = rules.normal_identifier(value)
    if not normal or len(value) > rules.IDENTIFIER_LENGTH:
        raise ValidationError({"value": _("Write the number: letters and digits.")})
    index = identifier_index(issuer, value)
    if PatientIdentifier.objects.filter(issuer=issuer, value_index=index).exists():
        raise ValidationError(
            {"value": _("This number is already on a record. Search for it: it may be the same person.")}
        )
    identifier = PatientIdentifier.objects.create(
        organization_id=patient.organization_id,
        patient=patient,
        issuer=issuer,
        value=value.strip(),
        value_index=index,
    )
    record(actor, "patient_identifier.added", identifier, patient_id=patient.id)
    return identifier


@transaction.atomic
def remove_identifier(*, actor: Actor, patient: Patient, identifier: PatientIdentifier) -> None:
    """Take a number off that was noted by mistake."""
    if not access.may_change_demographics(actor, patient):
        raise PermissionDenied
    record(
        actor,
        "patient_identifier.removed",
        identifier,
        patient_id=patient.id,
    )
    identifier.delete()
