"""Images whose header names somebody else than expected: held until a person decides."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField
from hearthline.imaging.dicom.models.images import Study

REASON_LENGTH = 300
FIELD_LENGTH = 20


class Hold(Record):
    """Why a study is held, for whom it was meant, and what was decided."""

    class State(models.TextChoices):
        OPEN = "open", _("To decide")
        ACCEPTED = "accepted", _("Accepted as this patient's")
        MOVED = "moved", _("Moved to another patient")
        REFUSED = "refused", _("Refused")

    study = TenantOneToOneField(Study, related_name="hold")
    expected_patient = TenantForeignKey("directory.Patient", null=True, related_name="+")
    differences = ArrayField(models.CharField(max_length=FIELD_LENGTH), default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    patient = TenantForeignKey("directory.Patient", null=True, related_name="+")

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["accepted", "moved"], patient__isnull=False)
                | Q(state__in=["open", "refused"], patient__isnull=True),
                name="hold_patient_when_decided",
            ),
        ]
        indexes = [models.Index(fields=["organization", "state", "created_at"], name="hold_by_state")]


class HoldDecision(Record):
    """One decision about a held study, or its undoing. Rows are only added."""

    hold = TenantForeignKey(Hold, related_name="decisions")
    from_state = models.CharField(max_length=10, choices=Hold.State.choices)
    to_state = models.CharField(max_length=10, choices=Hold.State.choices)
    patient = TenantForeignKey("directory.Patient", null=True, related_name="+")
    reason = models.CharField(max_length=REASON_LENGTH)
    decided_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="hold_decision_has_reason"),
        ]
