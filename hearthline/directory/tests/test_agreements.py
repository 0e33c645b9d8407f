"""Caregivers, consents, licences, care relationships: whose word counts, and until when."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.test import override_settings

from hearthline.directory import rules, services
from hearthline.directory.access import patients_for
from hearthline.directory.models import Caregiver, CareRelationship, Consent, ConsentText
from hearthline.directory.queries import consent_in_force, current_consent_text, licences_of
from hearthline.directory.tests.stage import link, make_caregiver, make_patient, make_practitioner
from hearthline.foundation import clock
from tests.people import People

TODAY = clock.now().date()
SPOUSE: dict[str, Any] = {
    "relationship": Caregiver.Relationship.SPOUSE,
    "source": Caregiver.Source.PATIENT,
    "starts_on": TODAY - timedelta(days=1),
    "may_see_record": True,
}


def make_text(people: People, *, is_reviewed: bool = True, **values: Any) -> ConsentText:
    text = services.write_consent_text(
        actor=people.administrator.actor,
        **{"kind": "telehealth", "language": "en", "title": "Care by video", "body": "You agree.", **values},
    )
    if is_reviewed:
        services.review_consent_text(actor=people.administrator.actor, text=text, reviewer_name="Ana Ruiz")
    return text


def test_the_patient_adds_and_ends_a_caregiver(people: People) -> None:
    patient = make_patient(people)
    link(patient, people.patient)
    mine = people.patient.actor
    caregiver = services.add_caregiver(
        actor=mine, patient=patient, name="Mateo", user_id=people.caregiver.user.id, values=SPOUSE
    )
    assert patients_for(people.caregiver.actor).get() == patient
    services.end_caregiver(actor=mine, caregiver=caregiver)
    assert not patients_for(people.caregiver.actor).exists()


def test_an_invited_caregiver_acts_once_connected(people: People) -> None:
    patient = make_patient(people)
    caregiver = services.add_caregiver(
        actor=people.navigator.actor, patient=patient, name="Mateo", values=SPOUSE
    )
    assert not patients_for(people.caregiver.actor).exists()
    services.connect_caregiver(
        actor=people.navigator.actor, caregiver=caregiver, user_id=people.caregiver.user.id
    )
    assert patients_for(people.caregiver.actor).get() == patient


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ends_on": TODAY - timedelta(days=3)}, "ends_on"),
        (
            dict.fromkeys(("may_see_record", "may_book", "may_message", "may_join_visits"), False),
            "may_book",
        ),
        ({"source": Caregiver.Source.PARENT, "relationship": "parent"}, "source"),
        ({"relationship": "emperor"}, "relationship"),
    ],
)
def test_caregivers_that_cannot_be(people: People, values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        services.add_caregiver(
            actor=people.navigator.actor,
            patient=make_patient(people),
            name="Mateo",
            values={**SPOUSE, **values},
        )
    assert field in refused.value.message_dict


def test_others_neither_add_nor_end_caregivers(people: People) -> None:
    patient = make_patient(people)
    caregiver = make_caregiver(patient, people.caregiver)
    for role in ("patient", "physician", "attendant", "technician", "auditor", "stranger"):
        actor = getattr(people, role).actor
        with pytest.raises(PermissionDenied):
            services.add_caregiver(actor=actor, patient=patient, name="Eve", values=SPOUSE)
        with pytest.raises(PermissionDenied):
            services.end_caregiver(actor=actor, caregiver=caregiver)
    services.end_caregiver(actor=people.caregiver.actor, caregiver=caregiver)


def test_consent_is_given_once_replaced_by_a_new_version_and_withdrawn(people: People) -> None:
    patient = make_patient(people)
    link(patient, people.patient)
    mine = people.patient.actor
    text = make_text(people)
    consent = services.give_consent(actor=mine, patient=patient, text=text)
    assert (consent.signer_name, consent.signer_relationship) == ("Rosa Delgado", "self")
    assert services.give_consent(actor=mine, patient=patient, text=text) == consent
    newer = services.give_consent(
        actor=mine, patient=patient, text=make_text(people, body="You agree again.")
    )
    assert newer.text.version == 2
    assert consent_in_force(patient, "telehealth") == newer
    services.withdraw_consent(actor=mine, consent=newer)
    assert consent_in_force(patient, "telehealth") is None
    assert Consent.objects.filter(patient=patient).count() == 2


def test_who_may_sign_for_whom(people: People) -> None:
    patient, text = make_patient(people), make_text(people)
    make_caregiver(patient, people.caregiver, may_see_record=True)
    for role in ("patient", "caregiver", "nurse", "stranger"):
        with pytest.raises(PermissionDenied):
            services.give_consent(actor=getattr(people, role).actor, patient=patient, text=text)
    Caregiver.objects.update(relationship=Caregiver.Relationship.GUARDIAN)
    signed = services.give_consent(actor=people.caregiver.actor, patient=patient, text=text)
    assert signed.signer_relationship == Consent.Relationship.GUARDIAN
    with pytest.raises(PermissionDenied):
        services.withdraw_consent(actor=people.physician.actor, consent=signed)


def test_staff_note_spoken_consent_with_the_signers_name(people: People) -> None:
    patient, text = make_patient(people), make_text(people)
    spoken = {"method": Consent.Method.SPOKEN, "signer_relationship": "self"}
    with pytest.raises(ValidationError):
        services.give_consent(actor=people.nurse.actor, patient=patient, text=text, signer_name=" ", **spoken)
    consent = services.give_consent(
        actor=people.nurse.actor, patient=patient, text=text, signer_name="Rosa Delgado", **spoken
    )
    assert consent.recorded_by_user_id == people.nurse.user.id
    with pytest.raises(PermissionDenied):
        services.give_consent(
            actor=people.technician.actor, patient=patient, text=text, signer_name="Rosa", **spoken
        )


def test_unreviewed_texts_are_refused_outside_the_demo(people: People) -> None:
    text = make_text(people, is_reviewed=False)
    patient = make_patient(people)
    link(patient, people.patient)
    assert current_consent_text(people.organization.id, "telehealth", "en") is None
    with pytest.raises(ValidationError):
        services.give_consent(actor=people.patient.actor, patient=patient, text=text)
    with override_settings(IS_DEMO=True):
        assert current_consent_text(people.organization.id, "telehealth", "ar") == text
        services.give_consent(actor=people.patient.actor, patient=patient, text=text)


def test_a_published_text_and_a_given_consent_cannot_be_rewritten(people: People) -> None:
    text = make_text(people)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        ConsentText.objects.filter(pk=text.pk).update(body="Something else")
    patient = make_patient(people)
    link(patient, people.patient)
    services.give_consent(actor=people.patient.actor, patient=patient, text=text)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Consent.objects.update(signer_name="Somebody else")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Consent.objects.all().delete()


def test_administrators_keep_licences_and_bookings_ask_the_rule(people: People) -> None:
    practitioner = make_practitioner(people.physician)
    values = {
        "jurisdiction": "US-TX",
        "number": "Q1234",
        "valid_from": TODAY - timedelta(days=10),
        "valid_until": TODAY + timedelta(days=10),
    }
    admin = people.administrator.actor
    licence = services.save_licence(actor=admin, practitioner=practitioner, values=values)
    assert rules.is_licensed(licences_of(practitioner), "US-TX", TODAY)
    services.save_licence(
        actor=admin, practitioner=practitioner, licence=licence, values={"status": "suspended"}
    )
    assert not rules.is_licensed(licences_of(practitioner), "US-TX", TODAY)
    for wrong in (
        {"jurisdiction": "US-ZZ"},
        {"valid_until": TODAY - timedelta(days=11)},
        {"status": "fine"},
        {"number": ""},
    ):
        with pytest.raises(ValidationError):
            services.save_licence(actor=admin, practitioner=practitioner, values={**values, **wrong})
    with pytest.raises(PermissionDenied):
        services.save_licence(actor=people.physician.actor, practitioner=practitioner, values=values)


def test_a_booking_begins_a_relationship_and_a_cancellation_ends_it(people: People) -> None:
    practitioner, patient = make_practitioner(people.physician), make_patient(people)
    source_id = uuid4()
    for days in (30, 40):
        services.add_care_relationship(
            actor=people.patient.actor,
            patient=patient,
            practitioner=practitioner,
            source=CareRelationship.Source.APPOINTMENT,
            source_id=source_id,
            ends_at=clock.now() + timedelta(days=days),
        )
    assert CareRelationship.objects.count() == 1
    assert patients_for(people.physician.actor).get() == patient
    services.end_care_relationships_of(
        actor=people.patient.actor, source=CareRelationship.Source.APPOINTMENT, source_id=source_id
    )
    assert not patients_for(people.physician.actor).exists()
    with pytest.raises(PermissionDenied):
        services.add_care_relationship(actor=people.patient.actor, patient=patient, practitioner=practitioner)


def test_team_members_are_set_as_a_whole(people: People) -> None:
    practitioner, patient = make_practitioner(people.specialist), make_patient(people)
    admin = people.administrator.actor
    team = services.save_care_team(actor=admin, team=None, name="Diabetes")
    services.set_care_team_members(actor=admin, team=team, practitioners=[practitioner])
    services.add_care_relationship(actor=people.nurse.actor, patient=patient, team=team)
    assert patients_for(people.specialist.actor).get() == patient
    services.set_care_team_members(actor=admin, team=team, practitioners=[])
    assert not patients_for(people.specialist.actor).exists()
    with pytest.raises(PermissionDenied):
        services.set_care_team_members(actor=people.nurse.actor, team=team, practitioners=[practitioner])


@pytest.mark.parametrize("role", ["nurse", "physician", "navigator", "technician", "patient", "auditor"])
def test_only_administrators_run_the_organization(people: People, role: str) -> None:
    actor = getattr(people, role).actor
    with pytest.raises(PermissionDenied):
        services.change_organization(actor=actor, values={"name": "Mine"})
    with pytest.raises(PermissionDenied):
        services.save_policy(actor=actor, values={"physicians_see_all_patients": True})
    with pytest.raises(PermissionDenied):
        services.save_site(actor=actor, values={"name": "Annex", "zone": "UTC", "jurisdiction": "US-TX"})
    with pytest.raises(PermissionDenied):
        services.save_issuer(actor=actor, values={"name": "State"})


def test_an_administrator_runs_the_organization(people: People) -> None:
    actor = people.administrator.actor
    assert (
        services.change_organization(actor=actor, values={"name": "Riverbend Health"}).name
        == "Riverbend Health"
    )
    site = services.save_site(actor=actor, values={"name": "Annex", "zone": "UTC", "jurisdiction": "US-TX"})
    assert site.organization_id == people.organization.id
    with pytest.raises(ValidationError):
        services.save_site(actor=actor, values={"name": "Annex", "zone": "UTC", "jurisdiction": "US-TX"})
    with pytest.raises(ValidationError):
        services.change_organization(actor=actor, values={"zone": "Nowhere/Land"})
    assert services.save_policy(actor=actor, values={"relationship_days": 30}).relationship_days == 30
    with pytest.raises(ValidationError):
        services.save_policy(actor=actor, values={"relationship_days": 0})
