"""What is said and shown in writing during a visit; both stay in the record."""

from django.db import models

from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField
from hearthline.visits.models.room import Participant
from hearthline.visits.models.visit import Visit

MESSAGE_LENGTH = 2000
KEY_LENGTH = 64
FILE_NAME_LENGTH = 120


class ChatMessage(Record):
    """A line of chat. ``key`` is chosen by the sender's browser, so that a repeated request adds nothing."""

    visit = TenantForeignKey(Visit, related_name="chat_messages")
    participant = TenantForeignKey(Participant, related_name="chat_messages")
    text = EncryptedTextField(max_length=MESSAGE_LENGTH)
    key = models.CharField(max_length=KEY_LENGTH)
    said_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["said_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "participant", "key"], name="chat_message_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class TypedLine(Record):
    """A line that somebody is writing, as far as it is: others read it letter by letter.

    One for each person; a newer state replaces the older. It is gone when the line is said, taken back, or the visit
    ends: what was never said is nobody's record.
    """

    visit = TenantForeignKey(Visit, related_name="typed_lines")
    participant = TenantOneToOneField(Participant, related_name="typed_line")
    text = EncryptedTextField(max_length=MESSAGE_LENGTH)
    key = models.CharField(max_length=KEY_LENGTH)

    def __str__(self) -> str:
        return str(self.id)


class SharedFile(Record):
    """A file given to the others in the room."""

    visit = TenantForeignKey(Visit, related_name="files")
    participant = TenantForeignKey(Participant, related_name="files")
    digest = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    content_type = models.CharField(max_length=60)
    name = EncryptedTextField(max_length=FILE_NAME_LENGTH)
    shared_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["shared_at", "id"]

    def __str__(self) -> str:
        return str(self.id)
