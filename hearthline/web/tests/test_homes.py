"""Where each person's day begins, and what it shows them and nobody else."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from hearthline.directory.models import Patient, PatientAccount, Practitioner
from hearthline.foundation import clock
from hearthline.monitoring.home.tests.stage import make_home
from hearthline.scheduling.models import Appointment, Service
from hearthline.scheduling.rules.requirements import Kind
from hearthline.scheduling.services.requirements import interpreter_wish, note_requirements
from hearthline.visits.models import Visit
from hearthline.visits.services.lifecycle import visit_for_appointment
from tests.people import People


@pytest.fixture
def rosa(people: People) -> Patient:
    patient = Patient.objects.create(
        organization_id=people.organization.id,
        given_names="Rosa",
        family_name="Delgado",
        birth_date=date(1958, 3, 4),
        zone="America/Denver",
    )
    PatientAccount.objects.create(
        organization_id=people.organization.id, patient=patient, user=people.patient.user
    )
    return patient


def book(people: People, patient: Patient, minutes: int, **values: object) -> Appointment:
    practitioner, _ = Practitioner.objects.get_or_create(
        organization_id=people.organization.id,
        membership=people.physician.membership,
        defaults={"family_name": "Lindqvist"},
    )
    service = Service.objects.create(
        organization_id=people.organization.id, names={"en": "Check-up"}, duration_minutes=20, modes=["video"]
    )
    starts_at = clock.now() + timedelta(minutes=minutes)
    ends_at = starts_at + timedelta(minutes=20)
    appointment = Appointment.objects.create(
        organization_id=people.organization.id,
        patient=patient,
        practitioner=practitioner,
        service=service,
        site=people.site,
        starts_at=starts_at,
        ends_at=ends_at,
        period=(starts_at, ends_at),
        mode="video",
        status="booked",
        practitioner_zone="America/Chicago",
        idempotency_key=f"{patient.id} {minutes}",
        **values,
    )
    visit_for_appointment(appointment)
    return appointment


@pytest.mark.parametrize(
    ("role", "home"),
    [
        ("patient", "web:care"),
        ("caregiver", "web:care"),
        ("physician", "web:today"),
        ("nurse", "web:today"),
        ("navigator", "web:today"),
        ("attendant", "web:hub"),
        ("administrator", "directory:administration"),
        ("auditor", "compliance:audit"),
        ("technician", "web:operations"),
    ],
)
def test_everybody_lands_where_their_day_begins(people: People, rosa: Patient, role: str, home: str) -> None:
    client = getattr(people, role).client
    answer = client.get("/")
    assert answer["Location"] == reverse(home)
    assert client.get(answer["Location"]).status_code == 200


def test_a_stranger_to_the_site_reads_the_start_page(people: People) -> None:
    assert "Sign in" in Client().get("/").content.decode()
    clinic = Client().get(reverse("web:clinic", args=["riverbend"])).content.decode()
    assert "Riverbend Clinic" in clinic
    assert "911" in clinic
    assert Client().get(reverse("web:clinic", args=["nowhere"])).status_code == 404


def test_a_visit_about_to_start_is_joined_from_home(people: People, rosa: Patient) -> None:
    book(people, rosa, 10)
    visit = Visit.objects.get()
    page = people.patient.client.get(reverse("web:care")).content.decode()
    assert reverse("visits:enter", args=[visit.id]) in page
    assert "Join" in page


def test_a_later_visit_is_prepared_and_its_time_names_the_patients_zone(
    people: People, rosa: Patient
) -> None:
    book(people, rosa, 3 * 24 * 60)
    page = people.patient.client.get(reverse("web:care")).content.decode()
    assert reverse("visits:prepare", args=[Visit.objects.get().id]) in page
    assert "Denver" in page


def test_without_a_visit_there_is_nothing_to_do(people: People, rosa: Patient) -> None:
    assert "Nothing to do today" in people.patient.client.get(reverse("web:care")).content.decode()


def test_a_caregiver_without_scope_learns_nothing(people: People, rosa: Patient) -> None:
    assert people.caregiver.client.get(reverse("web:care_for", args=[rosa.id])).status_code == 404
    assert "Rosa" not in people.caregiver.client.get(reverse("web:care")).content.decode()


def test_the_day_shows_own_appointments_or_the_whole_clinic(people: People, rosa: Patient) -> None:
    book(people, rosa, 5)
    today = reverse("web:today")
    assert "Rosa Delgado" in people.physician.client.get(today).content.decode()
    assert "Rosa Delgado" in people.navigator.client.get(today).content.decode()
    for role in ("specialist", "stranger"):
        assert "Rosa" not in getattr(people, role).client.get(today + "?who=all").content.decode(), role


def test_what_is_missing_is_said(people: People, rosa: Patient) -> None:
    note_requirements(book(people, rosa, 5), {Kind.INTERPRETER: interpreter_wish("es")})
    page = people.physician.client.get(reverse("web:today")).content.decode()
    assert "No interpreter yet: Spanish" in page
    assert "Missing: Consent, Place and licence, Address for an emergency" in page


def test_pages_speak_the_accounts_language_until_another_is_chosen(people: People, rosa: Patient) -> None:
    people.patient.user.language = "es"
    people.patient.user.save(update_fields=["language"])
    client = people.patient.client
    assert '<html lang="es"' in client.get(reverse("web:care")).content.decode()
    client.cookies["django_language"] = "en"
    assert '<html lang="en"' in client.get(reverse("web:care")).content.decode()


def test_a_language_chosen_while_signed_in_is_kept_on_the_account(people: People) -> None:
    people.patient.client.post("/language/", {"language": "ar", "next": "/"})
    people.patient.user.refresh_from_db()
    assert people.patient.user.language == "ar"
    people.patient.client.post("/language/", {"language": "xx", "next": "/"})
    people.patient.user.refresh_from_db()
    assert people.patient.user.language == "ar"


def test_who_is_asked_to_measure_is_told_first_thing(people: People) -> None:
    home = make_home(people)
    assert "Readings from home" in people.patient.client.get("/care/").content.decode()
    home.ask("weight")
    page = people.patient.client.get("/care/").content.decode()
    assert "Weight: time to measure" in page
    assert home.url() in page
    home.measured("weight", weight=80)
    assert "time to measure" not in people.patient.client.get("/care/").content.decode()
