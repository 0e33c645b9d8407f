"""Registering, changing, searching: sealed values, words that find, and no hint to a person about others."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hearthline.directory import services
from hearthline.directory.models import (
    AccessNeed,
    DuplicateCandidate,
    IdentifierIssuer,
    Patient,
    PatientAccount,
)
from hearthline.directory.queries import SearchCriteria, search_patients
from hearthline.directory.tests.stage import link, make_caregiver, make_patient, watch_audit
from hearthline.foundation import clock
from tests.people import People, Person

VALUES: dict[str, Any] = {
    "given_names": "María José",
    "family_name": "García Márquez",
    "birth_date": date(1990, 2, 28),
    "zone": "America/Chicago",
    "language": "es",
    "telephone": "(512) 555-0134",
    "email": "Maria@Example.org",
    "other_languages": ["en"],
    "access_needs": ["captions", "large_print"],
}


def found(person: Person, **criteria: Any) -> set[str]:
    return {patient.given_names for patient in search_patients(person.actor, SearchCriteria(**criteria))}


def register(people: People, **values: Any) -> Patient:
    return services.register_patient(actor=people.navigator.actor, values={**VALUES, **values})


def test_registering_keeps_normal_contacts_lists_and_an_audit_row(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = watch_audit(monkeypatch)
    patient = register(people)
    assert patient.telephone == "+15125550134"
    assert set(patient.access_needs.values_list("kind", flat=True)) == {"captions", "large_print"}
    entry = next(one for one in written if one.action == "patient.registered")
    assert entry.patient_id == patient.id
    assert "telephone" in entry.field_names
    assert "5550134" not in str(vars(entry))


@pytest.mark.parametrize("role", ["nurse", "physician", "specialist", "navigator", "administrator"])
def test_staff_of_the_desk_register(people: People, role: str) -> None:
    person: Person = getattr(people, role)
    assert (
        services.register_patient(actor=person.actor, values=VALUES).organization_id == people.organization.id
    )


@pytest.mark.parametrize("role", ["patient", "caregiver", "attendant", "technician", "auditor"])
def test_others_do_not_register_people(people: People, role: str) -> None:
    with pytest.raises(PermissionDenied):
        services.register_patient(actor=getattr(people, role).actor, values=VALUES)
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("birth_date", clock.now().date() + timedelta(days=2)),
        ("birth_date", date(1880, 1, 1)),
        ("telephone", "call me"),
        ("zone", "Mars/Olympus"),
        ("language", "tlh"),
        ("email", "x" * 300),
        ("given_names", "x" * 101),
        ("jurisdiction", "Texas"),
        ("deceased_on", date(1980, 1, 1)),
    ],
)
def test_values_that_cannot_be_are_refused_with_words(people: People, field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        register(people, **{field: value})
    assert field in refused.value.message_dict
    assert not Patient.objects.exists()


def test_a_single_name_suffices_and_no_name_does_not(people: People) -> None:
    assert register(people, given_names="Suharto", family_name="").full_name == "Suharto"
    for nothing in ("", "123", "\u202e"):
        with pytest.raises(ValidationError):
            register(people, given_names=nothing, family_name="")


@given(given=st.text(max_size=40), family=st.text(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_whatever_is_written_as_a_name_is_kept_clean_or_refused(
    people: People, given: str, family: str
) -> None:
    try:
        patient = register(people, given_names=given, family_name=family)
    except ValidationError:
        return
    assert not set(patient.full_name) & set("\x00\u202e\u2066")
    assert patient.full_name == patient.full_name.strip()


def test_the_person_changes_contacts_but_not_who_they_are(people: People) -> None:
    patient = register(people)
    link(patient, people.patient)
    mine = people.patient.actor
    changed = services.change_patient(actor=mine, patient=patient, values={"telephone": "512 555 0177"})
    assert changed.telephone == "+15125550177"
    for field, value in (("birth_date", date(1991, 1, 1)), ("family_name", "Other"), ("gender", "female")):
        with pytest.raises(PermissionDenied):
            services.change_patient(actor=mine, patient=patient, values={field: value})
    renamed = services.change_patient(
        actor=people.navigator.actor, patient=patient, values={"family_name": "García"}
    )
    assert renamed.family_name == "García"
    assert found(people.nurse, name="marquez") == set()


@pytest.mark.parametrize("role", ["caregiver", "technician", "attendant", "stranger", "auditor", "physician"])
def test_others_change_nothing(people: People, role: str) -> None:
    patient = register(people)
    if role == "caregiver":
        make_caregiver(patient, people.caregiver, may_see_record=True)  # a spouse does not decide
    with pytest.raises(PermissionDenied):
        services.change_patient(actor=getattr(people, role).actor, patient=patient, values={"email": ""})
    with pytest.raises(PermissionDenied):
        services.set_safe_contact(actor=getattr(people, role).actor, patient=patient, values={})


def test_changing_tells_the_audit_what_changed_and_nothing_else(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = register(people)
    written = watch_audit(monkeypatch)
    services.change_patient(
        actor=people.nurse.actor,
        patient=patient,
        values={"email": "new@example.org", "language": "es", "access_needs": ["relay"]},
    )
    assert [(one.action, one.field_names) for one in written] == [
        ("patient.changed", ["access_needs", "email"])
    ]
    assert [need.kind for need in AccessNeed.objects.filter(patient=patient)] == ["relay"]


def test_search_finds_by_any_word_prefix_number_and_telephone(people: People) -> None:
    patient = register(people)
    make_patient(people, "Omar", "Haddad")
    issuer = IdentifierIssuer.objects.create(organization_id=people.organization.id, name="Record number")
    services.add_identifier(actor=people.nurse.actor, patient=patient, issuer=issuer, value="mrn-00 17")
    nurse = people.nurse
    for criteria in (
        {"name": "garcia mar"},
        {"name": "MARQ"},
        {"name": "José", "birth_date": date(1990, 2, 28)},
        {"identifier": "MRN0017"},
        {"telephone": "+15125550134"},
    ):
        assert found(nurse, **criteria) == {"María José"}, criteria
    for criteria in (
        {"name": "garcia haddad"},
        {"name": "José", "birth_date": date(1990, 2, 27)},
        {"identifier": "MRN0018"},
        {"telephone": "+15125550135"},
        {"name": "%"},
        {"name": "'; --"},
        {},
    ):
        assert found(nurse, **criteria) == set(), criteria


def test_who_does_not_see_everybody_has_to_know_whom_they_look_for(people: People) -> None:
    register(people)
    assert found(people.physician, name="garcia") == set()
    assert found(people.physician, birth_date=date(1990, 2, 28)) == set()
    assert found(people.physician, name="garcia", birth_date=date(1990, 2, 28)) == {"María José"}
    for role in ("patient", "caregiver", "attendant", "technician", "auditor", "stranger"):
        assert found(getattr(people, role), name="garcia", birth_date=date(1990, 2, 28)) == set()


def test_a_number_belongs_to_one_record(people: People) -> None:
    first, second = register(people), make_patient(people, "Omar", "Haddad")
    issuer = IdentifierIssuer.objects.create(organization_id=people.organization.id, name="Record number")
    nurse = people.nurse.actor
    identifier = services.add_identifier(actor=nurse, patient=first, issuer=issuer, value="A-1")
    for value in ("a1", "---", "", "9" * 65):
        with pytest.raises(ValidationError):
            services.add_identifier(actor=nurse, patient=second, issuer=issuer, value=value)
    services.remove_identifier(actor=nurse, patient=first, identifier=identifier)
    services.add_identifier(actor=nurse, patient=second, issuer=issuer, value="a1")


def test_registering_oneself_makes_a_record_once_and_tells_nothing_of_others(people: People) -> None:
    known = register(people)
    mine = services.register_self(actor=people.patient.actor, values=VALUES)
    assert mine.pk != known.pk
    assert services.register_self(actor=people.patient.actor, values=VALUES) == mine
    assert PatientAccount.objects.get().patient == mine
    candidate = DuplicateCandidate.objects.get()
    assert {candidate.first_id, candidate.second_id} == {known.pk, mine.pk}
    assert candidate.status == DuplicateCandidate.Status.OPEN
    with pytest.raises(PermissionDenied):
        services.register_self(actor=people.nurse.actor, values=VALUES)


def test_safe_contact_needs_both_hours(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = register(people)
    written = watch_audit(monkeypatch)
    nurse = people.nurse.actor
    contact = services.set_safe_contact(
        actor=nurse,
        patient=patient,
        values={
            "is_sms_allowed": False,
            "allowed_from": time(9),
            "allowed_until": time(17),
            "safe_word": "maple",
        },
    )
    assert contact.safe_word == "maple"
    with pytest.raises(ValidationError):
        services.set_safe_contact(actor=nurse, patient=patient, values={"allowed_from": None})
    assert "maple" not in str([vars(entry) for entry in written])


def test_a_clinic_may_keep_registration_to_itself(people: People) -> None:
    services.save_policy(actor=people.administrator.actor, values={"is_self_registration_open": False})
    with pytest.raises(ValidationError):
        services.register_self(actor=people.patient.actor, values=VALUES)
    assert not Patient.objects.exists()
