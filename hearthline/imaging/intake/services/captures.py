"""Sets of photos: opened with consent, filled, sent."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory.access import today_in
from hearthline.directory.models import Patient
from hearthline.directory.models.consents import ConsentKind
from hearthline.directory.queries import consent_in_force
from hearthline.directory.rules import is_minor
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.imaging.intake import rules
from hearthline.imaging.intake.choices import Chaperone
from hearthline.imaging.intake.events import CaptureSent
from hearthline.imaging.intake.models import Capture


@dataclass(frozen=True, kw_only=True)
class Place:
    """What is photographed, and the circumstances of an intimate photo."""

    body_site: str
    laterality: str
    is_sensitive: bool = False
    chaperone: str = Chaperone.NOT_NEEDED
    chaperone_name: str = ""
    words: str = ""


def is_child(patient: Patient) -> bool:
    """Return whether the patient is under age today."""
    return patient.birth_date is not None and is_minor(patient.birth_date, today_in(patient.organization_id))


@transaction.atomic
def open_capture(
    actor: Actor, *, patient: Patient, place: Place, key: str, site_id: UUID | None = None
) -> Capture:
    """Begin a set of photos of one place. A repeat with the same ``key`` is the same set.

    ``site_id`` lets the attendants of a hub send into it; the caller has asked whether the actor may.

    Raises:
        ValidationError: nobody has agreed to photos, or an intimate photo does not say who was there.
    """
    known = Capture.objects.filter(
        organization_id=actor.organization_id, opened_by_id=actor.user_id, key=key
    ).first()
    if known is not None:
        return known
    consent = consent_in_force(patient, ConsentKind.PHOTOS)
    if consent is None:
        raise ValidationError(_("Nobody has agreed to photos yet. Read the text and agree first."))
    is_sensitive = rules.is_sensitive(place.body_site, is_child=is_child(patient), is_said=place.is_sensitive)
    if is_sensitive and place.chaperone == Chaperone.NOT_NEEDED:
        raise ValidationError({"chaperone": _("Say who is there when the photo is taken.")})
    capture = Capture.objects.create(
        organization_id=actor.organization_id,
        patient=patient,
        opened_by_id=cast("UUID", actor.user_id),
        site_id=site_id,
        consent=consent,
        body_site=place.body_site,
        laterality=place.laterality,
        is_sensitive=is_sensitive,
        chaperone=place.chaperone,
        chaperone_name=place.chaperone_name,
        words=place.words,
        key=key,
        closes_at=clock.now() + rules.CAPTURE_LIFE,
    )
    record(actor, "capture.opened", capture, patient_id=patient.pk)
    return capture


@transaction.atomic
def note_words(actor: Actor, *, capture: Capture, words: str) -> None:
    """Keep what the person says about a set; the same words again change nothing."""
    locked = Capture.objects.select_for_update().get(pk=capture.pk)
    if words and words != locked.words:
        locked.words = words
        locked.save(update_fields=["words"])
        record(actor, "capture.words_noted", locked, patient_id=locked.patient_id)


@transaction.atomic
def send_capture(actor: Actor, *, capture: Capture) -> Capture:
    """Say that a set is complete. More photos may still come until it closes; saying it again changes nothing."""
    locked = Capture.objects.select_for_update().get(pk=capture.pk)
    if locked.sent_at is None:
        locked.sent_at = clock.now()
        locked.save(update_fields=["sent_at"])
        record(actor, "capture.sent", locked, patient_id=locked.patient_id)
        publish(
            CaptureSent(
                organization_id=locked.organization_id, capture_id=locked.pk, patient_id=locked.patient_id
            )
        )
    return locked
