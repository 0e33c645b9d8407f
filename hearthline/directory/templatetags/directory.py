"""Template tags of the directory: the facts that head every page about a patient."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hearthline.compliance.queries import break_glass_until
from hearthline.directory import places, wording
from hearthline.directory.access import today_in
from hearthline.directory.models import IdentifierIssuer, Patient, Practitioner

register = template.Library()
SHOWN_IDENTIFIERS = 2
VERSION_LENGTH = 8  # enough of the digest that a new photo has a new address


@dataclass(frozen=True)
class PatientHeader:
    """What stands over every page about a patient, so that nobody writes into the wrong record."""

    age: str
    identifiers: list[tuple[str, str]]
    language: str
    interpreter: str
    access_needs: list[str]
    has_page: bool
    emergency_access_until: datetime | None


@register.simple_tag(takes_context=True)
def patient_header(context: template.Context, patient: Patient) -> PatientHeader:
    """Return the facts for the patient banner; emergency access of the reader is among them."""
    actor: Any = context.get("actor")
    opening = break_glass_until(actor, patient.id) if actor is not None else None
    shown = patient.identifiers.filter(issuer__kind=IdentifierIssuer.Kind.RECORD).select_related("issuer")
    return PatientHeader(
        age=wording.age_words(patient.age_on(today_in(patient.organization_id))),
        identifiers=[(one.issuer.name, one.value) for one in shown[:SHOWN_IDENTIFIERS]],
        language=places.language_name(patient.language),
        interpreter=wording.interpreter_words(patient),
        access_needs=[need.get_kind_display() for need in patient.access_needs.all()],
        has_page=actor is not None and actor.is_staff,
        emergency_access_until=opening.expires_at if opening is not None else None,
    )


@register.simple_tag(takes_context=True)
def face(context: template.Context, practitioner: Practitioner, size: str = "") -> SafeString:
    """Return the round photo of a practitioner, or the initials; the name has to stand beside it.

    Pages under an organization's public address get the public address of the photo.
    """
    css = f"avatar {size}".strip()
    if not practitioner.photo_digest:
        return format_html('<span class="{}" aria-hidden="true">{}</span>', css, practitioner.initials)
    match = getattr(context.get("request"), "resolver_match", None)
    slug = match.kwargs.get("organization_slug") if match is not None else None
    address = (
        reverse("directory:public_photo", args=[slug, practitioner.pk])
        if slug
        else reverse("directory:photo", args=[practitioner.pk])
    )
    version = practitioner.photo_digest[:VERSION_LENGTH]
    return format_html('<img class="{}" src="{}?v={}" alt="" loading="lazy">', css, address, version)


@register.filter
def jurisdiction(code: str) -> str:
    """Return the name of a jurisdiction."""
    return places.jurisdiction_name(code) if code else ""


@register.filter
def language(code: str) -> str:
    """Return the name of a language."""
    return places.language_name(code) if code else ""
