"""A booking being made, one question at a time, and the red-flag screens that were answered."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField
from hearthline.scheduling.models.appointments import Appointment, Place
from hearthline.scheduling.models.services import Mode, Service
from hearthline.scheduling.rules.urgency import Urgency
from hearthline.tenancy.models import ZONE_LENGTH, validate_jurisdiction, validate_zone


class BookingDraft(Record):
    """What has been answered so far. A stranger's draft is bound to their session until they sign in."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    patient = TenantForeignKey("directory.Patient", null=True, related_name="+")
    urgency = models.CharField(max_length=10, blank=True)
    service = TenantForeignKey(Service, null=True, related_name="+")
    service_urgency = models.CharField(max_length=10, blank=True)
    location_jurisdiction = models.CharField(max_length=6, validators=[validate_jurisdiction], blank=True)
    location_place = models.CharField(max_length=12, choices=Place.choices, blank=True)
    zone = models.CharField(max_length=ZONE_LENGTH, validators=[validate_zone], blank=True)
    follows = TenantForeignKey(Appointment, null=True, related_name="+")
    language = models.CharField(max_length=10, blank=True)
    needs_interpreter = models.BooleanField(null=True)
    interpreter_language = models.CharField(max_length=10, blank=True)
    interpreter_gender = models.CharField(max_length=6, blank=True)
    interpreter_name = models.CharField(max_length=100, blank=True)
    access_needs = ArrayField(models.CharField(max_length=40), default=list)
    mode = models.CharField(max_length=12, choices=Mode.choices, blank=True)
    appointment = TenantOneToOneField(Appointment, on_delete=models.SET_NULL, null=True, related_name="draft")
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organization", "expires_at"], name="draft_by_expiry")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_clear(self) -> bool:
        """Whether every red-flag question asked so far was answered with no."""
        return self.urgency == Urgency.CLEAR and self.service_urgency in ("", Urgency.CLEAR)


class UrgencyScreen(Record):
    """A red-flag screen as it was answered: questions, answers, the conclusion and the number that was shown."""

    draft = TenantForeignKey(BookingDraft, on_delete=models.SET_NULL, null=True, related_name="screens")
    patient = TenantForeignKey("directory.Patient", null=True, related_name="+")
    service = TenantForeignKey(Service, null=True, related_name="+")
    answers = EncryptedTextField()
    urgency = models.CharField(max_length=10)
    number_shown = models.CharField(max_length=16, blank=True)
    language = models.CharField(max_length=10)

    class Meta:
        indexes = [models.Index(fields=["organization", "created_at"], name="urgency_screen_by_time")]

    def __str__(self) -> str:
        return self.urgency
