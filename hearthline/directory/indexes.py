"""Blind indexes of sealed values: equality can be asked, the value cannot be read."""

from uuid import UUID

from hearthline.directory import rules
from hearthline.directory.models import IdentifierIssuer
from hearthline.foundation.crypto import blind_index


def telephone_index(organization_id: UUID, telephone: str) -> bytes | None:
    """Return what equal telephone numbers (``+`` and digits) of one organization share."""
    return blind_index(organization_id, "patient.telephone", telephone) if telephone else None


def email_index(organization_id: UUID, email: str) -> bytes | None:
    """Return what equal e-mail addresses of one organization share."""
    normal = rules.normal_email(email)
    return blind_index(organization_id, "patient.email", normal) if normal else None


def identifier_index(issuer: IdentifierIssuer, value: str) -> bytes:
    """Return what equal numbers of one issuer share."""
    return blind_index(
        issuer.organization_id, f"patient.identifier.{issuer.id}", rules.normal_identifier(value)
    )


def search_digest(organization_id: UUID, words: str) -> str:
    """Return what equal searches share, for the audit."""
    return blind_index(organization_id, "patient.search", words).hex()[:32]
