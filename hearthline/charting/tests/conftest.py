from dataclasses import dataclass
from datetime import date

import pytest

from hearthline.charting import services
from hearthline.charting.models import Encounter
from hearthline.directory.models import Patient, Practitioner
from hearthline.directory.tests.stage import own_patient, treat
from tests.people import People, Person


@dataclass
class Stage:
    """A physician who treats a patient, with an encounter under way; the specialist treats nobody."""

    people: People
    patient: Patient
    practitioner: Practitioner
    encounter: Encounter


def make_practitioner(person: Person, family_name: str) -> Practitioner:
    practitioner, _is_new = Practitioner.objects.get_or_create(
        organization_id=person.membership.organization_id,
        membership=person.membership,
        defaults={"family_name": family_name},
    )
    return practitioner


def make_stage(people: People) -> Stage:
    patient = own_patient(people, birth_date=date(1958, 3, 4), language="es")
    practitioner = make_practitioner(people.physician, "Lindqvist")
    make_practitioner(people.specialist, "Varga")
    make_practitioner(people.nurse, "Okafor")
    treat(patient, practitioner)
    encounter = services.open_encounter(
        actor=people.physician.actor, patient=patient, practitioner=practitioner, reason="Headache"
    )
    return Stage(people, patient, practitioner, encounter)


@pytest.fixture
def stage(people: People) -> Stage:
    return make_stage(people)
