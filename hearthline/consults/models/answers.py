"""What comes back: opinions, critical findings, minutes, and how the asker closed the case."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from hearthline.consults.models.cases import CaseRecord, Consult, organization, person
from hearthline.consults.models.desks import NAME_LENGTH, REASON_LENGTH
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField

SECTION_LENGTH = 10_000
MANIFEST_LENGTH = 2_000_000  # a study of some thousand images, two hundred letters each


class Opinion(CaseRecord):
    """An answer. A draft is its author's alone (the database says so too); what is signed never changes."""

    class Kind(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PRELIMINARY = "preliminary", _("Preliminary")
        FINAL = "final", _("Final")
        ADDENDUM = "addendum", _("Addendum")
        DISCARDED = "discarded", _("Discarded")

    class Discrepancy(models.TextChoices):
        NONE = "none", _("Agrees with the preliminary answer")
        MINOR = "minor", _("Differs, with no effect on care now")
        MAJOR = "major", _("Differs, and care must change")

    consult = TenantForeignKey(Consult, related_name="opinions")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.DRAFT)
    findings = EncryptedTextField(max_length=SECTION_LENGTH, blank=True, default="")
    assessment = EncryptedTextField(max_length=SECTION_LENGTH, blank=True, default="")
    plan = EncryptedTextField(max_length=SECTION_LENGTH, blank=True, default="")
    discrepancy = models.CharField(max_length=8, choices=Discrepancy.choices, blank=True)
    discrepancy_words = EncryptedTextField(max_length=REASON_LENGTH, blank=True, default="")
    has_spoken = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    signed_at = models.DateTimeField(null=True)
    manifest = EncryptedTextField(max_length=MANIFEST_LENGTH, blank=True, default="")
    digest = models.CharField(max_length=64, blank=True)
    previous_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["signed_at", "created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "consult", "by"],
                condition=Q(kind="draft"),
                name="opinion_one_draft_each",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["draft", "discarded"], signed_at__isnull=True, digest="")
                | Q(kind__in=["preliminary", "final", "addendum"], signed_at__isnull=False) & ~Q(digest=""),
                name="opinion_signed_has_time_and_digest",
            ),
        ]


class CriticalFinding(CaseRecord):
    """Something found that somebody must know now: the six facts of telling it, and who took it in."""

    class Urgency(models.TextChoices):
        MINUTES = "minutes", _("Within minutes")
        HOURS = "hours", _("Within hours")
        DAYS = "days", _("Within days")

    class Method(models.TextChoices):
        PHONE = "phone", _("By telephone")
        VIDEO = "video", _("By video")
        IN_PERSON = "in_person", _("Face to face")
        SCREEN = "screen", _("Read here")

    consult = TenantForeignKey(Consult, related_name="critical_findings")
    urgency = models.CharField(max_length=8, choices=Urgency.choices)
    finding = EncryptedTextField(max_length=REASON_LENGTH)
    identified_at = models.DateTimeField()
    told_by = models.CharField(max_length=NAME_LENGTH, blank=True)
    received_by = models.CharField(max_length=NAME_LENGTH, blank=True)
    received_at = models.DateTimeField(null=True)
    method = models.CharField(max_length=10, choices=Method.choices, blank=True)
    read_back = EncryptedTextField(max_length=REASON_LENGTH, blank=True, default="")
    acknowledged_by = person()
    told_people = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["identified_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(received_at__isnull=True) | ~Q(told_by="") & ~Q(received_by="") & ~Q(method=""),
                name="critical_received_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(received_at__isnull=True) | Q(received_at__gte=F("identified_at")),
                name="critical_received_after",
            ),
        ]


class WorkTime(Record):
    """A stretch of work of one person on one case; counted from real activity, changed with a reason only.

    Stretches of one person never overlap, also those of cases of several organizations.
    """

    consult = TenantForeignKey(Consult, related_name="work")
    user = person()
    user_name = models.CharField(max_length=NAME_LENGTH)
    user_organization = organization()
    is_reader = models.BooleanField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    active_seconds = models.PositiveIntegerField()
    counted_seconds = models.PositiveIntegerField()
    edit_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="work_ends_after_start"),
            models.CheckConstraint(
                condition=Q(active_seconds=F("counted_seconds")) | ~Q(edit_reason=""),
                name="work_changed_with_reason",
            ),
            ExclusionConstraint(
                name="work_of_one_person_at_a_time",
                expressions=[
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
        indexes = [models.Index(fields=["user", "-ends_at"], name="work_of_user")]


class Closing(CaseRecord):
    """How the asker closed the case: the patient told, and the two questions."""

    class Next(models.TextChoices):
        TREAT = "treat", _("Treat as advised")
        TEST = "test", _("Order a test first")
        REFER = "refer", _("Refer to the specialist")
        VISIT = "visit", _("See the patient again")
        WATCH = "watch", _("Wait and watch")
        OTHER = "other", _("Something else")

    class Avoided(models.TextChoices):
        AVOIDED = "avoided", _("Yes: a referral was planned and is not needed")
        STILL = "still", _("No: the patient is referred all the same")
        NEVER = "never", _("No referral had been planned")
        NEW = "new", _("No: the answer led to a referral")

    consult = TenantOneToOneField(Consult, related_name="closing")
    told_how = models.CharField(max_length=20)
    told_at = models.DateTimeField()
    next_step = models.CharField(max_length=8, choices=Next.choices, blank=True)
    referral = models.CharField(max_length=8, choices=Avoided.choices, blank=True)
    comment = EncryptedTextField(max_length=REASON_LENGTH, blank=True, default="")
