"""Messages that wait to be read out on the telephone."""

from django.db import models

from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.messaging.models.notifications import KEY_LENGTH, Notification
from hearthline.messaging.wording import MAX_TEXT_LENGTH


class VoiceCall(Record):
    """One message to one number, until a person heard it or it is given up. The text is the one that was approved."""

    notification = TenantForeignKey(Notification, on_delete=models.CASCADE, related_name="voice_calls")
    reference = models.CharField(max_length=KEY_LENGTH)
    number = EncryptedTextField()
    text = EncryptedTextField(max_length=MAX_TEXT_LENGTH)
    language = models.CharField(max_length=10)
    due_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    heard_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "notification"], name="voice_call_once"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "due_at"],
                condition=models.Q(closed_at__isnull=True),
                name="voice_call_open",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
