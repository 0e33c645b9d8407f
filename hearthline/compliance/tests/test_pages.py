from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

from hearthline.audit.services import record, record_denial
from hearthline.compliance import services
from hearthline.compliance.models import BreakGlass
from hearthline.directory import names
from hearthline.directory.models import Caregiver, Patient, PatientAccount, PatientNameToken
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.tenancy.context import acting_in
from tests.database import owner_connection
from tests.people import People, sign_in

REPORT = "/care/access/"
AUDIT = "/administration/audit/"
REVIEWS = "/administration/emergency-access/"


def make_patient(people: People, given: str = "Rosa", family: str = "Delgado") -> Patient:
    organization_id = people.organization.id
    patient = Patient.objects.create(
        organization_id=organization_id,
        given_names=given,
        family_name=family,
        birth_date=date(1950, 3, 1),
        zone="America/Chicago",
    )
    for token in names.tokens(given, family):
        PatientNameToken.objects.create(organization_id=organization_id, patient=patient, token=token)
    return patient


@pytest.fixture
def rosa(people: People) -> Patient:
    patient = make_patient(people)
    PatientAccount.objects.create(
        organization_id=people.organization.id, patient=patient, user=people.patient.user
    )
    return patient


def emergency(actor: Actor, patient: Patient) -> BreakGlass:
    return services.open_break_glass(
        actor, patient_id=patient.pk, cause="emergency", reason="CANARY unconscious"
    )


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content[:500]
    content: str = response.content.decode()
    return content


def last_readings(people: People, count: int) -> list[tuple[str, str]]:
    """The last rows about reading the audit, as the owner sees them within this transaction's database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id, reason FROM "
            "audit_search('{}', NULL, NULL, '2000-01-01', '2100-01-01', 'audit.read', %s)",
            [count + 1],
        )
        return list(cursor.fetchall())[1:]


def test_a_patient_sees_who_when_and_why_in_plain_words(people: People, rosa: Patient) -> None:
    record(people.physician.actor, "note.read", ("note", 1), patient_id=rosa.pk)
    record(people.physician.actor, "note.signed", ("note", 1), patient_id=rosa.pk)
    record(people.patient.actor, "summary.read", ("summary", 1), patient_id=rosa.pk)
    record(
        Actor.system(people.organization.id, "reminders"), "notification.sent", ("x", 1), patient_id=rosa.pk
    )
    emergency(people.nurse.actor, rosa)
    other = make_patient(people, "Other", "Person")
    record(people.specialist.actor, "note.read", ("note", 2), patient_id=other.pk)
    page = text(people.patient.client.get(REPORT))
    for words in (
        "Dr. Amara Lindqvist",
        "Physician",
        "Looked at your chart",
        "Wrote in your chart",
        "You",
        "Ines Okafor",
        "Emergency access",
        "The patient needs help now",
    ):
        assert words in page
    for words in ("note.read", "Varga", "CANARY", "reminders"):
        assert words not in page


def test_the_report_is_paged_newest_first(people: People, rosa: Patient) -> None:
    start = (clock.now() - timedelta(days=1)).replace(
        hour=18
    )  # midday at the clinic: no two fall on one local day when clocks go back
    for days in range(60):
        with clock.frozen(start - timedelta(days=days)):
            record(people.physician.actor, "note.read", ("note", 1), patient_id=rosa.pk)
    first = text(people.patient.client.get(REPORT))
    third = text(people.patient.client.get(REPORT + "?page=3"))
    assert first.count("Amara") == 25
    assert third.count("Amara") == 10


@pytest.mark.parametrize("may_see", [True, False])
def test_a_caregiver_sees_it_only_with_the_scope(people: People, rosa: Patient, may_see: bool) -> None:
    record(people.physician.actor, "note.read", ("note", 1), patient_id=rosa.pk)
    Caregiver.objects.create(
        organization_id=people.organization.id,
        user=people.caregiver.user,
        patient=rosa,
        name="Mateo Delgado",
        relationship=Caregiver.Relationship.CHILD,
        source=Caregiver.Source.PATIENT,
        may_see_record=may_see,
        starts_on=date(2020, 1, 1),
    )
    response = people.caregiver.client.get(REPORT)
    assert response.status_code == (200 if may_see else 404)
    assert (b"Amara" in response.content) is may_see


def test_nobody_else_gets_a_report(people: People, rosa: Patient) -> None:
    record(people.physician.actor, "note.read", ("note", 1), patient_id=rosa.pk)
    for role in ("physician", "administrator", "auditor", "stranger", "technician"):
        assert getattr(people, role).client.get(REPORT).status_code in {403, 404}
    assert Client().get(REPORT).status_code == 302
    stranger = people.caregiver.client.get(f"{REPORT}?patient={rosa.pk}")
    assert stranger.status_code == 404


def test_reading_the_report_is_recorded(people: People, rosa: Patient) -> None:
    people.patient.client.get(REPORT)
    assert last_readings(people, 1) == [("access report", "")]


@pytest.mark.parametrize("language", ["es", "ar"])
def test_the_report_speaks_the_patients_language(people: People, rosa: Patient, language: str) -> None:
    record(people.physician.actor, "note.read", ("note", 1), patient_id=rosa.pk)
    people.patient.user.language = language
    people.patient.user.save()
    page = text(people.patient.client.get(REPORT))
    assert "Looked at your chart" not in page
    assert {"es": "Miró su historia clínica", "ar": "اطّلع على سجلك الطبي"}[language] in page


def test_opening_needs_a_fresh_second_factor_a_cause_and_words(people: People, rosa: Patient) -> None:
    address = f"/patients/{rosa.pk}/emergency-access/"
    stale = sign_in(people.physician.user, people.organization.id, is_mfa=False)
    assert stale.get(address).status_code in {302, 303}
    client = people.physician.client
    assert "Rosa Delgado" in text(client.get(address))
    assert "Please look at this again" in text(client.post(address, {"cause": "curious"}), 422)
    assert not BreakGlass.objects.exists()
    response = client.post(address, {"cause": "emergency", "reason": "Unconscious"})
    assert (response.status_code, response["Location"]) == (303, f"/patients/{rosa.pk}/")
    opening = BreakGlass.objects.get()
    assert client.post(f"/emergency-access/{opening.pk}/end/").status_code == 303
    opening.refresh_from_db()
    assert opening.ended_at is not None


def test_opening_is_not_for_others_nor_for_strangers_patients(people: People, rosa: Patient) -> None:
    address = f"/patients/{rosa.pk}/emergency-access/"
    for role in ("patient", "attendant", "administrator", "auditor", "technician"):
        assert getattr(people, role).client.get(address).status_code == 403
    assert people.stranger.client.get(address).status_code == 404
    assert people.stranger.client.post(address, {"cause": "emergency", "reason": "x"}).status_code == 404
    assert not BreakGlass.objects.exists()


def test_the_review_queue_is_closed_by_another(people: People, rosa: Patient) -> None:
    opening = emergency(people.physician.actor, rosa)
    record(people.physician.actor, "note.read", ("note", 1), patient_id=rosa.pk)
    auditor = people.auditor.client
    assert "Rosa Delgado" in text(auditor.get(REVIEWS))
    page = text(auditor.get(f"{REVIEWS}{opening.pk}/"))
    assert "CANARY unconscious" in page
    assert "note.read" in page
    text(auditor.post(f"{REVIEWS}{opening.pk}/", {"outcome": "not_justified"}), 422)
    assert auditor.post(f"{REVIEWS}{opening.pk}/", {"outcome": "justified"}).status_code == 303
    assert "Nothing waits for a review" in text(auditor.get(REVIEWS))
    assert "Rosa Delgado" in text(auditor.get(REVIEWS + "?show=reviewed"))
    text(auditor.post(f"{REVIEWS}{opening.pk}/", {"outcome": "justified"}), 422)


def test_the_opener_is_refused_the_review_even_as_administrator(people: People, rosa: Patient) -> None:
    people.physician.membership.roles = ["physician", "administrator"]
    people.physician.membership.save()
    opening = emergency(people.physician.actor, rosa)
    assert "somebody else reviews it" in text(people.physician.client.get(f"{REVIEWS}{opening.pk}/"))
    response = people.physician.client.post(f"{REVIEWS}{opening.pk}/", {"outcome": "justified"})
    assert response.status_code == 403
    assert people.nurse.client.get(REVIEWS).status_code == 403


def dates(**changes: Any) -> dict[str, Any]:
    today = clock.now().date()
    return {"since": today - timedelta(days=2), "until": today + timedelta(days=1), **changes}


def test_the_audit_is_searched_by_patient_person_and_date(people: People, rosa: Patient) -> None:
    record(people.physician.actor, "note.read", ("note", 1), patient_id=rosa.pk)
    record(people.nurse.actor, "vitalsign.added", ("vitalsign", 1), patient_id=rosa.pk)
    other = make_patient(people, "Omar", "Haddad")
    record(people.nurse.actor, "summary.read", ("summary", 1), patient_id=other.pk)
    client = people.auditor.client
    assert "note.read" not in text(client.get(AUDIT))
    by_name = text(client.post(AUDIT, dates(patient="rosa delgado")))
    assert "note.read" in by_name
    assert "summary.read" not in by_name
    by_person = text(client.post(AUDIT, dates(user=people.nurse.user.pk)))
    assert "vitalsign.added" in by_person
    assert "summary.read" in by_person
    assert "note.read" not in by_person
    long_ago = {"since": "2020-01-01", "until": "2020-02-01"}
    assert "Nothing was found" in text(client.post(AUDIT, long_ago))
    searches = last_readings(people, 3)
    assert {what for what, _ in searches} == {"search"}
    assert all("rosa" not in reason for _, reason in searches)


def test_namesakes_are_chosen_from(people: People, rosa: Patient) -> None:
    twin = make_patient(people)
    page = text(people.auditor.client.post(AUDIT, dates(patient="Rosa Delgado")), 422)
    assert "Several patients fit" in page
    assert str(twin.pk) in page
    record(people.physician.actor, "note.read", ("note", 1), patient_id=rosa.pk)
    record(people.nurse.actor, "summary.read", ("note", 1), patient_id=twin.pk)
    page = text(people.auditor.client.post(AUDIT, dates(patient="Rosa", patient_id=rosa.pk)))
    assert "note.read" in page
    assert "summary.read" not in page


@pytest.mark.parametrize(
    "changes",
    [
        {"patient": "Nobody Known"},
        {"patient": "x" * 200},
        {"patient_id": "not-an-id"},
        {"user": "not-an-id"},
        {"since": "2026-13-45"},
        {"since": "2026-05-02", "until": "2026-05-01"},
        {"since": "2001-01-01"},
        {"until": ""},
    ],
)
def test_a_search_that_makes_no_sense_is_explained(people: People, changes: dict[str, str]) -> None:
    assert "error-summary" in text(people.auditor.client.post(AUDIT, dates(**changes)), 422)


def test_only_auditors_and_administrators_search(people: People) -> None:
    for role in (
        "patient",
        "caregiver",
        "nurse",
        "physician",
        "specialist",
        "navigator",
        "attendant",
        "technician",
    ):
        client = getattr(people, role).client
        assert client.get(AUDIT).status_code == 403
        assert client.post(AUDIT + "export/", dates()).status_code == 403
    assert people.administrator.client.get(AUDIT).status_code == 200


def test_another_organizations_rows_are_never_found(people: People, rosa: Patient) -> None:
    with acting_in(people.other_organization.id):
        record(people.stranger.actor, "note.read", ("note", 9), patient_id=rosa.pk)
    assert "Quentin Marsh" not in text(people.auditor.client.post(AUDIT, dates()))
    assert "Quentin Marsh" not in text(people.patient.client.get(REPORT))


def test_the_export_is_a_file_without_formulas_and_is_recorded(people: People, rosa: Patient) -> None:
    hostile = people.physician.actor
    record(hostile, "note.read", ("note", 1), patient_id=rosa.pk, reason='=HYPERLINK("http://x")')
    response = people.auditor.client.post(AUDIT + "export/", dates())
    assert response["Content-Type"].startswith("text/csv")
    assert response["Content-Disposition"].startswith("attachment")
    assert "'=HYPERLINK" in text(response)
    assert last_readings(people, 1)[0][0] == "export"
    stale = sign_in(people.auditor.user, people.organization.id, is_mfa=False)
    assert stale.post(AUDIT + "export/", dates()).status_code in {302, 303}
    assert people.auditor.client.post(AUDIT + "export/", {}).status_code == 422


def test_denials_are_recorded_apart_and_found(committed: None, people: People) -> None:
    record_denial(people.physician.actor, "route.refused", ("route", "ops:home"))
    assert "Refused" in text(people.auditor.client.post(AUDIT, dates()))


def test_if_the_audit_cannot_be_written_the_read_fails(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        rosa = make_patient(people)
        PatientAccount.objects.create(
            organization_id=people.organization.id, patient=rosa, user=people.patient.user
        )
        record(people.physician.actor, "note.read", ("note", 1), patient_id=rosa.pk)
    client = people.patient.client
    client.raise_request_exception = False
    assert b"Amara" in client.get(REPORT).content
    connection.close()
    with owner_connection(connection.settings_dict["NAME"]) as owner:
        _break_the_audit(owner)
        try:
            response = client.get(REPORT)
        finally:
            connection.close()
            owner.execute("ALTER TABLE audit_auditentry DROP CONSTRAINT broken")
    assert response.status_code == 500
    assert b"Amara" not in response.content


def _break_the_audit(owner: psycopg.Connection[Any]) -> None:
    owner.execute("ALTER TABLE audit_auditentry ADD CONSTRAINT broken CHECK (false) NOT VALID")
