"""Who is told when nobody takes a case: the organization's own ladder, and its calendar of who is on call."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.models import Record
from hearthline.monitoring.alerts.models.rulebook import SeverityChoices
from hearthline.monitoring.alerts.rules.ladder import Whom


class WhomChoices(models.TextChoices):
    """The steps in words."""

    POOL = Whom.POOL.value, _("All nurses")
    ON_CALL = Whom.ON_CALL.value, _("On call")
    SUPERVISOR = Whom.SUPERVISOR.value, _("Supervisor")
    NOBODY_LEFT = Whom.NOBODY_LEFT.value, _("Breach, seen by everybody")


class LadderStep(Record):
    """A step of the organization's own ladder for a severity; without steps the product's defaults hold."""

    severity = models.PositiveSmallIntegerField(choices=SeverityChoices.choices)
    after_minutes = models.PositiveIntegerField()
    whom = models.CharField(max_length=12, choices=WhomChoices.choices)

    class Meta:
        ordering = ["severity", "after_minutes"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "severity", "after_minutes"], name="ladder_step")
        ]


class OnCallShift(Record):
    """Who is on call (or supervises) from when until when; one person at a time."""

    whom = models.CharField(max_length=12, choices=WhomChoices.choices)
    user = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_start"),
            ExclusionConstraint(
                name="shift_one_person_at_a_time",
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
