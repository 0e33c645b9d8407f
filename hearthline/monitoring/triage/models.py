"""The time that staff spend for monitored people, written by itself and true only after its person said so."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.models import Record, TenantForeignKey

REASON_LENGTH = 300


class TimeEntry(Record):
    """One stretch of work of one member of staff for one person. Stretches of one member of staff never overlap.

    ``active_seconds`` is what was counted; a correction keeps it in ``counted_seconds`` and says why.
    """

    class Purpose(models.TextChoices):
        MANAGEMENT = "management", _("Looking after the person")
        REVIEW = "review", _("Review of readings by the physician")
        OTHER = "other", _("Another service")

    user = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    patient = TenantForeignKey("directory.Patient", related_name="time_entries")
    case = TenantForeignKey("alerts.Case", null=True, blank=True, related_name="time_entries")
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.MANAGEMENT)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    active_seconds = models.PositiveIntegerField()
    counted_seconds = models.PositiveIntegerField()
    is_live_contact = models.BooleanField(default=False)
    attested_at = models.DateTimeField(null=True, blank=True)
    edit_reason = models.CharField(max_length=REASON_LENGTH, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="time_ends_after_start"),
            models.CheckConstraint(
                condition=Q(active_seconds=F("counted_seconds")) | ~Q(edit_reason=""),
                name="time_changed_with_reason",
            ),
            ExclusionConstraint(
                name="time_of_one_person_at_a_time",
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    (
                        Func(
                            "starts_at",
                            "ends_at",
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "user", "-ends_at"], name="time_of_user"),
            models.Index(fields=["organization", "patient", "-starts_at"], name="time_for_patient"),
        ]


class SoundWish(Record):
    """That a member of staff wants to hear when a dangerous value waits for them. Without a row it is silent."""

    user = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="sound_wish_once")]
