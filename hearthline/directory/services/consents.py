"""Consent texts and people's agreement to them."""

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory import access, names
from hearthline.directory.events import ConsentWithdrawn
from hearthline.directory.models import Consent, ConsentText, Patient
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor


@transaction.atomic
def give_consent(
    *,
    actor: Actor,
    patient: Patient,
    text: ConsentText,
    method: str = Consent.Method.PORTAL,
    signer_name: str = "",
    signer_relationship: str = "",
) -> Consent:
    """Note that a person agreed to a text, for themselves or for the patient they decide for.

    On the pages the signer is who is signed in. Staff note spoken or signed agreement with the signer's name. The
    same version agreed to twice is one consent; a new version takes the place of the old one.
    """
    is_portal = method == Consent.Method.PORTAL
    if is_portal:
        relationship = _relationship_of(actor, patient)
        signer = actor.name
    else:
        if not (actor.is_staff and access.may_reach(actor, patient, access.Purpose.DEMOGRAPHICS)):
            raise PermissionDenied
        relationship, signer = signer_relationship, names.clean_name(signer_name)
        if not names.has_letter(signer):
            raise ValidationError({"signer_name": _("Write the name of the person who agreed.")})
    if text.published_at is None or not is_usable(text):
        raise ValidationError({"text": _("This text is not in use. Choose the current one.")})
    existing = (
        Consent.objects.select_for_update()
        .filter(patient=patient, kind=text.kind, withdrawn_at__isnull=True)
        .first()
    )
    if existing is not None:
        if existing.text_id == text.pk:
            return existing
        _close(actor, existing)
    consent = Consent(
        organization_id=patient.organization_id,
        patient=patient,
        text=text,
        kind=text.kind,
        method=method,
        signer_name=signer,
        signer_relationship=relationship,
        signer_user_id=actor.user_id if is_portal else None,
        recorded_by_user_id=None if is_portal else actor.user_id,
    )
    if relationship not in Consent.Relationship.values or method not in Consent.Method.values:
        raise ValidationError({"signer_relationship": _("Choose who agreed, and how.")})
    consent.save(force_insert=True)
    record(
        actor, "consent.given", consent, patient_id=patient.id, reason=f"{text.kind} version {text.version}"
    )
    return consent


def _relationship_of(actor: Actor, patient: Patient) -> str:
    mine = access.own_patient(actor)
    if mine is not None and mine.pk == patient.pk:
        return Consent.Relationship.SELF
    if not access.may_decide_for(actor, patient):
        raise PermissionDenied
    caring = access.current_caregivers(organization_id=actor.organization_id)
    relationship = caring.filter(user_id=actor.user_id or "", patient=patient).values_list(
        "relationship", flat=True
    )
    said = str(relationship[0])
    known = {Consent.Relationship.PARENT.value, Consent.Relationship.GUARDIAN.value}
    return said if said in known else Consent.Relationship.CAREGIVER


@transaction.atomic
def withdraw_consent(*, actor: Actor, consent: Consent) -> None:
    """Take an agreement back, from now on. What was done while it held stays as it was."""
    patient = consent.patient
    is_staff = actor.is_staff and access.may_reach(actor, patient, access.Purpose.DEMOGRAPHICS)
    if not is_staff and not access.may_decide_for(actor, patient):
        raise PermissionDenied
    locked = Consent.objects.select_for_update().get(pk=consent.pk)
    if locked.withdrawn_at is not None:
        return
    _close(actor, locked)
    publish(
        ConsentWithdrawn(
            organization_id=patient.organization_id,
            patient_id=patient.id,
            consent_id=locked.id,
            kind=locked.kind,
        )
    )


def _close(actor: Actor, consent: Consent) -> None:
    consent.withdrawn_at = clock.now()
    consent.withdrawn_by_user_id = actor.user_id
    consent.save(update_fields=["withdrawn_at", "withdrawn_by_user_id"])
    record(actor, "consent.withdrawn", consent, patient_id=consent.patient_id, reason=consent.kind)


def is_usable(text: ConsentText) -> bool:
    """Return whether people may be asked to agree to a text: production asks for a qualified person's review."""
    return bool(text.is_reviewed or settings.IS_DEMO)


@transaction.atomic
def write_consent_text(*, actor: Actor, kind: str, language: str, title: str, body: str) -> ConsentText:
    """Publish the next version of a text in a language; earlier versions stay as they were agreed to."""
    if not access.may_administer(actor):
        raise PermissionDenied
    latest = (
        ConsentText.objects.select_for_update()
        .filter(organization_id=actor.organization_id, kind=kind, language=language)
        .order_by("-version")
        .first()
    )
    if latest is not None and (latest.title, latest.body) == (title, body):
        return latest
    text = ConsentText(
        organization_id=actor.organization_id,
        kind=kind,
        language=language,
        version=1 if latest is None else latest.version + 1,
        title=title,
        body=body,
        published_at=clock.now(),
    )
    text.full_clean(exclude=["organization"])
    text.save(force_insert=True)
    record(actor, "consent_text.published", text, reason=f"{kind} {language} version {text.version}")
    return text


@transaction.atomic
def review_consent_text(*, actor: Actor, text: ConsentText, reviewer_name: str) -> None:
    """Note that a qualified person has read a text and stands by it."""
    if not access.may_administer(actor):
        raise PermissionDenied
    cleaned = names.clean_name(reviewer_name)
    if not names.has_letter(cleaned):
        raise ValidationError({"reviewer_name": _("Write the name of the person who reviewed the text.")})
    text.is_reviewed, text.reviewed_by_name, text.reviewed_at = True, cleaned, clock.now()
    text.save(update_fields=["is_reviewed", "reviewed_by_name", "reviewed_at"])
    record(actor, "consent_text.reviewed", text)
