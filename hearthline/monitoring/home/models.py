"""The goals that were agreed, and values that are nobody's. Readings themselves stand in ``readings``."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.monitoring.readings.metrics import METRICS

SERVICE_LENGTH = 40


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


class FileImport(Record):
    """A file that a person brought: how much of it is done. ``sha256`` names the stored file until it is finished."""

    class State(models.TextChoices):
        RUNNING = "running", _("Being read")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Stopped")

    monitored = TenantForeignKey("readings.MonitoredPatient", related_name="file_imports")
    asked_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    service = models.CharField(max_length=SERVICE_LENGTH)
    order = models.CharField(max_length=8, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    moved_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "monitored"],
                condition=Q(state="running"),
                name="file_import_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(done=F("new") + F("known") + F("refused")) & Q(done__lte=F("total")),
                name="file_import_adds_up",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done=F("total")), name="file_import_done_is_all"
            ),
        ]


class FileImportPart(Record):
    """What became of some rows of a file, in its order: the line of each and a code (``importing.words_of``)."""

    file_import = TenantForeignKey(FileImport, related_name="parts")
    first = models.PositiveIntegerField()
    lines = ArrayField(models.IntegerField())
    codes = ArrayField(models.SmallIntegerField())

    class Meta:
        ordering = ["first"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "file_import", "first"], name="file_import_part_once"
            )
        ]
