"""An episode of monitoring: ordered by whom, agreed to when, set up when, and when it ended."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey

REASON_LENGTH = 500


class Episode(Record):
    """One person's monitoring from order to end. Programs and claims stand on it."""

    class EndReason(models.TextChoices):
        GOAL = "goal", _("Its aim is reached")
        WISH = "wish", _("The patient wishes so")
        MOVED = "moved", _("Cared for elsewhere now")
        NO_READINGS = "no_readings", _("No readings came")
        DIED = "died", _("The patient has died")
        OTHER = "other", _("Another reason")

    monitored = TenantForeignKey("readings.MonitoredPatient", related_name="episodes")
    practitioner = TenantForeignKey("directory.Practitioner", related_name="+")
    ordered_on = models.DateField()
    reason = EncryptedTextField(max_length=REASON_LENGTH)
    is_established = models.BooleanField()  # was seen here before; payers ask
    consent = TenantForeignKey("directory.Consent", null=True, blank=True, related_name="+")
    set_up_on = models.DateField(null=True, blank=True)
    set_up_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    has_medical_device = models.BooleanField(default=False)  # by law of the place; payers ask
    ends_on = models.DateField(null=True, blank=True)
    end_reason = models.CharField(max_length=12, choices=EndReason.choices, blank=True)

    class Meta:
        ordering = ["-ordered_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "monitored"],
                condition=Q(ends_on__isnull=True),
                name="episode_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(set_up_on__isnull=True) | Q(set_up_on__gte=F("ordered_on")),
                name="episode_set_up_after_order",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True, end_reason="")
                | (Q(ends_on__gte=F("ordered_on")) & ~Q(end_reason="")),
                name="episode_end_has_a_reason",
            ),
        ]
