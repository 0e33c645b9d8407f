"""The hub attendant's page: today at their own site, first names and times, and the room."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from hearthline.directory.models import Patient
from hearthline.identity.models import Membership
from hearthline.identity.roles import Role
from hearthline.scheduling.models import Appointment, RoomTurn
from hearthline.tenancy.models import Site
from hearthline.web import hub
from hearthline.web.tests.test_homes import book
from tests.people import People, Person, make_person


@pytest.fixture
def rosa(people: People) -> Patient:
    return Patient.objects.create(
        organization_id=people.organization.id,
        given_names="Rosa Maria",
        family_name="Delgado",
        birth_date=date(1958, 3, 4),
        zone="America/Denver",
    )


@pytest.fixture
def library(people: People) -> Site:
    return Site.objects.create(
        organization_id=people.organization.id,
        name="Library",
        zone="America/Chicago",
        jurisdiction="US-TX",
        is_hub=True,
    )


@pytest.fixture
def librarian(people: People, library: Site) -> Person:
    return make_person(people.organization, "Lou Field", Role.HUB_ATTENDANT, site=library)


def page_of(person: Person) -> str:
    return str(person.client.get(reverse("web:hub")).content.decode())


def step(person: Person, appointment: Appointment, name: str) -> Any:
    return person.client.post(reverse("web:hub_step", args=[appointment.id, name]))


def test_an_attendant_sees_first_names_and_times_of_their_own_site_only(
    people: People, rosa: Patient, librarian: Person
) -> None:
    book(people, rosa, 0, location_place="hub")
    shown = page_of(people.attendant)
    assert "Rosa" in shown
    assert "Main Street" in shown
    for hidden in ("Delgado", "Maria", "Check-up", "1958", "Lindqvist"):
        assert hidden not in shown
    assert "Rosa" not in page_of(librarian)
    assert "Nobody is booked" in page_of(librarian)


def test_visits_from_home_are_not_shown(people: People, rosa: Patient) -> None:
    book(people, rosa, 0, location_place="home")
    assert "Rosa" not in page_of(people.attendant)


def test_a_person_known_by_family_name_alone_is_an_initial(people: People) -> None:
    assert hub.first_name_of(Patient(family_name="Delgado")) == "D."
    assert hub.first_name_of(Patient(family_name="Delgado", preferred_name="Rosie Delgado")) == "Rosie"


def test_the_room_is_started_then_cleaned_once_each(people: People, rosa: Patient, librarian: Person) -> None:
    visit = book(people, rosa, 0, location_place="hub")
    assert "I started the room" in page_of(people.attendant)
    for stranger in (librarian, people.nurse, people.administrator, people.patient):
        assert step(stranger, visit, "start").status_code in (403, 404)
    assert step(people.attendant, visit, "clean").status_code == 302
    assert "Start the room for this visit first." in page_of(people.attendant)
    assert step(people.attendant, visit, "paint").status_code == 404
    assert step(people.attendant, visit, "start").status_code == 302
    first = RoomTurn.objects.get()
    assert step(people.attendant, visit, "start").status_code == 302
    assert RoomTurn.objects.get().started_at == first.started_at
    assert "I cleaned the room" in page_of(people.attendant)
    assert step(people.attendant, visit, "clean").status_code == 302
    assert "Room is clean" in page_of(people.attendant)
    assert RoomTurn.objects.get().cleaned_by_id == people.attendant.user.id


def test_a_visit_of_another_day_is_not_there(people: People, rosa: Patient) -> None:
    visit = book(people, rosa, 60 * 24 + 120, location_place="hub")
    assert "Rosa" not in page_of(people.attendant)
    assert step(people.attendant, visit, "start").status_code == 404


def test_another_site_counts_at_once_and_a_closed_site_shows_nothing(
    people: People, rosa: Patient, library: Site
) -> None:
    visit = book(people, rosa, 0, location_place="hub")
    assert "Rosa" in page_of(people.attendant)
    where = reverse("identity:staff_roles", args=[people.attendant.membership.id])
    answer = people.administrator.client.post(where, {"roles": ["hub_attendant"], "site": str(library.id)})
    assert answer.status_code == 303
    assert "Rosa" not in page_of(people.attendant)
    Site.objects.filter(pk=library.pk).update(is_active=False)
    assert "You have no site yet" in page_of(people.attendant)
    assert step(people.attendant, visit, "start").status_code == 404


@pytest.mark.parametrize(
    ("roles", "has_site"),
    [(["hub_attendant"], False), (["nurse"], True), (["nurse", "hub_attendant"], False)],
)
def test_the_database_keeps_a_site_with_attendants_and_nobody_else(
    people: People, roles: list[str], has_site: bool
) -> None:
    rows = Membership.objects.filter(pk=people.nurse.membership.pk)
    with pytest.raises(IntegrityError, match="site"), transaction.atomic():
        rows.update(roles=roles, site=people.site if has_site else None)


def test_the_database_keeps_sites_inside_the_organization(people: People) -> None:
    foreign = Membership.objects.filter(pk=people.attendant.membership.pk)
    with pytest.raises(IntegrityError, match="same_organization"), transaction.atomic():
        foreign.update(site_id="019f0000-0000-7000-8000-000000000001")
