"""Emergency access ("break-glass"): reaching a patient outside one's care, openly and for an hour."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record

REASON_LENGTH = 500


class BreakGlass(Record):
    """One opening: who, whose record, why and until when; and what a reviewer other than the opener decided."""

    class Cause(models.TextChoices):
        EMERGENCY = "emergency", _("The patient needs help now")
        COVERING = "covering", _("I am standing in for the clinician in charge")
        ASKED = "asked", _("The patient asks me for help")
        SAFETY = "safety", _("Somebody may be in danger")

    class Outcome(models.TextChoices):
        JUSTIFIED = "justified", _("Justified")
        NOT_JUSTIFIED = "not_justified", _("Not justified")
        FOLLOW_UP = "follow_up", _("To be followed up")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    user_name = models.CharField(max_length=100)
    patient_id = models.UUIDField()
    cause = models.CharField(max_length=20, choices=Cause.choices)
    reason = EncryptedTextField(max_length=REASON_LENGTH)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    review_note = EncryptedTextField(max_length=REASON_LENGTH, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["organization", "user", "expires_at"], name="break_glass_active"),
            models.Index(
                fields=["organization", "created_at"],
                name="break_glass_waiting",
                condition=models.Q(reviewed_at__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewer__isnull=True) | ~models.Q(reviewer=models.F("user")),
                name="break_glass_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewer__isnull=True, reviewed_at__isnull=True, outcome="")
                | (models.Q(reviewer__isnull=False, reviewed_at__isnull=False) & ~models.Q(outcome="")),
                name="break_glass_review_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="break_glass_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
