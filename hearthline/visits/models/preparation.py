"""What the patient prepared: answers, photos and the device check."""

from django.db import models

from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.visits.choices import DeviceState, Question
from hearthline.visits.models.visit import Visit

ANSWER_LENGTH = 8000
DIGEST_LENGTH = 64
CONTENT_TYPE_LENGTH = 60
BROWSER_LENGTH = 60
CAPTION_LENGTH = 120


class PreparationAnswer(Record):
    """One answered question; the answer is a JSON object, sealed."""

    visit = TenantForeignKey(Visit, related_name="answers")
    question = models.CharField(max_length=12, choices=Question.choices)
    answer = EncryptedTextField(max_length=ANSWER_LENGTH)
    answered_by_user_id = models.UUIDField(null=True)
    answered_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["answered_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "visit", "question"], name="preparation_answer_once"
            ),
        ]

    def __str__(self) -> str:
        return self.question


class PreparationPhoto(Record):
    """A photo that the patient sent before the visit."""

    visit = TenantForeignKey(Visit, related_name="photos")
    digest = models.CharField(max_length=DIGEST_LENGTH)
    size_bytes = models.PositiveIntegerField()
    content_type = models.CharField(max_length=CONTENT_TYPE_LENGTH)
    caption = EncryptedTextField(max_length=CAPTION_LENGTH, blank=True, default="")
    sent_by_user_id = models.UUIDField(null=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return str(self.id)


class DeviceCheck(Record):
    """What the last check of camera, microphone, speaker and network found. Holds no addresses."""

    visit = TenantForeignKey(Visit, related_name="device_checks")
    user_id = models.UUIDField(null=True)
    camera = models.CharField(max_length=12, choices=DeviceState.choices, default=DeviceState.UNKNOWN)
    microphone = models.CharField(max_length=12, choices=DeviceState.choices, default=DeviceState.UNKNOWN)
    speaker = models.CharField(max_length=12, choices=DeviceState.choices, default=DeviceState.UNKNOWN)
    network = models.CharField(max_length=12, choices=DeviceState.choices, default=DeviceState.UNKNOWN)
    transport = models.CharField(max_length=8, blank=True)
    round_trip_ms = models.PositiveIntegerField(null=True, blank=True)
    kilobits_per_second = models.PositiveIntegerField(null=True, blank=True)
    is_in_app_browser = models.BooleanField(default=False)
    is_voice_only = models.BooleanField(default=False)
    checked_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-checked_at"]

    def __str__(self) -> str:
        return str(self.id)
