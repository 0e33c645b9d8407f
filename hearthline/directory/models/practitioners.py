"""Practitioners and the licences that let them care for people in a place."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.design.formats import initials
from hearthline.directory import names, rules
from hearthline.directory.models.patients import LANGUAGE_LENGTH, validate_language
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey, TenantModel, TenantOneToOneField
from hearthline.identity.models import Membership
from hearthline.tenancy.models import validate_jurisdiction

PHOTO_DIGEST_LENGTH = 64  # SHA-256 in hexadecimal


def validate_npi(value: str) -> None:
    """Refuse a National Provider Identifier whose check digit is wrong."""
    if value and not rules.is_npi(value):
        raise ValidationError(
            _("An NPI has ten digits, the last one a check digit. Look for a mistyped digit.")
        )


class Practitioner(Record):
    """A member of the staff as patients meet them."""

    class Specialty(models.TextChoices):
        FAMILY = "family", _("Family medicine")
        INTERNAL = "internal", _("Internal medicine")
        PEDIATRICS = "pediatrics", _("Pediatrics")
        OBSTETRICS = "obstetrics", _("Obstetrics and gynecology")
        CARDIOLOGY = "cardiology", _("Cardiology")
        DERMATOLOGY = "dermatology", _("Dermatology")
        ENDOCRINOLOGY = "endocrinology", _("Endocrinology")
        NEUROLOGY = "neurology", _("Neurology")
        OPHTHALMOLOGY = "ophthalmology", _("Ophthalmology")
        ORTHOPEDICS = "orthopedics", _("Orthopedics")
        PSYCHIATRY = "psychiatry", _("Psychiatry")
        PSYCHOLOGY = "psychology", _("Psychology")
        PULMONOLOGY = "pulmonology", _("Pulmonology")
        RADIOLOGY = "radiology", _("Radiology")
        NURSING = "nursing", _("Nursing")
        PHARMACY = "pharmacy", _("Pharmacy")
        NUTRITION = "nutrition", _("Nutrition")
        SOCIAL_WORK = "social_work", _("Social work")
        MIDWIFERY = "midwifery", _("Midwifery")
        OTHER = "other", _("Other")

    membership = TenantOneToOneField(Membership, related_name="practitioner")
    given_names = models.CharField(max_length=names.NAME_LENGTH, blank=True)
    family_name = models.CharField(max_length=names.NAME_LENGTH)
    title = models.CharField(max_length=20, blank=True)
    credential = models.CharField(max_length=40, blank=True)
    specialty = models.CharField(max_length=20, choices=Specialty.choices, default=Specialty.FAMILY)
    npi = models.CharField(max_length=rules.NPI_LENGTH, blank=True, validators=[validate_npi])
    is_active = models.BooleanField(default=True)
    photo_digest = models.CharField(max_length=PHOTO_DIGEST_LENGTH, blank=True)  # of a stored JPEG

    class Meta:
        ordering = ["family_name", "given_names", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "membership"], name="practitioner_membership_unique"
            ),
            models.UniqueConstraint(
                fields=["organization", "npi"], condition=~Q(npi=""), name="practitioner_npi_unique"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def initials(self) -> str:
        """The letters that stand for the person where there is no photo: title and credential left out."""
        return initials(names.full_name(given=self.given_names, family=self.family_name))

    @property
    def full_name(self) -> str:
        """The name as patients see it: "Dr. Maya Rosen, MD" (wrap it in ``<bdi>``)."""
        name = names.full_name(given=self.given_names, family=self.family_name)
        titled = f"{self.title} {name}" if self.title else name
        return f"{titled}, {self.credential}" if self.credential else titled


class PractitionerLanguage(TenantModel):
    """A language in which a practitioner can care for people."""

    practitioner = TenantForeignKey(Practitioner, on_delete=models.CASCADE, related_name="languages")
    language = models.CharField(max_length=LANGUAGE_LENGTH, validators=[validate_language])

    class Meta:
        ordering = ["language"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "practitioner", "language"], name="practitioner_language_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.language


class Licence(Record):
    """Leave to practise in one jurisdiction for a time. Never deleted: a past booking refers to what held then."""

    class Status(models.TextChoices):
        ACTIVE = rules.ACTIVE, _("Active")
        PENDING = "pending", _("Applied for")
        SUSPENDED = "suspended", _("Suspended")
        REVOKED = "revoked", _("Withdrawn")

    class Source(models.TextChoices):
        DECLARED = "declared", _("Said by the practitioner")
        DOCUMENT = "document", _("Document seen")
        REGISTER = "register", _("Checked in the public register")

    practitioner = TenantForeignKey(Practitioner, related_name="licences")
    jurisdiction = models.CharField(max_length=6, validators=[validate_jurisdiction])
    number = EncryptedTextField(max_length=rules.IDENTIFIER_LENGTH)
    valid_from = models.DateField()
    valid_until = models.DateField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.DECLARED)
    checked_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["jurisdiction", "-valid_until"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=models.F("valid_from")), name="licence_dates"
            ),
        ]
        indexes = [models.Index(fields=["organization", "valid_until"], name="licence_by_end")]

    def __str__(self) -> str:
        return str(self.id)
