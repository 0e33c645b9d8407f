"""The directory's pages as their people see them: patients on a phone without script, the desk, the administrator."""

from collections.abc import Callable
from typing import Any

import pytest

from hearthline.directory import services
from hearthline.directory.models import CareRelationship, DuplicateCandidate, IdentifierIssuer, Patient
from hearthline.directory.tests.stage import link, make_caregiver, make_practitioner
from hearthline.foundation import clock
from hearthline.tenancy.context import acting_in
from tests.people import People

pytestmark = pytest.mark.browser
ROSA: dict[str, Any] = {
    "given_names": "Rosa María",
    "family_name": "Delgado Ruiz",
    "preferred_name": "Rosi",
    "pronouns": "she/her",
    "birth_date": clock.now().date().replace(year=1984, month=3, day=12),
    "zone": "America/Chicago",
    "language": "es",
    "interpreter": "spoken",
    "interpreter_language": "es",
    "telephone": "512 555 0134",
    "email": "rosa@example.org",
    "address": "12 Willow Lane\nAustin, Texas 78701",
    "jurisdiction": "US-TX",
    "emergency_contact_name": "Mateo Delgado",
    "emergency_contact_telephone": "512 555 0177",
    "access_needs": ["captions", "large_print"],
}


@pytest.fixture
def rosa(committed: None, people: People) -> Patient:
    with acting_in(people.organization.id):
        nurse, admin = people.nurse.actor, people.administrator.actor
        patient = services.register_patient(actor=nurse, values=ROSA)
        link(patient, people.patient)
        make_caregiver(patient, people.caregiver, name="Mateo Delgado")
        issuer = IdentifierIssuer.objects.create(organization_id=people.organization.id, name="Record number")
        services.add_identifier(actor=nurse, patient=patient, issuer=issuer, value="MRN 001734")
        services.set_safe_contact(
            actor=nurse, patient=patient, values={"is_telephone_shared": True, "is_sms_allowed": False}
        )
        practitioner = make_practitioner(people.physician, title="Dr.", credential="MD")
        services.add_care_relationship(
            actor=nurse, patient=patient, practitioner=practitioner, kind=CareRelationship.Kind.PRIMARY
        )
        today = clock.now().date()
        for place, until in (("US-TX", today.replace(year=today.year + 2)), ("US-OK", today)):
            services.save_licence(
                actor=admin,
                practitioner=practitioner,
                values={
                    "jurisdiction": place,
                    "number": "Q1734",
                    "valid_from": today.replace(year=today.year - 1),
                    "valid_until": until,
                },
            )
        text = services.write_consent_text(
            actor=admin,
            kind="telehealth",
            language="en",
            title="Care by video",
            body="You can say no.\n\nYou can stop.",
        )
        services.review_consent_text(actor=admin, text=text, reviewer_name="Ana Ruiz")
        services.register_patient(actor=nurse, values={**ROSA, "given_names": "Rosa", "email": ""})
        services.give_consent(actor=people.patient.actor, patient=patient, text=text)
    return patient


PATIENT_PAGES = {
    "profile": "/care/profile/{0}/",
    "profile-contact": "/care/profile/{0}/edit/contact/",
    "profile-needs": "/care/profile/{0}/edit/needs/",
    "profile-access": "/care/profile/{0}/edit/access/",
    "profile-safe-contact": "/care/profile/{0}/edit/safe-contact/",
    "profile-caregiver": "/care/profile/{0}/caregivers/add/",
    "profile-consents": "/care/profile/{0}/consents/",
}
STAFF_PAGES = {
    "patient": ("/patients/{0}/", "physician"),
    "patient-edit": ("/patients/{0}/edit/person/", "navigator"),
    "patient-search": ("/patients/", "navigator"),
    "patient-register": ("/patients/new/", "navigator"),
    "duplicates": ("/patients/duplicates/", "nurse"),
    "administration": ("/administration/", "administrator"),
    "practitioners": ("/administration/practitioners/", "administrator"),
    "organization": ("/administration/organization/", "administrator"),
    "consent-texts": ("/administration/consent-texts/", "administrator"),
    "licences": ("/today/licences/", "physician"),
}


@pytest.mark.parametrize("name", PATIENT_PAGES)
def test_patients_pages_are_sound(
    name: str, rosa: Patient, people: People, look_at: Callable[..., None]
) -> None:
    look_at(PATIENT_PAGES[name].format(rosa.id), name, people.patient)


@pytest.mark.parametrize("name", STAFF_PAGES)
def test_staff_pages_are_sound(
    name: str, rosa: Patient, people: People, look_at: Callable[..., None]
) -> None:
    address, role = STAFF_PAGES[name]
    look_at(address.format(rosa.id), name, people.by_role[role])


def test_a_new_person_registers_without_script(people: People, open_page: Callable[..., Any]) -> None:
    page, _observed = open_page("/care/about-you/", "no-script", person=people.patient)
    page.fill("#id_birth_date", "1984-03-12")
    page.fill("#id_telephone", "not a number")
    page.click("main button")
    assert page.locator(".error-summary").is_visible()
    page.fill("#id_telephone", "512 555 0134")
    page.click("main button")
    page.goto(page.url.split("/care/")[0] + "/care/profile/")
    assert "Rosa Delgado" in page.locator("h1").inner_text()


def test_two_records_side_by_side(rosa: Patient, people: People, look_at: Callable[..., None]) -> None:
    with acting_in(people.organization.id):
        candidate = DuplicateCandidate.objects.get()
    look_at(f"/patients/duplicates/{candidate.id}/", "duplicate", people.nurse)
