"""When practitioners work: weekly hours, and the exceptions to them."""

from dataclasses import fields
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.scheduling.models.services import Service
from hearthline.scheduling.rules.slots import WeeklyHours
from hearthline.tenancy.models import ZONE_LENGTH, validate_zone

MAXIMUM_EVERY_WEEKS = 12


class Weekday(models.IntegerChoices):
    """Days of the week, Monday first, as ``date.weekday`` counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class AvailabilityRule(Record):
    """One line of hours: a weekday, from, to, as a clock on the wall of ``zone`` shows them.

    ``ends`` at or before ``starts`` runs past midnight. Without ``service`` it holds for all the practitioner offers.
    """

    HOURS_FIELDS: ClassVar = [field.name for field in fields(WeeklyHours)]

    practitioner = TenantForeignKey("directory.Practitioner", related_name="+")
    site = TenantForeignKey("tenancy.Site", related_name="+")
    service = TenantForeignKey(Service, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    weekday = models.SmallIntegerField(choices=Weekday.choices)
    starts = models.TimeField()
    ends = models.TimeField()
    zone = models.CharField(max_length=ZONE_LENGTH, validators=[validate_zone])
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    every_weeks = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MAXIMUM_EVERY_WEEKS)]
    )

    class Meta:
        ordering = ["weekday", "starts", "id"]
        indexes = [models.Index(fields=["organization", "practitioner"], name="availability_by_practitioner")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekday__range=(0, 6))
                & models.Q(every_weeks__range=(1, MAXIMUM_EVERY_WEEKS))
                & (models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from"))),
                name="availability_sane",
            ),
            models.CheckConstraint(
                condition=~models.Q(starts=models.F("ends")), name="availability_has_length"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts}-{self.ends} {self.zone}"


class AvailabilityException(Record):
    """A stretch of time that is closed (of one practitioner, or of everyone at a site) or open besides the hours."""

    class Kind(models.TextChoices):
        CLOSED = "closed", _("Closed")
        EXTRA = "extra", _("Open besides the usual hours")

    class Why(models.TextChoices):
        LEAVE = "leave", _("Leave")
        ILLNESS = "illness", _("Illness")
        TRAINING = "training", _("Training")
        HOLIDAY = "holiday", _("Public holiday")
        MEETING = "meeting", _("Meeting")
        DEMAND = "demand", _("Many people are waiting")
        OTHER = "other", _("Another reason")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    practitioner = TenantForeignKey("directory.Practitioner", null=True, blank=True, related_name="+")
    site = TenantForeignKey("tenancy.Site", null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=20, choices=Why.choices)

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["organization", "ends_at"], name="exception_by_end")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="exception_has_length"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="closed", practitioner__isnull=False)
                | models.Q(kind="closed", site__isnull=False)
                | models.Q(kind="extra", practitioner__isnull=False, site__isnull=False),
                name="exception_of_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_at:%Y-%m-%d}"
