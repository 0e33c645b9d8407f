from dataclasses import dataclass
from datetime import date

import pytest

from hearthline.charting import services
from hearthline.charting.models import Encounter
from hearthline.directory.models import CareRelationship, Patient, PatientAccount, Practitioner
from tests.people import People, Person


@dataclass
class Stage:
    """A physician who treats a patient, with an encounter under way; the specialist treats nobody."""

    people: People
    patient: Patient
    practitioner: Practitioner
    encounter: Encounter


def make_practitioner(person: Person, family_name: str) -> Practitioner:
    return Practitioner.objects.create(
        organization_id=person.membership.organization_id,
        membership=person.membership,
        family_name=family_name,
    )


def make_stage(people: People) -> Stage:
    organization_id = people.organization.id
    patient = Patient.objects.create(
        organization_id=organization_id,
        given_names="Rosa",
        family_name="Delgado",
        birth_date=date(1958, 3, 4),
        zone="America/Chicago",
        language="es",
    )
    PatientAccount.objects.create(organization_id=organization_id, patient=patient, user=people.patient.user)
    practitioner = make_practitioner(people.physician, "Lindqvist")
    make_practitioner(people.specialist, "Varga")
    make_practitioner(people.nurse, "Okafor")
    CareRelationship.objects.create(
        organization_id=organization_id, patient=patient, practitioner=practitioner, source="manual"
    )
    encounter = services.open_encounter(
        actor=people.physician.actor, patient=patient, practitioner=practitioner, reason="Headache"
    )
    return Stage(people, patient, practitioner, encounter)


@pytest.fixture
def stage(people: People) -> Stage:
    return make_stage(people)
