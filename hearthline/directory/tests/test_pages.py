"""The pages: who gets in, what they show, and that bad input comes back with words."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.urls import reverse

from hearthline.compliance.models import BreakGlass
from hearthline.directory import services
from hearthline.directory.models import Caregiver, DuplicateCandidate, IdentifierIssuer, Patient, PatientMerge
from hearthline.directory.queries import open_duplicates_of
from hearthline.directory.subscribers import link_invited_account
from hearthline.directory.tests.stage import link, make_caregiver, make_patient, make_practitioner
from hearthline.foundation import clock
from hearthline.identity.events import InvitationAccepted
from hearthline.tenancy.context import acting_in
from tests.people import People

DESK = ("nurse", "physician", "specialist", "navigator", "administrator")
OUTSIDE = ("patient", "caregiver", "attendant", "technician", "auditor")
NEW: dict[str, Any] = {
    "given_names": "محمد",
    "family_name": "الأحمد",
    "birth_date": "1990-02-28",
    "gender": "male",
    "sex_at_birth": "M",
    "telephone": "512 555 0134",
    "zone": "America/Chicago",
    "language": "ar",
}
GARBAGE = [
    {"birth_date": "yesterday"},
    {"birth_date": "2999-01-01"},
    {"birth_date": "0001-01-01"},
    {"given_names": "x" * 101},
    {"given_names": "Ro\x00sa"},
    {"given_names": "", "family_name": "\u202e"},
    {"given_names": "", "family_name": "12"},
    {"gender": "dragon"},
    {"zone": "Mars/Base"},
    {"language": "tlh"},
    {"telephone": "call me maybe"},
    {"email": "not an address"},
]


def text(response: Any) -> str:
    body: str = response.content.decode()
    return body


def only_patient() -> Patient:
    return Patient.objects.get()


@pytest.mark.parametrize("role", DESK)
def test_staff_find_and_register(people: People, role: str) -> None:
    client = getattr(people, role).client
    assert client.get("/patients/").status_code == 200
    response = client.post("/patients/new/", NEW)
    assert response.status_code == 303
    found = client.post("/patients/", {"name": "محم", "birth_date": "1990-02-28"})
    assert found.status_code == 200
    assert "الأحمد" in text(found)


@pytest.mark.parametrize("role", OUTSIDE)
def test_others_do_not_reach_the_desk(people: People, role: str) -> None:
    patient = make_patient(people)
    client = getattr(people, role).client
    for url in ("/patients/", "/patients/new/", "/patients/duplicates/", f"/patients/{patient.id}/"):
        assert client.get(url).status_code == 403, url
    assert client.post("/patients/", {"name": "Rosa"}).status_code == 403


@pytest.mark.parametrize("wrong", GARBAGE)
def test_registration_answers_bad_input_with_words(people: People, wrong: dict[str, str]) -> None:
    response = people.navigator.client.post("/patients/new/", {**NEW, **wrong})
    assert response.status_code == 422
    assert "error-summary" in text(response)
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{}, {"birth_date": "x"}, {"name": "a\x00"}, {"identifier": "9" * 65}, {"telephone": "?"}]
)
def test_search_answers_bad_input_with_words(people: People, wrong: dict[str, str]) -> None:
    assert people.nurse.client.post("/patients/", wrong).status_code == 422


def test_search_is_paged_and_odd_pages_give_the_nearest(people: People) -> None:
    for number in range(30):
        services.register_patient(
            actor=people.nurse.actor,
            values={
                "given_names": f"Person{number:02}",
                "family_name": "Okoro",
                "birth_date": clock.now().date() - timedelta(days=9000 + 400 * number),
                "zone": "UTC",
            },
        )
    client = people.nurse.client
    first = text(client.post("/patients/", {"name": "okoro"}))
    assert "Person24" in first
    assert "Person25" not in first
    for page in ("2", "99", "x", "-1"):
        assert client.post("/patients/", {"name": "okoro", "page": page}).status_code == 200
    assert "Person29" in text(client.post("/patients/", {"name": "okoro", "page": "2"}))


def test_a_physician_sees_that_somebody_exists_but_not_the_record(people: People) -> None:
    people.navigator.client.post("/patients/new/", NEW)
    patient = only_patient()
    client = people.physician.client
    assert "Not in your care" in text(client.post("/patients/", {"telephone": "5125550134"}))
    assert client.get(f"/patients/{patient.id}/").status_code == 404
    BreakGlass.objects.create(
        organization_id=people.organization.id,
        user=people.physician.user,
        user_name="Amara",
        patient_id=patient.id,
        cause=BreakGlass.Cause.values[0],
        reason="Chest pain",
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(minutes=60),
    )
    page = text(client.get(f"/patients/{patient.id}/"))
    assert "Emergency access until" in page
    assert "<bdi>محمد الأحمد</bdi>" in page


def test_records_of_another_organization_are_not_found(people: People) -> None:
    with acting_in(people.other_organization.id):
        theirs = make_patient(people, organization_id=people.other_organization.id)
    for name, arguments in (
        ("patient", [theirs.id]),
        ("edit", [theirs.id, "contact"]),
        ("add_identifier", [theirs.id]),
        ("add_caregiver", [theirs.id]),
        ("add_consent", [theirs.id]),
        ("add_care", [theirs.id]),
        ("duplicate", [uuid4()]),
        ("undo_merge", [uuid4()]),
    ):
        url = reverse(f"directory:{name}", args=arguments)
        assert people.nurse.client.get(url).status_code == 404, name
        assert people.nurse.client.post(url, {}).status_code == (405 if name == "patient" else 404), name
    assert (
        people.stranger.client.get(reverse("directory:patient", args=[make_patient(people).id])).status_code
        == 404
    )


@pytest.mark.parametrize(
    ("section", "good", "wrong"),
    [
        ("person", {**NEW, "deceased_on": ""}, {"deceased_on": "1900-01-01"}),
        ("contact", {"zone": "UTC", "email": "a@b.org"}, {"email": "@"}),
        ("needs", {"language": "es", "interpreter": "none"}, {"interpreter": "sign"}),
        ("emergency-contact", {"emergency_contact_name": "Ana"}, {"emergency_contact_telephone": "x"}),
        ("safe-contact", {"preferred": "sms", "is_sms_allowed": "on"}, {"allowed_from": "09:00"}),
    ],
)
def test_each_section_is_changed_or_comes_back(
    people: People, section: str, good: dict[str, str], wrong: dict[str, str]
) -> None:
    url = reverse("directory:edit", args=[make_patient(people).id, section])
    client = people.navigator.client
    assert client.get(url).status_code == 200
    assert client.post(url, good).status_code == 303
    assert client.post(url, {**good, **wrong}).status_code == 422
    assert client.get(url.replace(section, "nothing")).status_code == 404


def test_two_records_are_compared_merged_and_parted(people: People) -> None:
    client = people.nurse.client
    client.post("/patients/new/", NEW)
    first = only_patient()
    answer = client.post("/patients/new/", {**NEW, "given_names": "محمد علي"}, follow=True)
    assert "compare" in text(answer)
    candidate = open_duplicates_of(first).get()
    assert "الأحمد" in text(client.get("/patients/duplicates/"))
    url = reverse("directory:duplicate", args=[candidate.id])
    assert "Same birth date" in text(client.get(url))
    for wrong in ({}, {"decision": "maybe"}, {"decision": "first", "reason": ""}):
        assert client.post(url, wrong).status_code == 422
    assert client.post(url, {"decision": "first", "reason": "Same passport"}).status_code == 303
    page = text(client.get(reverse("directory:patient", args=[candidate.second_id])))
    assert "merged into this one" in page
    assert DuplicateCandidate.objects.get().status == DuplicateCandidate.Status.MERGED
    undo = reverse("directory:undo_merge", args=[PatientMerge.objects.get().id])
    assert client.get(undo).status_code == 200
    assert client.post(undo, {"reason": ""}).status_code == 422
    assert client.post(undo, {"reason": "Two brothers"}).status_code == 303
    assert not Patient.objects.filter(merged_into__isnull=False).exists()


def test_numbers_caregivers_consents_and_care_on_the_record(people: People) -> None:
    patient = make_patient(people)
    client = people.navigator.client
    issuer = IdentifierIssuer.objects.create(organization_id=people.organization.id, name="Record number")
    record = reverse("directory:patient", args=[patient.id])
    add = reverse("directory:add_identifier", args=[patient.id])
    assert client.post(add, {"issuer": issuer.id, "value": "MRN 77"}).status_code == 303
    assert client.post(add, {"issuer": issuer.id, "value": "mrn77"}).status_code == 422
    assert client.post(add, {"issuer": uuid4(), "value": "1"}).status_code == 422
    assert "MRN 77" in text(client.get(record))
    practitioner = make_practitioner(people.physician)
    care = reverse("directory:add_care", args=[patient.id])
    assert client.post(care, {"by": f"p{practitioner.id}", "kind": "primary"}).status_code == 303
    assert client.post(care, {"by": f"p{uuid4()}", "kind": "primary"}).status_code == 422
    assert people.physician.client.get(record).status_code == 200
    relationship = patient.care_relationships.get()
    client.post(reverse("directory:end_care", args=[patient.id, relationship.id]))
    assert people.physician.client.get(record).status_code == 404
    identifier = patient.identifiers.get()
    client.post(reverse("directory:remove_identifier", args=[patient.id, identifier.id]))
    assert "MRN 77" not in text(client.get(record))


CAREGIVER = {
    "name": "Mateo Delgado",
    "email": "mateo@example.org",
    "relationship": "spouse",
    "may_book": "on",
    "source": "patient",
}


def test_an_invited_caregiver_is_linked_when_the_invitation_is_accepted(people: People) -> None:
    patient = make_patient(people)
    url = reverse("directory:add_caregiver", args=[patient.id])
    client = people.navigator.client
    for wrong in (
        {"email": "x"},
        {"name": ""},
        {"may_book": ""},
        {"ends_on": "2001-01-01"},
        {"source": "parent"},
        {"relationship": "boss"},
    ):
        assert client.post(url, {**CAREGIVER, **wrong}).status_code == 422, wrong
    assert client.post(url, CAREGIVER).status_code == 303
    assert [message.to for message in mail.outbox] == [["mateo@example.org"]]
    caregiver = Caregiver.objects.get()
    link_invited_account(
        InvitationAccepted(
            organization_id=people.organization.id,
            invitation_id=uuid4(),
            user_id=people.caregiver.user.id,
            membership_id=people.caregiver.membership.id,
            kind="patient",
            about_id=caregiver.id,
        )
    )
    assert people.caregiver.client.get(f"/care/profile/{patient.id}/").status_code == 200
    client.post(reverse("directory:end_caregiver", args=[patient.id, caregiver.id]))
    assert people.caregiver.client.get(f"/care/profile/{patient.id}/").status_code == 404


def test_a_new_person_says_who_they_are_and_learns_nothing_of_others(people: People) -> None:
    own = {key: NEW[key] for key in NEW if key not in ("gender", "sex_at_birth")}
    people.navigator.client.post("/patients/new/", NEW)
    client = people.patient.client
    assert client.get("/care/profile/", follow=True).redirect_chain[-1][0] == "/care/about-you/"
    assert client.post("/care/about-you/", {**own, "telephone": ""}).status_code == 422
    alike = client.post("/care/about-you/", own)
    assert alike.status_code == 303
    assert DuplicateCandidate.objects.count() == 1
    assert client.get("/care/about-you/").status_code == 302
    assert people.nurse.client.get("/care/about-you/").status_code == 403


def test_the_patients_own_profile(people: People) -> None:
    patient = make_patient(people, email="rosa@example.org")
    link(patient, people.patient)
    client = people.patient.client
    profile = f"/care/profile/{patient.id}/"
    assert client.get("/care/profile/").headers["Location"] == profile
    assert "rosa@example.org" in text(client.get(profile))
    for section, good, wrong in (
        ("contact", {"zone": "America/Denver", "telephone": "512 555 0177"}, {"zone": ""}),
        ("needs", {"language": "es", "interpreter": "none"}, {"language": "?"}),
        ("access", {"access_needs": ["captions"]}, {"access_needs": ["wings"]}),
        ("emergency-contact", {"emergency_contact_name": "Ana"}, {"emergency_contact_telephone": "?"}),
        ("safe-contact", {"preferred": "email"}, {"preferred": "pigeon"}),
    ):
        url = f"{profile}edit/{section}/"
        assert client.get(url).status_code == 200
        assert client.post(url, good).status_code == 303, section
        assert client.post(url, {**good, **wrong}).status_code == 422, section
    assert client.get(f"{profile}edit/person/").status_code == 404
    assert client.post(f"{profile}caregivers/add/", CAREGIVER).status_code == 303
    caregiver = Caregiver.objects.get()
    assert client.post(f"{profile}caregivers/{caregiver.id}/end/").status_code == 303
    assert client.post(f"{profile}caregivers/{uuid4()}/end/").status_code == 404


def test_a_caregiver_sees_no_contact_of_an_adult_and_may_stop(people: People) -> None:
    patient = make_patient(people, email="rosa@example.org")
    caregiver = make_caregiver(patient, people.caregiver)
    client = people.caregiver.client
    profile = f"/care/profile/{patient.id}/"
    assert "rosa@example.org" not in text(client.get(profile))
    assert client.get(f"{profile}edit/contact/").status_code == 404
    assert client.get(f"{profile}consents/").status_code == 404
    assert client.post(f"{profile}caregivers/{caregiver.id}/end/").status_code == 303
    assert client.get(profile).status_code == 404


@pytest.mark.parametrize("role", ["nurse", "physician", "technician", "attendant", "administrator"])
def test_staff_do_not_open_patients_own_pages(people: People, role: str) -> None:
    patient = make_patient(people)
    client = getattr(people, role).client
    for url in ("/care/profile/", f"/care/profile/{patient.id}/", f"/care/profile/{patient.id}/consents/"):
        assert client.get(url).status_code == 403


def test_consents_are_read_given_and_taken_back(people: People) -> None:
    patient = make_patient(people)
    link(patient, people.patient)
    client, admin = people.patient.client, people.administrator
    base = f"/care/profile/{patient.id}/consents/"
    assert "Nothing to agree to" in text(client.get(base))
    written = {"kind": "telehealth", "language": "en", "title": "Care by video", "body": "You may stop."}
    answer = admin.client.post("/administration/consent-texts/write/", written)
    assert answer.status_code == 303
    text_id = answer.headers["Location"].rstrip("/").rsplit("/", 1)[-1]
    assert client.post(f"{base}{text_id}/agree/").status_code == 404  # not reviewed yet
    assert admin.client.post(answer.headers["Location"], {"reviewer_name": " "}).status_code == 422
    assert admin.client.post(answer.headers["Location"], {"reviewer_name": "Ana Ruiz"}).status_code == 303
    assert "You may stop." in text(client.get(base))
    assert client.post(f"{base}{text_id}/agree/").status_code == 303
    consent = patient.consents.get()
    assert "Rosa Delgado" in text(client.get(base))
    assert people.caregiver.client.post(f"{base}{consent.id}/withdraw/").status_code == 404
    assert client.post(f"{base}{consent.id}/withdraw/").status_code == 303
    spoken = reverse("directory:add_consent", args=[patient.id])
    said = {"kind": "telehealth", "method": "spoken", "signer_name": "Rosa", "signer_relationship": "self"}
    assert people.nurse.client.get(spoken).status_code == 200
    assert people.nurse.client.post(spoken, {**said, "kind": "recording"}).status_code == 422
    assert people.nurse.client.post(spoken, said).status_code == 303
