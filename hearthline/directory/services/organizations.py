"""Making an organization: what it needs so that its administrator can take over on pages."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory import places
from hearthline.directory.models import ConsentText, IdentifierIssuer, OrganizationPolicy
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.identity.models import Invitation
from hearthline.identity.roles import Role
from hearthline.identity.services import fresh_link, invite_staff
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

TEXTS = Path(__file__).parents[1] / "data" / "consent_texts"


def first_texts() -> Iterator[tuple[str, str, str, str]]:
    """Yield kind, language, title and body of the consent texts that an organization begins with."""
    for path in sorted(TEXTS.glob("*.txt")):
        kind, language = path.stem.split(".")
        title, _blank, body = path.read_text(encoding="utf-8").partition("\n\n")
        yield kind, language, title.strip(), body.strip()


def create_organization(
    *, values: Mapping[str, Any], administrator_name: str, administrator_email: str
) -> tuple[Organization, str]:
    """Make an organization and invite its administrator; return it and the invitation's link.

    The consent texts it begins with are not reviewed: people are asked to agree to them only after a qualified
    person has read them.

    Raises:
        ValidationError: a value cannot be, in words, by field.
    """
    organization = Organization(id=new_id(), **values)
    if not places.is_jurisdiction(organization.jurisdiction):
        raise ValidationError(
            {"jurisdiction": _("Write an ISO 3166 code from the list, for example US-TX or ES.")}
        )
    organization.full_clean()
    actor = Actor.system(organization.id, "set-up")
    with acting_in(organization.id):
        organization.save(force_insert=True)
        record(actor, "organization.created", organization)
        OrganizationPolicy.objects.create(organization=organization)
        IdentifierIssuer.objects.create(organization=organization, name=_("Record number"))
        ConsentText.objects.bulk_create(
            ConsentText(
                organization=organization,
                kind=kind,
                language=language,
                version=1,
                title=title,
                body=body,
                published_at=clock.now(),
            )
            for kind, language, title, body in first_texts()
        )
        invitation: Invitation = invite_staff(
            actor=actor,
            email=administrator_email,
            name=administrator_name,
            roles=frozenset({Role.ADMINISTRATOR}),
            language=organization.default_language,
            is_sent=False,
        )
        return organization, fresh_link(actor=actor, invitation=invitation)
