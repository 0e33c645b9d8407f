"""Numbers by which others know a patient: record numbers, insurance, national numbers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hearthline.directory import rules
from hearthline.directory.models.patients import INDEX_BYTES, Patient
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey


class IdentifierIssuer(Record):
    """Who gives out a kind of number; each organization lists its own."""

    class Kind(models.TextChoices):
        RECORD = "MR", _("Record number")
        NATIONAL = "NI", _("National number")
        INSURANCE = "MB", _("Insurance member number")
        DRIVER = "DL", _("Driver's licence")
        PASSPORT = "PPN", _("Passport")
        OTHER = "OTH", _("Other number")

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.RECORD)
    system_uri = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="identifier_issuer_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class PatientIdentifier(Record):
    """One number of one patient. The number is sealed; equality is checked by its blind index."""

    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="identifiers")
    issuer = TenantForeignKey(IdentifierIssuer, related_name="+")
    value = EncryptedTextField(max_length=rules.IDENTIFIER_LENGTH)
    value_index = models.BinaryField(max_length=INDEX_BYTES, editable=False)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "issuer", "value_index"], name="patient_identifier_unique"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
