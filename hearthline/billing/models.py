"""Claims with the evidence they were made on, frozen."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.models import Record, TenantForeignKey

CODE_LENGTH = 10
NAME_LENGTH = 80
REASON_LENGTH = 300
DIGEST_LENGTH = 64


class Claim(Record):
    """One code for one person and span. What it was made on never changes; it can be withdrawn with a reason.

    ``digest``: SHA-256 of the evidence as canonical JSON; within it stands the digest of every reading of the span.
    """

    class Group(models.TextChoices):
        SET_UP = "set_up", _("Set-up")
        DEVICE = "device", _("Device")
        MANAGEMENT = "management", _("Management")
        FURTHER = "further", _("Further management")
        REVIEW = "review", _("Review")

    episode = TenantForeignKey("episodes.Episode", related_name="claims")
    patient = TenantForeignKey("directory.Patient", related_name="+")
    practitioner = TenantForeignKey("directory.Practitioner", related_name="+")
    payer = models.CharField(max_length=NAME_LENGTH)
    group = models.CharField(max_length=10, choices=Group.choices)
    code = models.CharField(max_length=CODE_LENGTH)
    units = models.PositiveSmallIntegerField()
    first_on = models.DateField()
    last_on = models.DateField()
    evidence = models.JSONField()
    digest = models.CharField(max_length=DIGEST_LENGTH)
    claimed_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=REASON_LENGTH, blank=True)

    class Meta:
        ordering = ["-last_on", "code", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gte=1), name="claim_units"),
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="claim_span"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
                name="claim_withdrawn_with_reason",
            ),
            models.UniqueConstraint(
                fields=["organization", "episode"],
                condition=Q(group="set_up", withdrawn_at__isnull=True),
                name="claim_set_up_once",
            ),
            ExclusionConstraint(
                name="claim_no_day_twice",
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("patient", RangeOperators.EQUAL),
                    ("payer", RangeOperators.EQUAL),
                    ("group", RangeOperators.EQUAL),
                    (
                        Func(
                            "first_on",
                            "last_on",
                            RangeBoundary(inclusive_upper=True),
                            function="DATERANGE",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(withdrawn_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["organization", "-last_on"], name="claim_by_time")]
