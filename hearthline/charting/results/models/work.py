"""What people did about a result: seen, handed over, held back, and a critical one told and read back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hearthline.charting.results.models.reports import Observation, Report, ReportVersion
from hearthline.charting.results.models.senders import WORDS_LENGTH
from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey

TOLD_BY_LENGTH = 120


class Acknowledgement(Record):
    """That a clinician looked at a version of a report, and what will be done."""

    class Plan(models.TextChoices):
        NOTHING = "nothing", _("Nothing to do")
        TELL = "tell", _("Tell the patient")
        REPEAT = "repeat", _("Repeat the test")
        MEDICINE = "medicine", _("Change a medicine")
        VISIT = "visit", _("Arrange a visit")
        REFER = "refer", _("Refer to someone else")
        URGENT = "urgent", _("Send to emergency care")
        OTHER = "other", _("Something else")

    report = TenantForeignKey(Report, related_name="acknowledgements")
    version = TenantForeignKey(ReportVersion, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    plan = models.CharField(max_length=10, choices=Plan.choices)
    words = EncryptedTextField(max_length=WORDS_LENGTH, blank=True, default="")

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["organization", "report"], name="result_seen_by_report")]


class HandOver(Record):
    """That somebody else became responsible for a report."""

    report = TenantForeignKey(Report, related_name="handovers")
    from_practitioner = TenantForeignKey("directory.Practitioner", null=True, blank=True, related_name="+")
    to_practitioner = TenantForeignKey("directory.Practitioner", related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    words = EncryptedTextField(max_length=WORDS_LENGTH, blank=True, default="")

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["organization", "report"], name="result_handover_by_report")]


class Hold(Record):
    """Why the patient does not see a report yet, and until when at the latest.

    Withholding is the exception: 45 CFR part 171 (information blocking) asks that results be there without delay; an
    exception has its conditions, and the one named here is recorded.
    """

    class Reason(models.TextChoices):
        HARM = "harm", _("It could endanger someone's life or safety (45 CFR 171.201)")
        WISH = "wish", _("The patient asked not to see it yet (45 CFR 171.202)")
        DOUBT = "doubt", _("It may be another person's or wrong (45 CFR 171.201)")

    report = TenantForeignKey(Report, related_name="holds")
    reason = models.CharField(max_length=5, choices=Reason.choices)
    words = EncryptedTextField(max_length=WORDS_LENGTH)
    until = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("created_at")), name="result_hold_ends_later"),
            models.UniqueConstraint(
                fields=["organization", "report"], condition=Q(ended_at__isnull=True), name="result_hold_one"
            ),
        ]


class CriticalResult(Record):
    """A value that the laboratory called critical, with its clock and, once taken, the facts of the read-back."""

    class How(models.TextChoices):
        SCREEN = "screen", _("I read it here")
        TELEPHONE = "telephone", _("By telephone")
        IN_PERSON = "in_person", _("Face to face")

    class Closed(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        CORRECTED = "corrected", _("The laboratory corrected the value")

    report = TenantForeignKey(Report, related_name="criticals")
    observation = TenantForeignKey(Observation, related_name="+")
    identified_at = models.DateTimeField(default=clock.now)
    steps_reached = models.PositiveSmallIntegerField(default=0)
    next_step_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=12, choices=Closed.choices, blank=True)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(null=True, blank=True)
    how = models.CharField(max_length=10, choices=How.choices, blank=True)
    told_by = EncryptedTextField(max_length=TOLD_BY_LENGTH, blank=True, default="")
    read_back = EncryptedTextField(max_length=TOLD_BY_LENGTH, blank=True, default="")

    class Meta:
        ordering = ["identified_at"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "observation"], name="critical_result_once"),
            models.CheckConstraint(
                condition=~Q(closed_because="acknowledged")
                | (Q(received_by__isnull=False, received_at__isnull=False) & ~Q(how="")),
                name="critical_result_read_back_facts",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_because="")
                | (Q(closed_at__isnull=False) & ~Q(closed_because="")),
                name="critical_result_closed_because",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "next_step_at"],
                condition=Q(closed_at__isnull=True),
                name="critical_result_open",
            )
        ]
