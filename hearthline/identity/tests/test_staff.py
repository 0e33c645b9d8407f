from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from hearthline.foundation import clock
from hearthline.identity import staff
from hearthline.identity.models import Invitation, Membership
from hearthline.identity.roles import Role
from hearthline.identity.sessions import METHODS_KEY
from hearthline.identity.tests.conftest import Trail
from hearthline.identity.tests.door import is_inside, with_authenticator
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Site
from tests.database import run_in_threads
from tests.people import People, make_person


def stored(people: People, who: str) -> Membership:
    with acting_in(people.organization.id):
        return Membership.objects.get(pk=getattr(people, who).membership.pk)


def url(people: People, who: str, what: str) -> str:
    return f"/administration/staff/{getattr(people, who).membership.id}/{what}/"


def test_an_administrator_sees_the_staff_and_no_patients(people: People) -> None:
    page = people.administrator.client.get("/administration/staff/").content.decode()
    assert "Ines Okafor" in page
    assert "Rosa Delgado" not in page
    assert "Quentin Marsh" not in page


def test_inviting_through_the_page(people: People) -> None:
    client = people.administrator.client
    wanted = {"name": "Ola Nord", "email": "ola@riverbend.example", "language": "es", "roles": ["nurse"]}
    assert client.post("/administration/staff/invite/", {**wanted, "roles": ["patient"]}).status_code == 422
    assert client.post("/administration/staff/invite/", {**wanted, "email": "no"}).status_code == 422
    assert client.post("/administration/staff/invite/", wanted).status_code == 303
    again = client.post("/administration/staff/invite/", wanted)
    assert again.status_code == 422
    assert "invited already" in again.content.decode()
    assert "Ola Nord" in client.get("/administration/staff/").content.decode()


def test_roles_are_changed_at_once(people: People, trail: Trail) -> None:
    nurse = people.nurse.client
    assert nurse.get("/administration/staff/").status_code == 403
    answer = people.administrator.client.post(
        url(people, "nurse", "roles"), {"roles": ["nurse", "administrator"]}
    )
    assert answer.status_code == 303
    assert nurse.get("/administration/staff/").status_code == 200
    assert trail.count_of("membership.roles_changed") == 1


def test_a_closed_access_is_closed_at_once(people: People, trail: Trail) -> None:
    nurse = people.nurse.client
    assert is_inside(nurse)
    where = url(people, "nurse", "deactivate")
    assert people.administrator.client.post(where, {"reason": ""}).status_code == 422
    assert people.administrator.client.post(where, {"reason": "left on Friday"}).status_code == 303
    assert not is_inside(nurse)
    assert trail.count_of("membership.deactivated") == 1
    assert people.administrator.client.get(where).status_code == 404
    assert people.nurse.user.active_memberships() == []
    assert people.administrator.client.post(url(people, "nurse", "reactivate")).status_code == 303
    assert stored(people, "nurse").is_active


def test_the_last_administrator_cannot_go(people: People) -> None:
    client = people.administrator.client
    own = client.post(url(people, "administrator", "deactivate"), {"reason": "tired"})
    assert own.status_code == 422
    answer = client.post(url(people, "administrator", "roles"), {"roles": ["nurse"]})
    assert answer.status_code == 422
    assert "last administrator" in answer.content.decode()
    assert stored(people, "administrator").roles == ["administrator"]


def test_two_administrators_do_not_remove_each_other(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        second = make_person(people.organization, "Hugo Lind", Role.ADMINISTRATOR)
    pairs = [(people.administrator, second), (second, people.administrator)]

    def remove(number: int) -> Any:
        actor, target = pairs[number % 2]
        with acting_in(people.organization.id):
            return staff.deactivate(actor=actor.actor, membership_id=target.membership.id, reason="race")

    results = run_in_threads(16, remove)
    with acting_in(people.organization.id):
        left = Membership.objects.filter(roles__contains=["administrator"], is_active=True).count()
    assert left == 1
    assert any(isinstance(one, ValidationError) for one in results)


@pytest.mark.parametrize("what", ["roles", "deactivate", "reactivate"])
def test_members_of_another_organization_do_not_exist(people: People, what: str) -> None:
    client = people.administrator.client
    values = {"roles": ["nurse"], "reason": "x"}
    assert client.post(url(people, "stranger", what), values).status_code == 404
    assert client.post(url(people, "patient", what), values).status_code == 404
    with acting_in(people.other_organization.id):
        assert Membership.objects.get(pk=people.stranger.membership.pk).is_active


@pytest.mark.parametrize("what", ["roles", "deactivate", "reactivate"])
def test_an_old_proof_is_asked_for_again(people: People, what: str) -> None:
    with_authenticator(people.administrator.user)
    client = people.administrator.client
    session = client.session
    old = clock.now().timestamp() - 301
    session[METHODS_KEY] = [
        {"method": "mfa", "at": old},
        {"method": "password", "at": clock.now().timestamp()},
    ]
    session.save()
    answer = client.post(url(people, "nurse", what), {"roles": ["physician"], "reason": "x"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/confirm/?next=")
    assert client.get(answer.headers["location"]).headers["location"].startswith("/confirm/code/?next=")
    assert stored(people, "nurse").roles == ["nurse"]
    assert stored(people, "nurse").is_active


@pytest.mark.parametrize("who", ["nurse", "physician", "technician", "auditor", "patient"])
def test_only_administrators_manage_staff(people: People, who: str) -> None:
    client: Client = getattr(people, who).client
    assert client.post(url(people, "navigator", "deactivate"), {"reason": "x"}).status_code == 403
    wanted = {"name": "A", "email": "a@b.example", "language": "en", "roles": ["nurse"]}
    assert client.post("/administration/staff/invite/", wanted).status_code == 403
    with acting_in(people.organization.id):
        assert not Invitation.objects.exists()


def test_an_attendant_is_invited_to_a_site_of_the_organization(people: People) -> None:
    client = people.administrator.client
    wanted = {"name": "Ola", "email": "ola@riverbend.example", "language": "en", "roles": ["hub_attendant"]}
    with acting_in(people.other_organization.id):
        foreign = Site.objects.create(
            organization_id=people.other_organization.id, name="Far", zone="UTC", jurisdiction="US-NY"
        )
    without = client.post("/administration/staff/invite/", wanted)
    assert without.status_code == 422
    assert "Choose the site" in without.content.decode()
    assert client.post("/administration/staff/invite/", {**wanted, "site": foreign.id}).status_code == 422
    assert client.post("/administration/staff/invite/", {**wanted, "site": people.site.id}).status_code == 303
    with acting_in(people.organization.id):
        assert Invitation.objects.get().site_id == people.site.id


def test_a_site_goes_with_the_attendants_role(people: People) -> None:
    client = people.administrator.client
    where = url(people, "nurse", "roles")
    assert client.post(where, {"roles": ["nurse", "hub_attendant"]}).status_code == 422
    assert (
        client.post(where, {"roles": ["nurse", "hub_attendant"], "site": people.site.id}).status_code == 303
    )
    assert stored(people, "nurse").site_id == people.site.id
    assert "Main Street" in client.get("/administration/staff/").content.decode()
    assert client.post(where, {"roles": ["nurse"], "site": people.site.id}).status_code == 303
    assert stored(people, "nurse").site_id is None


def test_a_closed_attendant_without_a_site_is_given_one_before_coming_back(people: People) -> None:
    client = people.administrator.client
    with acting_in(people.organization.id):
        Membership.objects.filter(pk=people.attendant.membership.pk).update(is_active=False, site=None)
    answer = client.post(url(people, "attendant", "reactivate"))
    assert answer.headers["location"] == url(people, "attendant", "roles")
    assert not stored(people, "attendant").is_active
    client.post(url(people, "attendant", "roles"), {"roles": ["hub_attendant"], "site": people.site.id})
    assert client.post(url(people, "attendant", "reactivate")).status_code == 303
    assert stored(people, "attendant").is_active
