"""Accounts of patients, and caregivers who act for them."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory import access, names, rules
from hearthline.directory.events import CaregiverEnded
from hearthline.directory.models import Caregiver, Patient, PatientAccount
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor

SCOPE_FIELDS = ("may_see_record", "may_book", "may_message", "may_join_visits")
DOCUMENTED = frozenset({Caregiver.Relationship.GUARDIAN, Caregiver.Relationship.ATTORNEY})


@transaction.atomic
def link_account(*, actor: Actor, patient: Patient, user_id: UUID) -> PatientAccount:
    """Say that a user is this patient.

    Raises:
        ValidationError: the patient has an account already, or the account is another patient's.
    """
    if not access.may_change_demographics(actor, patient) and actor.kind != "system":
        raise PermissionDenied
    existing = PatientAccount.objects.filter(patient=patient, user_id=user_id, ended_at__isnull=True).first()
    if existing is not None:
        return existing
    try:
        with transaction.atomic():
            account = PatientAccount.objects.create(
                organization_id=patient.organization_id,
                patient=patient,
                user_id=user_id,
                linked_by_user_id=actor.user_id,
            )
    except IntegrityError:
        raise ValidationError(
            _("This record has an account already, or the account belongs to another record.")
        ) from None
    record(actor, "patient_account.linked", account, patient_id=patient.id)
    return account


@transaction.atomic
def unlink_account(*, actor: Actor, account: PatientAccount) -> None:
    """End the link of an account to a record: the person no longer sees it."""
    if not access.may_change_demographics(actor, account.patient):
        raise PermissionDenied
    if account.ended_at is None:
        account.ended_at = clock.now()
        account.save(update_fields=["ended_at"])
        record(actor, "patient_account.ended", account, patient_id=account.patient_id)


@transaction.atomic
def add_caregiver(
    *, actor: Actor, patient: Patient, name: str, user_id: UUID | None = None, values: Mapping[str, Any]
) -> Caregiver:
    """Let a person act for a patient, by the patient's own word, as parent of a minor, or by a document.

    ``user_id`` may come later, when the invited person has taken up the account (``connect_caregiver``).
    """
    is_own = access.may_decide_for(actor, patient)
    if not is_own and not access.may_change_demographics(actor, patient):
        raise PermissionDenied
    caregiver = Caregiver(
        organization_id=patient.organization_id,
        patient=patient,
        user_id=user_id,
        name=names.clean_name(name),
        added_by_user_id=actor.user_id,
        **values,
    )
    if is_own:
        caregiver.source = Caregiver.Source.PATIENT
    _check_caregiver(caregiver, access.today_in(patient.organization_id))
    caregiver.save(force_insert=True)
    record(
        actor,
        "caregiver.added",
        caregiver,
        patient_id=patient.id,
        reason=f"{caregiver.relationship}, {caregiver.source}",
        fields=[field for field in SCOPE_FIELDS if getattr(caregiver, field)],
    )
    return caregiver


def _check_caregiver(caregiver: Caregiver, today: date) -> None:
    errors = {}
    if not names.has_letter(caregiver.name) or len(caregiver.name) > names.NAME_LENGTH:
        errors["name"] = _("Write the caregiver's name, with letters and at most 100 of them.")
    if not any(getattr(caregiver, field) for field in SCOPE_FIELDS):
        errors["may_book"] = _("Choose at least one thing the caregiver may do.")
    if caregiver.ends_on is not None and caregiver.ends_on < max(caregiver.starts_on, today):
        errors["ends_on"] = _("Choose a last day that is not in the past and not before the first day.")
    is_minor = rules.is_minor(caregiver.patient.birth_date, today)
    if caregiver.source == Caregiver.Source.PARENT and not is_minor:
        errors["source"] = _("The patient is of age: ask for the patient's own word or a document.")
    if caregiver.relationship in DOCUMENTED and caregiver.source == Caregiver.Source.PARENT:
        errors["source"] = _("A guardian or attorney shows a document.")
    if caregiver.relationship not in Caregiver.Relationship.values:
        errors["relationship"] = _("Choose what the caregiver is to the patient.")
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def connect_caregiver(*, actor: Actor, caregiver: Caregiver, user_id: UUID) -> None:
    """Give a caregiver who was invited the account they took up."""
    if actor.kind != "system" and not access.may_change_demographics(actor, caregiver.patient):
        raise PermissionDenied
    is_taken = Caregiver.objects.filter(
        patient_id=caregiver.patient_id, user_id=user_id, ended_at__isnull=True
    ).exists()
    if caregiver.user_id is None and caregiver.ended_at is None and not is_taken:
        caregiver.user_id = user_id
        caregiver.save(update_fields=["user"])
        record(actor, "caregiver.connected", caregiver, patient_id=caregiver.patient_id)


@transaction.atomic
def end_caregiver(*, actor: Actor, caregiver: Caregiver) -> None:
    """End a caregiver's leave to act, now. The patient, who decides for them, staff, and the caregiver may."""
    patient = caregiver.patient
    is_self = actor.user_id is not None and caregiver.user_id == actor.user_id
    allowed = (
        is_self or access.may_decide_for(actor, patient) or access.may_change_demographics(actor, patient)
    )
    if not allowed:
        raise PermissionDenied
    locked = Caregiver.objects.select_for_update().get(pk=caregiver.pk)
    if locked.ended_at is not None:
        return
    locked.ended_at, locked.ended_by_user_id = clock.now(), actor.user_id
    locked.save(update_fields=["ended_at", "ended_by_user_id"])
    record(actor, "caregiver.ended", locked, patient_id=patient.id)
    if locked.user_id is not None:
        publish(
            CaregiverEnded(
                organization_id=patient.organization_id, patient_id=patient.id, user_id=locked.user_id
            )
        )
