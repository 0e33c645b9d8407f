"""The goals that were agreed, and values that are nobody's. Readings themselves stand in ``readings``."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.monitoring.readings.metrics import METRICS


class Goal(Record):
    """Where a value should be (``low`` to ``high``, in the metric's unit), and where it is an emergency.

    Empty emergency limits mean those of ``rules.DEFAULT_LIMITS``; pregnancy and lung disease need their own.
    """

    monitored = TenantForeignKey("readings.MonitoredPatient", related_name="goals")
    metric = models.SmallIntegerField(choices=[(metric.number, metric.label) for metric in METRICS])
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    urgent_low = models.FloatField(null=True, blank=True)
    urgent_high = models.FloatField(null=True, blank=True)
    set_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "monitored", "metric"],
                condition=Q(ended_at__isnull=True),
                name="goal_once_for_each_metric",
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lt=F("high")),
                name="goal_low_below_high",
            ),
        ]


class UnclaimedReading(Record):
    """A value of a device that was nobody's when it measured: kept until somebody says whose it is, or nobody's."""

    class Settled(models.TextChoices):
        CLAIMED = "claimed", _("Given to a patient")
        DROPPED = "dropped", _("Not a patient of ours")

    device = TenantForeignKey("readings.Device", related_name="unclaimed")
    metric = models.SmallIntegerField()
    observed_at = models.DateTimeField()
    user_index = models.SmallIntegerField()
    value = models.FloatField()
    flags = models.IntegerField()
    correction_seconds = models.IntegerField()
    received_at = models.DateTimeField()
    settled = models.CharField(max_length=8, choices=Settled.choices, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "device", "metric", "observed_at", "user_index"],
                name="unclaimed_reading_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "-observed_at"], condition=Q(settled=""), name="unclaimed_open"
            )
        ]
