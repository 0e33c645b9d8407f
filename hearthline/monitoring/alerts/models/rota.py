"""Who is told when nobody takes a case: the organization's own ladder, and its calendar of who is on call.

Nothing here is deleted: what no longer holds has an end and who ended it, so that the past can be read.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.monitoring.alerts.models.rulebook import SeverityChoices
from hearthline.monitoring.alerts.rules.ladder import Channel, Whom

SHIFT_REASON_LENGTH = 200


class WhomChoices(models.TextChoices):
    """The steps in words."""

    POOL = Whom.POOL.value, _("All nurses")
    ON_CALL = Whom.ON_CALL.value, _("On call")
    SUPERVISOR = Whom.SUPERVISOR.value, _("Supervisor")
    NOBODY_LEFT = Whom.NOBODY_LEFT.value, _("Breach, seen by everybody")


class ChannelChoices(models.TextChoices):
    """The channels in words."""

    NOTICE = Channel.NOTICE.value, _("Notice in the application")
    EMAIL = Channel.EMAIL.value, _("Notice and e-mail")


CALENDAR_CHOICES = [(one.value, one.label) for one in (WhomChoices.ON_CALL, WhomChoices.SUPERVISOR)]


class Kept(Record):
    """A line of ladder or calendar: who set it, and who ended it when."""

    set_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class LadderStep(Kept):
    """A step of the organization's own ladder for a severity; without steps the product's defaults hold."""

    severity = models.PositiveSmallIntegerField(choices=SeverityChoices.choices)
    after_minutes = models.PositiveIntegerField()
    whom = models.CharField(max_length=12, choices=WhomChoices.choices)
    channel = models.CharField(max_length=8, choices=ChannelChoices.choices, default=ChannelChoices.NOTICE)

    class Meta:
        ordering = ["severity", "after_minutes"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "severity", "after_minutes"],
                condition=Q(ended_at__isnull=True),
                name="ladder_step",
            )
        ]


class OnCallLine(Kept):
    """A line of the weekly pattern: from, to, as a clock on the wall of the site shows them.

    ``ends`` at or before ``starts`` is the next morning.
    """

    whom = models.CharField(max_length=12, choices=CALENDAR_CHOICES)
    user = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    site = TenantForeignKey("tenancy.Site", related_name="+")
    weekday = models.PositiveSmallIntegerField()
    starts = models.TimeField()
    ends = models.TimeField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["weekday", "starts", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="on_call_line_weekday"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="on_call_line_days_in_order",
            ),
        ]
        indexes = [models.Index(fields=["organization", "whom"], name="on_call_line_of")]


class OnCallShift(Kept):
    """An exception: who is on call (or supervises) from when until when, whatever the pattern says."""

    whom = models.CharField(max_length=12, choices=WhomChoices.choices)
    user = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=SHIFT_REASON_LENGTH, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_start"),
            ExclusionConstraint(
                name="shift_one_person_at_a_time",
                condition=Q(ended_at__isnull=True),
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("whom", RangeOperators.EQUAL),
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
