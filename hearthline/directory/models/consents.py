"""Consents: the text as it was read, who agreed to it for whom, and when it was withdrawn."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.directory.models.patients import Patient
from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey

TEXT_LENGTH = 20_000


class ConsentKind(models.TextChoices):
    """What a person agrees to."""

    TELEHEALTH = "telehealth", _("Care by video, telephone and messages")
    TREATMENT = "treatment", _("Treatment")
    PROXY = "proxy", _("A caregiver acting for me")
    TEXT_MESSAGES = "text_messages", _("Text messages")
    RECORDING = "recording", _("Recording of a visit")
    SHARING = "sharing", _("Sharing my record with another clinic")
    FINANCIAL = "financial", _("Payment")
    MONITORING = "monitoring", _("Measuring at home, watched by the clinic")
    PHOTOS = "photos", _("Photographs of the body for care")


class ConsentText(Record):
    """One version of a text in one language. A version that is published is never changed."""

    kind = models.CharField(max_length=16, choices=ConsentKind.choices)
    version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    title = models.CharField(max_length=200)
    body = models.TextField(max_length=TEXT_LENGTH)
    is_reviewed = models.BooleanField(default=False)
    reviewed_by_name = models.CharField(max_length=100, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "-version", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "version", "language"], name="consent_text_unique"
            ),
            models.CheckConstraint(
                condition=Q(is_reviewed=False, reviewed_at__isnull=True)
                | Q(is_reviewed=True, reviewed_at__isnull=False),
                name="consent_text_review",
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="consent_text_version"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version} {self.language}"


class Consent(Record):
    """A person's agreement. Withdrawing it leaves the row: what was agreed to, and until when, stays known."""

    class Relationship(models.TextChoices):
        SELF = "self", _("The patient")
        PARENT = "parent", _("Parent")
        GUARDIAN = "guardian", _("Legal guardian")
        CAREGIVER = "caregiver", _("Caregiver")

    class Method(models.TextChoices):
        PORTAL = "portal", _("On these pages")
        SPOKEN = "spoken", _("Spoken, noted by staff")
        PAPER = "paper", _("Signed on paper")

    patient = TenantForeignKey(Patient, related_name="consents")
    text = TenantForeignKey(ConsentText, related_name="consents")
    kind = models.CharField(max_length=16, choices=ConsentKind.choices)
    method = models.CharField(max_length=8, choices=Method.choices)
    signer_name = models.CharField(max_length=201)
    signer_relationship = models.CharField(max_length=10, choices=Relationship.choices)
    signer_user_id = models.UUIDField(null=True)
    recorded_by_user_id = models.UUIDField(null=True)
    given_at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by_user_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["-given_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "patient", "kind"],
                condition=Q(withdrawn_at__isnull=True) & ~Q(kind="proxy"),
                name="consent_one_in_force",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=models.F("given_at")),
                name="consent_period",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
