"""Conversations between a patient and the care team."""

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.identity.models import User
from hearthline.messaging import rules

SUBJECT_LENGTH = 120
TEXT_LENGTH = 5_000
NOTE_LENGTH = 500
KEY_LENGTH = 64
FILE_NAME_LENGTH = 120
NEW_THREAD = "new"


class RoutingPool(Record):
    """Who answers: a team or one practitioner, and how soon they usually do."""

    name = models.CharField(max_length=80)
    answer_within_minutes = models.PositiveIntegerField(default=480)
    opens_at = models.TimeField(default=time(8))
    closes_at = models.TimeField(default=time(17))
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list)
    takes_new_threads = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="routing_pool_name_unique"),
            models.CheckConstraint(
                condition=Q(answer_within_minutes__gte=15, answer_within_minutes__lte=14_400),
                name="routing_pool_answer_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def opening(self) -> rules.Window:
        """The hours in which the pool answers."""
        return rules.Window(self.opens_at, self.closes_at)


class PoolMember(Record):
    """That a member of staff answers for a pool."""

    pool = TenantForeignKey(RoutingPool, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "pool", "user"], name="pool_member_once"),
        ]
        indexes = [models.Index(fields=["organization", "user"], name="pool_member_by_user")]

    def __str__(self) -> str:
        return str(self.id)


class Thread(Record):
    """One conversation. ``answer_due_at`` is set while the patient waits for an answer."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    patient = TenantForeignKey(Patient, related_name="threads")
    pool = TenantForeignKey(RoutingPool, related_name="threads")
    subject = EncryptedTextField(max_length=SUBJECT_LENGTH)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    answer_due_at = models.DateTimeField(null=True)
    last_message_at = models.DateTimeField(default=clock.now)
    key = models.CharField(max_length=KEY_LENGTH)

    class Meta:
        ordering = ["-last_message_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="thread_key_once")]
        indexes = [
            models.Index(fields=["organization", "patient", "-last_message_at"], name="thread_by_patient"),
            models.Index(fields=["organization", "status", "pool", "answer_due_at"], name="thread_by_pool"),
            models.Index(fields=["organization", "owner", "status"], name="thread_by_owner"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Message(Record):
    """What somebody wrote. ``is_internal`` is for staff only; a proxy writes for the patient."""

    class Author(models.TextChoices):
        PATIENT = "patient", _("Patient")
        PROXY = "proxy", _("Caregiver")
        STAFF = "staff", _("Care team")

    thread = TenantForeignKey(Thread, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=100)
    author_kind = models.CharField(max_length=8, choices=Author.choices)
    text = EncryptedTextField(max_length=TEXT_LENGTH)
    is_internal = models.BooleanField(default=False)
    key = models.CharField(max_length=KEY_LENGTH)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "author", "key"], name="message_key_once"),
            models.CheckConstraint(
                condition=Q(is_internal=False) | Q(author_kind="staff"), name="message_internal_by_staff"
            ),
        ]
        indexes = [models.Index(fields=["organization", "thread", "created_at"], name="message_by_thread")]

    def __str__(self) -> str:
        return str(self.id)


class MessageRead(Record):
    """When a person first saw a message."""

    message = TenantForeignKey(Message, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reader_name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "message", "user"], name="message_read_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Attachment(Record):
    """A picture or document in a message, checked before it was kept."""

    message = TenantForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    name = EncryptedTextField(max_length=FILE_NAME_LENGTH)
    content_type = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return str(self.id)


class Draft(Record):
    """What somebody had written when their session ended; ``place`` is a thread's id, or ``new``."""

    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=36, default=NEW_THREAD)
    text = EncryptedTextField(max_length=TEXT_LENGTH)
    subject = EncryptedTextField(max_length=SUBJECT_LENGTH, blank=True, default="")
    saved_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "author", "place"], name="draft_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Handover(Record):
    """That a conversation changed hands or state, who did it, and why."""

    class Kind(models.TextChoices):
        CLAIMED = "claimed", _("took it on")
        HANDED_OVER = "handed_over", _("handed it over")
        CLOSED = "closed", _("closed it")
        REOPENED = "reopened", _("opened it again")

    thread = TenantForeignKey(Thread, on_delete=models.CASCADE, related_name="handovers")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=100)
    to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    to_name = models.CharField(max_length=100, blank=True)
    note = EncryptedTextField(max_length=NOTE_LENGTH, blank=True, default="")

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.kind
