"""A patient with consent to photos, and files received for them."""

import io
from typing import Any

from hearthline.directory.models import Consent, ConsentText, Patient
from hearthline.directory.models.consents import ConsentKind
from hearthline.directory.tests.stage import make_practitioner, own_patient, treat
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.imaging.intake import examination, services
from hearthline.imaging.intake.choices import Source
from hearthline.imaging.intake.models import Capture, File
from hearthline.imaging.intake.services.captures import Place
from hearthline.imaging.intake.tests.hostile import photo
from tests.people import People, Person


def make_text(people: People, language: str = "en") -> ConsentText:
    found, _ = ConsentText.objects.get_or_create(
        organization_id=people.organization.id,
        kind=ConsentKind.PHOTOS,
        version=1,
        language=language,
        defaults={
            "title": "Photos for your care",
            "body": "We use the photos to look after you.",
            "is_reviewed": True,
            "reviewed_by_name": "Dr. Reviewer",
            "reviewed_at": clock.now(),
            "published_at": clock.now(),
        },
    )
    return found


def make_photographed(people: People, **values: Any) -> Patient:
    """Return ``people.patient``'s record, with consent to photos and ``people.physician`` treating them."""
    patient = own_patient(people, **values)
    treat(patient, make_practitioner(people.physician))
    Consent.objects.get_or_create(
        organization_id=patient.organization_id,
        patient=patient,
        kind=ConsentKind.PHOTOS,
        withdrawn_at=None,
        defaults={
            "text": make_text(people),
            "method": "portal",
            "signer_name": "Rosa Delgado",
            "signer_relationship": "self",
        },
    )
    return patient


def make_capture(people: People, person: Person | None = None, **changes: Any) -> Capture:
    patient = make_photographed(people)
    place = Place(**{"body_site": "hand", "laterality": "L", **changes})
    actor = (person or people.patient).actor
    return services.open_capture(actor, patient=patient, place=place, key=str(new_id()))


def make_file(people: People, content: bytes | None = None, *, is_examined: bool = True, **how: Any) -> File:
    """Return a file of the patient; examined as the worker does, unless told otherwise."""
    patient = make_photographed(people)
    file = services.receive_file(
        people.patient.actor,
        patient=patient,
        stream=io.BytesIO(photo() if content is None else content),
        source=Source.FORM,
        key=str(new_id()),
        **how,
    )
    if is_examined:
        examination.examine(file.organization_id, file.pk)
    return File.objects.get(pk=file.pk)
