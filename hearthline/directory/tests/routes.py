"""Real objects for the walk over every route."""

from datetime import date
from typing import Any

from hearthline.directory import services
from hearthline.directory.models import (
    CareTeam,
    IdentifierIssuer,
    Licence,
)
from hearthline.directory.tests.stage import make_caregiver, make_practitioner, own_patient, treat
from tests.people import People

PATIENT_ROUTES = (
    "patient",
    "add_identifier",
    "add_caregiver",
    "add_consent",
    "add_care",
    "invite_account",
    "end_account",
    "profile_of",
    "profile_add_caregiver",
    "consents",
)


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    organization_id = people.organization.id
    patient = own_patient(people)
    practitioner = make_practitioner(people.physician)
    relationship = treat(patient, practitioner)
    caregiver = make_caregiver(patient, people.caregiver)
    issuer = IdentifierIssuer.objects.create(organization_id=organization_id, name="Walk")
    number = services.add_identifier(actor=people.nurse.actor, patient=patient, issuer=issuer, value="W1")
    text = services.write_consent_text(
        actor=people.administrator.actor, kind="telehealth", language="en", title="Walk", body="Walk"
    )
    licence = Licence.objects.create(
        organization_id=organization_id,
        practitioner=practitioner,
        number="W1",
        jurisdiction="US-LA",
        valid_from=date(2020, 1, 1),
        valid_until=date(2030, 1, 1),
    )
    team = CareTeam.objects.create(organization_id=organization_id, name="Walk")
    of_patient, of_text = {"patient_id": patient.id}, {"text_id": text.id}
    of_practitioner = {"practitioner_id": practitioner.id}
    of_caregiver = {**of_patient, "caregiver_id": caregiver.id}
    return {
        **{f"directory:{name}": of_patient for name in PATIENT_ROUTES},
        "directory:edit": {**of_patient, "section": "contact"},
        "directory:profile_edit": {**of_patient, "section": "contact"},
        "directory:remove_identifier": {**of_patient, "identifier_id": number.id},
        "directory:end_caregiver": of_caregiver,
        "directory:profile_end_caregiver": of_caregiver,
        "directory:end_care": {**of_patient, "relationship_id": relationship.id},
        "directory:give_own_consent": {**of_patient, **of_text},
        "directory:site": {"site_id": people.site.id},
        "directory:issuer": {"issuer_id": issuer.id},
        "directory:team": {"team_id": team.id},
        "directory:add_practitioner": {"membership_id": people.nurse.membership.id},
        "directory:practitioner": of_practitioner,
        "directory:photo": of_practitioner,
        "directory:change_photo": of_practitioner,
        "directory:remove_photo": of_practitioner,
        "directory:public_photo": {**of_practitioner, "organization_slug": people.organization.slug},
        "directory:add_licence": of_practitioner,
        "directory:licence": {**of_practitioner, "licence_id": licence.id},
        "directory:consent_text": of_text,
        "directory:rewrite_consent_text": of_text,
    }
