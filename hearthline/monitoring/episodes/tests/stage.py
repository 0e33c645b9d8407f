"""An episode for tests, in whatever state they need."""

from datetime import date
from typing import Any

from hearthline.directory.models import ConsentText, Patient
from hearthline.directory.services.consents import review_consent_text, write_consent_text
from hearthline.directory.tests.stage import make_practitioner, own_patient, treat
from hearthline.monitoring.episodes.models import Episode
from hearthline.monitoring.episodes.services import note_consent, note_set_up, order_monitoring
from tests.people import People


def make_treated(people: People) -> Patient:
    """Return the patient who signs in, cared for by the physician and the nurse."""
    patient = own_patient(people)
    treat(patient, make_practitioner(people.physician))
    treat(patient, make_practitioner(people.nurse, "Okafor"))
    return patient


def monitoring_text(people: People) -> ConsentText:
    text = write_consent_text(
        actor=people.administrator.actor,
        kind="monitoring",
        language="en",
        title="Measuring at home",
        body="We look at your values on working days.",
    )
    review_consent_text(actor=people.administrator.actor, text=text, reviewer_name="Ada Reviewer")
    return text


def order(people: People, patient: Patient | None = None, **values: Any) -> Episode:
    return order_monitoring(
        actor=people.physician.actor,
        patient=patient or make_treated(people),
        **{"reason": "High blood pressure", "is_established": True, **values},
    )


def agree(people: People, episode: Episode) -> None:
    note_consent(
        actor=people.nurse.actor,
        episode=episode,
        text=monitoring_text(people),
        signer_name="Rosa Delgado",
        signer_relationship="self",
    )


def set_up(people: People, episode: Episode, on: date | None = None) -> None:
    note_set_up(
        actor=people.nurse.actor, episode=episode, on=on or episode.ordered_on, has_medical_device=True
    )
