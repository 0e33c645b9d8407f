"""The record of who did or saw what. Rows are only ever added."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from hearthline.foundation import clock
from hearthline.foundation.models import TenantModel

TEXT_LENGTH = 100
REASON_LENGTH = 500


class AuditEntry(TenantModel):
    """One act: who, on what, about which patient, why and from where. Names of fields, never their values."""

    class Outcome(models.TextChoices):
        ALLOWED = "allowed"
        DENIED = "denied"

    recorded_at = models.DateTimeField(default=clock.now)
    actor_kind = models.CharField(max_length=20)
    actor_user_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=TEXT_LENGTH, blank=True)
    actor_roles = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=TEXT_LENGTH)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.ALLOWED)
    subject_type = models.CharField(max_length=TEXT_LENGTH)
    subject_id = models.CharField(max_length=TEXT_LENGTH)
    patient_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    field_names = ArrayField(models.CharField(max_length=TEXT_LENGTH), default=list)
    origin = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "patient_id", "-recorded_at"], name="audit_by_patient"),
            models.Index(fields=["organization", "actor_user_id", "-recorded_at"], name="audit_by_actor"),
            models.Index(fields=["organization", "-recorded_at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"


class AuditSeal(TenantModel):
    """A row's place in its organization's chain, given by the sealer; ``id`` is the row's. Only ever added."""

    sequence = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "sequence"], name="audit_seal_sequence"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.sequence}"


class AuditUnsealed(TenantModel):
    """That a row waits for its seal; ``id`` is the row's. A trigger adds it, the sealer takes it away."""
