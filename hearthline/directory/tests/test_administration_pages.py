"""An administrator runs the clinic on pages; nobody else does."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from hearthline.directory.models import Licence, Practitioner
from hearthline.directory.tests.stage import make_practitioner
from hearthline.tenancy.models import Organization, Site
from tests.people import People

PAGES = (
    "administration",
    "organization",
    "policy",
    "sites",
    "add_site",
    "issuers",
    "add_issuer",
    "teams",
    "add_team",
    "practitioners",
    "consent_texts",
    "write_consent_text",
)
SITE: dict[str, Any] = {
    "name": "Annex",
    "jurisdiction": "US-TX",
    "zone": "America/Chicago",
    "emergency_number": "911",
    "is_active": "on",
}


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_for_administrators_only(people: People, page: str) -> None:
    url = reverse(f"directory:{page}")
    assert people.administrator.client.get(url).status_code == 200
    for role in ("nurse", "physician", "navigator", "technician", "attendant", "auditor", "patient"):
        assert getattr(people, role).client.get(url).status_code == 403


def test_the_organization_changes_or_says_why_not(people: People) -> None:
    url = reverse("directory:organization")
    good = {**SITE, "name": "Riverbend Health", "default_language": "es"}
    client = people.administrator.client
    assert client.post(url, good).status_code == 303
    assert Organization.objects.get(pk=people.organization.id).name == "Riverbend Health"
    for wrong in (
        {"name": ""},
        {"name": "x" * 201},
        {"zone": "Nowhere"},
        {"jurisdiction": "US-ZZ"},
        {"default_language": "xx"},
        {"emergency_number": "help!"},
        {"telephone": "\x00"},
    ):
        assert client.post(url, {**good, **wrong}).status_code == 422, wrong


def test_sites_numbers_and_teams(people: People) -> None:
    client = people.administrator.client
    practitioner = make_practitioner(people.physician)
    for add, one, good, wrong in (
        ("add_site", "site", SITE, {**SITE, "name": people.site.name}),
        (
            "add_issuer",
            "issuer",
            {"name": "State", "kind": "NI", "is_active": "on"},
            {"name": "", "kind": "NI"},
        ),
        (
            "add_team",
            "team",
            {"name": "Diabetes", "members": [practitioner.id], "is_active": "on"},
            {"name": "Other", "members": [uuid4()]},
        ),
    ):
        url = reverse(f"directory:{add}")
        assert client.post(url, good).status_code == 303
        assert client.post(url, wrong).status_code == 422
        assert client.post(url, good).status_code == 422  # the name is taken
        assert client.get(reverse(f"directory:{one}", args=[uuid4()])).status_code == 404
    site = Site.objects.get(name="Annex")
    url = reverse("directory:site", args=[site.id])
    assert client.get(url).status_code == 200
    closed = {key: SITE[key] for key in SITE if key != "is_active"}
    assert client.post(url, closed).status_code == 303
    assert not Site.objects.get(pk=site.pk).is_active
    assert "Closed" in client.get(reverse("directory:sites")).content.decode()


def test_policies_are_kept_or_come_back(people: People) -> None:
    client, url = people.administrator.client, reverse("directory:policy")
    assert client.post(url, {"relationship_days": "30"}).status_code == 303
    for days in ("0", "99999", "-1", "many", ""):
        assert client.post(url, {"relationship_days": days}).status_code == 422, days


def test_a_member_becomes_a_practitioner_with_licences(people: People) -> None:
    client = people.administrator.client
    listed = client.get(reverse("directory:practitioners")).content.decode()
    assert "Dr. Amara Lindqvist" in listed
    assert "June Whitfield" not in listed
    add = reverse("directory:add_practitioner", args=[people.physician.membership.id])
    good = {
        "family_name": "Lindqvist",
        "given_names": "Amara",
        "specialty": "family",
        "languages": ["en", "es"],
    }
    assert client.get(add).status_code == 200
    for wrong in ({"family_name": ""}, {"specialty": "magic"}, {"npi": "1234567890"}, {"languages": ["tlh"]}):
        assert client.post(add, {**good, **wrong}).status_code == 422, wrong
    assert client.post(add, {**good, "is_active": "on", "npi": "1234567893"}).status_code == 303
    assert client.get(add).status_code == 404
    practitioner = Practitioner.objects.get()
    page = reverse("directory:practitioner", args=[practitioner.id])
    assert client.get(page).status_code == 200
    assert client.post(page, {**good, "is_active": "on", "credential": "MD"}).status_code == 303
    licence = reverse("directory:add_licence", args=[practitioner.id])
    paper = {
        "jurisdiction": "US-TX",
        "number": "Q1",
        "valid_from": "2020-01-01",
        "valid_until": "2020-12-31",
        "status": "active",
        "source": "register",
    }
    for wrong in (
        {"valid_until": "2019-12-31"},
        {"jurisdiction": "TX"},
        {"number": ""},
        {"status": "?"},
        {"valid_from": "01-01-20"},
    ):
        assert client.post(licence, {**paper, **wrong}).status_code == 422, wrong
    assert client.post(licence, paper).status_code == 303
    assert "Expired" in client.get(page).content.decode()
    assert "Expired" in people.physician.client.get(reverse("directory:own_licences")).content.decode()
    assert people.patient.client.get(reverse("directory:own_licences")).status_code == 403
    row = Licence.objects.get()
    change = reverse("directory:licence", args=[practitioner.id, row.id])
    assert client.get(change).status_code == 200
    assert client.post(change, {**paper, "valid_until": "2030-01-01"}).status_code == 303
    assert Licence.objects.get().valid_until == date(2030, 1, 1)
    other = make_practitioner(people.specialist, "Varga")
    assert client.get(reverse("directory:licence", args=[other.id, row.id])).status_code == 404
