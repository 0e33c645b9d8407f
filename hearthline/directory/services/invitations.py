"""Inviting patients and caregivers to accounts, and linking the accounts they take up."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.directory import access
from hearthline.directory.models import Caregiver, Patient, PatientAccount
from hearthline.directory.services.people import add_caregiver, connect_caregiver, link_account
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role
from hearthline.identity.services import invite_patient_account


@transaction.atomic
def invite_caregiver(
    *, actor: Actor, patient: Patient, name: str, email: str, values: Mapping[str, Any]
) -> Caregiver:
    """Add a caregiver and send an invitation; they can act once they have taken up the account."""
    caregiver = add_caregiver(actor=actor, patient=patient, name=name, values=values)
    invite_patient_account(
        actor=actor,
        patient_id=caregiver.id,
        email=email,
        name=caregiver.name,
        language=patient.page_language,
        role=Role.CAREGIVER,
    )
    return caregiver


def invite_patient(*, actor: Actor, patient: Patient) -> str:
    """Invite a patient to an account, at the e-mail address on the record; return why it cannot be, or nothing."""
    if not access.may_change_demographics(actor, patient):
        raise PermissionDenied
    if not patient.email:
        return _("There is no e-mail address on this record. Add one first.")
    if PatientAccount.objects.filter(patient=patient, ended_at__isnull=True).exists():
        return _("This patient has an account already.")
    try:
        invite_patient_account(
            actor=actor,
            patient_id=patient.id,
            email=patient.email,
            name=patient.full_name[:100],
            language=patient.page_language,
        )
    except ValidationError as refused:
        return " ".join(refused.messages)
    return ""


@transaction.atomic
def link_accepted(*, organization_id: UUID, user_id: UUID, about_id: UUID) -> None:
    """Link the account of an accepted invitation to the patient or caregiver it was sent for.

    An account that cannot be linked (it is another patient's already) stays unlinked: staff see it on the record.
    """
    actor = Actor.system(organization_id, "invitations")
    patient = Patient.objects.filter(organization_id=organization_id, pk=about_id).first()
    if patient is not None:
        try:
            link_account(actor=actor, patient=patient.merged_into or patient, user_id=user_id)
        except ValidationError:
            return
    caregiver = Caregiver.objects.filter(organization_id=organization_id, pk=about_id).first()
    if caregiver is not None:
        connect_caregiver(actor=actor, caregiver=caregiver, user_id=user_id)
