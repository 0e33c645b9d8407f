"""Template tags of the directory: the facts that head every page about a patient."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template

from hearthline.compliance.queries import break_glass_until
from hearthline.directory import places, wording
from hearthline.directory.access import today_in
from hearthline.directory.models import IdentifierIssuer, Patient

register = template.Library()
SHOWN_IDENTIFIERS = 2


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


@register.filter
def jurisdiction(code: str) -> str:
    """Return the name of a jurisdiction."""
    return places.jurisdiction_name(code) if code else ""


@register.filter
def language(code: str) -> str:
    """Return the name of a language."""
    return places.language_name(code) if code else ""
