"""A first organization: made by one command, handed over by one link."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from hearthline.directory.models import ConsentText, OrganizationPolicy
from hearthline.directory.services.organizations import first_texts
from hearthline.identity.models import Invitation
from hearthline.identity.roles import Role
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization
from tests.people import People

ANSWERS = {
    "name": "Harbor Clinic",
    "slug": "harbor",
    "zone": "America/New_York",
    "jurisdiction": "US-NY",
    "language": "es",
    "telephone": "+1 212 555 0100",
    "emergency_number": "911",
    "administrator_name": "Noor Haddad",
    "administrator_email": "noor@harbor.example",
}


def test_the_command_makes_an_organization_and_prints_the_link(people: People) -> None:
    said = StringIO()
    call_command("create_organization", **ANSWERS, stdout=said)
    organization = Organization.objects.get(slug="harbor")
    assert "/invitation/#" in said.getvalue()
    with acting_in(organization.id):
        invitation = Invitation.objects.get()
        assert (invitation.email, invitation.roles) == ("noor@harbor.example", [Role.ADMINISTRATOR.value])
        assert OrganizationPolicy.objects.count() == 1
        assert not ConsentText.objects.filter(is_reviewed=True).exists()
        assert ConsentText.objects.count() == len(list(first_texts()))
    assert not Invitation.objects.exists()  # the first organization sees nothing of it


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "riverbend"},
        {"slug": "a b"},
        {"zone": "Mars"},
        {"jurisdiction": "XX"},
        {"language": "tlh"},
        {"administrator_email": "nobody"},
        {"name": "x" * 201},
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_made(people: People, wrong: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        call_command("create_organization", **{**ANSWERS, **wrong})
    assert Organization.objects.count() == 2


def test_each_first_text_is_there_in_every_language() -> None:
    kinds = {kind for kind, _language, _title, _body in first_texts()}
    assert {(kind, language) for kind, language, _title, _body in first_texts()} == {
        (kind, language) for kind in kinds for language in ("en", "es", "ar")
    }
    assert all(title and body for _kind, _language, title, body in first_texts())
