"""Practitioners and their licences."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory import access, names, places
from hearthline.directory.models import Licence, Practitioner, PractitionerLanguage
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership


@transaction.atomic
def save_practitioner(
    *,
    actor: Actor,
    practitioner: Practitioner | None = None,
    membership: Membership | None = None,
    values: Mapping[str, Any],
    languages: Iterable[str] | None = None,
) -> Practitioner:
    """Make a member of the staff known to patients, or change what is said of them."""
    if not access.may_administer(actor):
        raise PermissionDenied
    if practitioner is None:
        if membership is None:
            message = "a new practitioner is made from a membership"
            raise ValueError(message)
        practitioner = Practitioner(organization_id=actor.organization_id, membership=membership)
    for name, value in values.items():
        is_name = name in ("given_names", "family_name")
        setattr(practitioner, name, names.clean_name(value) if is_name else value)
    practitioner.full_clean(exclude=["organization", "membership"])
    if not names.has_letter(practitioner.family_name):
        raise ValidationError({"family_name": _("Write the family name, with letters.")})
    same = Practitioner.objects.filter(organization_id=actor.organization_id, npi=practitioner.npi)
    if practitioner.npi and same.exclude(pk=practitioner.pk).exists():
        raise ValidationError({"npi": _("Another practitioner has this NPI. Look for a mistyped digit.")})
    practitioner.save()
    if languages is not None:
        _set_languages(practitioner, set(languages))
    record(actor, "practitioner.saved", practitioner, fields=values)
    return practitioner


def _set_languages(practitioner: Practitioner, wanted: set[str]) -> None:
    rows = PractitionerLanguage.objects.filter(practitioner=practitioner)
    existing = set(rows.values_list("language", flat=True))
    rows.filter(language__in=existing - wanted).delete()
    PractitionerLanguage.objects.bulk_create(
        PractitionerLanguage(
            organization_id=practitioner.organization_id, practitioner=practitioner, language=language
        )
        for language in sorted(wanted - existing)
    )


@transaction.atomic
def save_licence(
    *, actor: Actor, practitioner: Practitioner, licence: Licence | None = None, values: Mapping[str, Any]
) -> Licence:
    """Note a licence of a practitioner, or what has become of it. Administrators decide; nothing is deleted."""
    if not access.may_administer(actor):
        raise PermissionDenied
    saved = licence or Licence(organization_id=actor.organization_id, practitioner=practitioner)
    for name, value in values.items():
        setattr(saved, name, value)
    if not places.is_jurisdiction(saved.jurisdiction):
        raise ValidationError({"jurisdiction": _("Choose a place from the list.")})
    if saved.valid_from and saved.valid_until and saved.valid_until < saved.valid_from:
        raise ValidationError({"valid_until": _("The last day has to be on or after the first day.")})
    saved.full_clean(exclude=["organization", "practitioner"])
    saved.save()
    record(actor, "licence.saved", saved, fields=values)
    return saved
