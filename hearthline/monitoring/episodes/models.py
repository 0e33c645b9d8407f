"""An episode of monitoring: ordered by whom, agreed to when, set up when, what is measured, and when it ended."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.monitoring.episodes.plan import Planned
from hearthline.monitoring.readings.metrics import BY_CODE

METRIC_LENGTH = 40
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


class PlannedMeasurement(Record):
    """What the person measures when, in their own local time.

    The page of the day, programs, and the watch over silence and adherence all ask here.

    ``episode``: the order whose program wants it; none where the care team asked beside any program. ``windows``: pairs
    of times, flat; empty for a sensor that measures all the time.
    """

    monitored = TenantForeignKey("readings.MonitoredPatient", related_name="planned")
    episode = TenantForeignKey(Episode, null=True, blank=True, related_name="planned")
    metric = models.CharField(max_length=METRIC_LENGTH, choices=[(code, code) for code in BY_CODE])
    windows = ArrayField(models.TimeField(), default=list, blank=True)
    weekdays = ArrayField(models.SmallIntegerField(), default=list)
    is_continuous = models.BooleanField(default=False)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["starts_on", "metric", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "monitored", "metric"],
                condition=Q(ends_on__isnull=True),
                name="planned_running_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="planned_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(is_continuous=True, windows__len=0) | Q(is_continuous=False, windows__len__gt=0),
                name="planned_windows_or_all_the_time",
            ),
        ]
        indexes = [models.Index(fields=["organization", "monitored", "metric"], name="planned_of_person")]

    @property
    def planned(self) -> Planned:
        """As the rules take it."""
        pairs = zip(self.windows[::2], self.windows[1::2], strict=True)
        return Planned(
            metric=self.metric,
            first=self.starts_on,
            last=self.ends_on,
            windows=tuple(pairs),
            weekdays=tuple(self.weekdays),
            is_continuous=self.is_continuous,
        )
