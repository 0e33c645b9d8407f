"""A hundred invented patients, the three with stories first."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hearthline.charting.models import Allergy, ChartReview, Medication, Problem, VitalSign
from hearthline.demo.cast import HAROLD, LAYLA, MATEO, PATIENTS, ROSA, Person
from hearthline.demo.clinic import ZONE, Clinic, actor_of, join
from hearthline.demo.credentials import Credentials
from hearthline.demo.names import (
    ALLERGIES,
    MEDICINES,
    NAME_POOLS,
    PATIENT_DOMAIN,
    PROBLEMS,
    STREETS,
    TOWNS,
)
from hearthline.directory.models import Patient
from hearthline.directory.services.patients import register_patient
from hearthline.directory.services.people import add_caregiver, link_account
from hearthline.foundation import clock
from hearthline.tenancy.context import acting_in

SEED = 20261123
POPULATION = 100
STORIES: dict[str, dict[str, Any]] = {
    ROSA.key: {"birth_date": date(1958, 3, 4), "gender": "female", "language": "es"},
    HAROLD.key: {
        "birth_date": date(1947, 9, 17),
        "gender": "male",
        "language": "en",
        "interpreter": "sign",
        "interpreter_language": "ase",
        "access_needs": ["captions"],
    },
    LAYLA.key: {
        "birth_date": date(1989, 1, 30),
        "gender": "female",
        "language": "ar",
        "interpreter": "spoken",
        "interpreter_language": "ar",
        "interpreter_gender": "woman",
    },
}


@dataclass(frozen=True)
class Drawn:
    """An invented patient before registration."""

    given: str
    family: str
    values: dict[str, Any]


def draw_population() -> list[Drawn]:
    """Return the same invented people at every call."""
    draw = random.Random(SEED)
    people: list[Drawn] = []
    for language, (count, given_names, family_names) in NAME_POOLS.items():
        pairs = [(given, family) for given in given_names for family in family_names]
        for given, family in draw.sample(pairs, min(count, len(pairs))):
            born = date(draw.randint(1938, 2020), draw.randint(1, 12), draw.randint(1, 28))
            values: dict[str, Any] = {
                "birth_date": born,
                "gender": draw.choice(["female", "male", "female", "male", "other"]),
                "language": language,
            }
            if language == "vi":
                values |= {"interpreter": "spoken", "interpreter_language": "vi"}
            people.append(Drawn(given, family, values))
    draw.shuffle(people)
    return people[: POPULATION - len(PATIENTS)]


def _contact(draw: random.Random, number: int) -> dict[str, Any]:
    # 555-01xx numbers are set aside for fiction in North America.
    return {
        "telephone": f"+1512555{100 + number % 100:04d}",
        "email": f"patient{number:03d}@example.org",
        "address": f"{draw.randint(10, 980)} {draw.choice(STREETS)}, {draw.choice(TOWNS)}, TX",
        "zone": ZONE,
        "jurisdiction": "US-TX",
    }


def register_population(clinic: Clinic, credentials: Credentials) -> list[Patient]:
    """Register everybody who is missing; return all, the people with stories first."""
    with acting_in(clinic.organization.id):
        existing = list(Patient.objects.order_by("created_at")[:POPULATION])
    if len(existing) >= POPULATION:
        return existing
    draw = random.Random(SEED)
    patients = []
    for number, person in enumerate(PATIENTS):
        patients.append(_register_story(clinic, person, credentials, _contact(draw, number)))
    with acting_in(clinic.organization.id):
        for number, drawn in enumerate(draw_population(), start=len(PATIENTS)):
            values = {"given_names": drawn.given, "family_name": drawn.family, **_contact(draw, number)}
            patient = register_patient(actor=clinic.navigator, values={**values, **drawn.values})
            patients.append(patient)
    _befriend(clinic, patients[0], credentials)
    return patients


def _register_story(
    clinic: Clinic, person: Person, credentials: Credentials, contact: dict[str, Any]
) -> Patient:
    membership = join(clinic.organization.id, person, PATIENT_DOMAIN, credentials)
    with acting_in(clinic.organization.id):
        values = {"given_names": person.given, "family_name": person.family, **contact, **STORIES[person.key]}
        values["email"] = person.email(PATIENT_DOMAIN)
        patient = register_patient(actor=clinic.navigator, values=values)
        link_account(actor=clinic.navigator, patient=patient, user_id=membership.user_id)
    return patient


def _befriend(clinic: Clinic, patient: Patient, credentials: Credentials) -> None:
    membership = join(clinic.organization.id, MATEO, PATIENT_DOMAIN, credentials)
    with acting_in(clinic.organization.id):
        add_caregiver(
            actor=clinic.navigator,
            patient=patient,
            name=MATEO.name,
            user_id=membership.user_id,
            values={
                "relationship": "child",
                "source": "document",
                "may_see_record": True,
                "starts_on": clock.now().date(),
            },
        )


def fill_charts(clinic: Clinic, patients: list[Patient]) -> None:
    """Give everybody a history: problems, allergies, medicines and a few months of measurements."""
    with acting_in(clinic.organization.id):
        if Problem.objects.exists():
            return
        draw = random.Random(SEED + 1)
        author = actor_of(clinic.memberships["ines"], "Ines Okafor").user_id
        rows: dict[type[Any], list[Any]] = {
            model: [] for model in (Problem, Allergy, Medication, ChartReview, VitalSign)
        }
        for patient in patients:
            base = {"organization_id": clinic.organization.id, "patient": patient, "recorded_by_id": author}
            for title, code in draw.sample(PROBLEMS, draw.randint(0, 3)):
                onset = date(draw.randint(2008, 2024), draw.randint(1, 12), 1)
                rows[Problem].append(
                    Problem(**base, title=title, code=code, onset_on=max(onset, patient.birth_date))
                )
            for name, directions in draw.sample(MEDICINES, draw.randint(0, 3)):
                rows[Medication].append(Medication(**base, name=name, directions=directions))
            _allergies(draw, patient, base, rows)
            rows[VitalSign] += _vitals(draw, base)
        for model, made in rows.items():
            model.objects.bulk_create(made)


def _allergies(
    draw: random.Random, patient: Patient, base: dict[str, Any], rows: dict[type[Any], list[Any]]
) -> None:
    if draw.random() < 0.35:
        substance, category, criticality, reaction = draw.choice(ALLERGIES)
        allergy = Allergy(
            **base, substance=substance, category=category, criticality=criticality, reaction=reaction
        )
        rows[Allergy].append(allergy)
    elif draw.random() < 0.7:
        review = ChartReview(
            organization_id=patient.organization_id,
            patient=patient,
            subject=ChartReview.Subject.ALLERGIES,
            is_none_known=True,
            reviewed_by_id=base["recorded_by_id"],
        )
        rows[ChartReview].append(review)


def _vitals(draw: random.Random, base: dict[str, Any]) -> list[VitalSign]:
    made = []
    now = clock.now()
    weight, systolic = draw.uniform(52, 104), draw.randint(112, 148)
    for week in range(draw.randint(0, 10)):
        at = now - timedelta(days=7 * week, hours=draw.randint(0, 10), minutes=draw.randint(0, 59))
        upper = systolic + draw.randint(-9, 9)
        made.append(
            VitalSign(
                **base,
                kind="blood_pressure",
                value=upper,
                second_value=round(upper * 0.62) + draw.randint(-4, 4),
                taken_at=at,
            )
        )
        made.append(
            VitalSign(**base, kind="weight", value=round(weight + draw.uniform(-1, 1), 1), taken_at=at)
        )
        made.append(VitalSign(**base, kind="pulse", value=draw.randint(58, 92), taken_at=at))
    return made
