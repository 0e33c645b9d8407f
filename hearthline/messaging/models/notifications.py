"""Notifications: what is to be sent, every try, and what people said about being written to."""

from datetime import time
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.directory.models import Patient
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.identity.models import User
from hearthline.messaging import rules, wording
from hearthline.tenancy.models import ZONE_LENGTH

KEY_LENGTH = 200
TEMPLATE_LENGTH = 60
REASON_LENGTH = 40
PROVIDER_ID_LENGTH = 200
EVENT_ID_LENGTH = 100
INDEX_BYTES = 32
CONTEXT_LENGTH = 8_000
CALENDAR_LENGTH = 20_000
INBOUND_LENGTH = 2_000


class Channel(models.TextChoices):
    """The channels of ``rules.Channel`` with words for people."""

    EMAIL = rules.Channel.EMAIL.value, _("E-mail")
    SMS = rules.Channel.SMS.value, _("Text message")
    VOICE = rules.Channel.VOICE.value, _("Telephone call")


class State(models.TextChoices):
    """The states of ``rules.State`` with words for people."""

    QUEUED = rules.State.QUEUED.value, _("Waiting to be sent")
    SENDING = rules.State.SENDING.value, _("Being sent")
    SENT = rules.State.SENT.value, _("Sent")
    DELIVERED = rules.State.DELIVERED.value, _("Delivered")
    FAILED = rules.State.FAILED.value, _("Could not be delivered")
    SUPPRESSED = rules.State.SUPPRESSED.value, _("Not sent")
    CANCELLED = rules.State.CANCELLED.value, _("Withdrawn")


class MessagingPolicy(Record):
    """What an organization decided about when and as whom it writes. One row for each organization."""

    quiet_from = models.TimeField(default=time(21))
    quiet_until = models.TimeField(default=time(8))
    patient_notice = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization"], name="messaging_policy_once")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def sending_window(self) -> rules.Window:
        """The hours of the day when messages may go."""
        return rules.Window(self.quiet_from, self.quiet_until).inverted()


class TemplateWording(Record):
    """An organization's own words for a template in one language and channel; without a row ours are used."""

    template = models.CharField(max_length=TEMPLATE_LENGTH)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    subject = models.CharField(max_length=wording.MAX_SUBJECT_LENGTH, blank=True)
    text = models.TextField(max_length=wording.MAX_TEXT_LENGTH)
    is_reviewed = models.BooleanField(default=False)
    changed_by_user_id = models.UUIDField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "template", "language", "channel"], name="template_wording_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.language} {self.channel}"


class Notification(Record):
    """One message to one person: planned, sent, and what became of it.

    To a patient, a user, or (guests) a bare address. ``key`` makes asking twice harmless. The words are made when it
    is sent, from ``template`` and the sealed ``context``; ``address`` is where it went.
    """

    template = models.CharField(max_length=TEMPLATE_LENGTH)
    key = models.CharField(max_length=KEY_LENGTH)
    patient = TenantForeignKey(Patient, null=True, blank=True, related_name="notifications")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    about_type = models.CharField(max_length=40)
    about_id = models.UUIDField()
    asked_by_user_id = models.UUIDField(null=True)
    context = EncryptedTextField(max_length=CONTEXT_LENGTH)
    calendar = EncryptedTextField(max_length=CALENDAR_LENGTH, blank=True, default="")
    language = models.CharField(max_length=10, blank=True)
    zone = models.CharField(max_length=ZONE_LENGTH, blank=True)
    given_address = EncryptedTextField(blank=True, default="")
    address = EncryptedTextField(blank=True, default="")
    address_index = models.BinaryField(max_length=INDEX_BYTES, null=True, editable=False)
    channel = models.CharField(max_length=8, choices=Channel.choices, blank=True)
    tried_channels = ArrayField(models.CharField(max_length=8), default=list)
    is_reminder = models.BooleanField(default=False)
    takes_reply = models.BooleanField(default=False)
    planned_at = models.DateTimeField()
    promised_at = models.DateTimeField()  # when it was to go; a retry moves due_at only
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    provider_id = models.CharField(max_length=PROVIDER_ID_LENGTH, blank=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Notification"]]

    class Meta:
        ordering = ["-planned_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="notification_key_once"),
            models.CheckConstraint(
                condition=Q(patient__isnull=True) | Q(user__isnull=True), name="notification_one_person"
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(lease_until__isnull=False),
                name="notification_sending_leased",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="notification_state_known"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "due_at"],
                condition=Q(state__in=("queued", "sending")),
                name="notification_due",
            ),
            models.Index(fields=["organization", "about_type", "about_id"], name="notification_about"),
            models.Index(fields=["organization", "patient", "-planned_at"], name="notification_by_patient"),
            models.Index(
                fields=["organization", "address_index", "-sent_at"], name="notification_by_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.state}"


class DeliveryAttempt(Record):
    """One try to hand a notification over. A row without an end belongs to a worker that is busy, or dead."""

    notification = TenantForeignKey(Notification, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=8, choices=Channel.choices)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True)
    error = models.CharField(max_length=REASON_LENGTH, blank=True)
    provider_id = models.CharField(max_length=PROVIDER_ID_LENGTH, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "notification", "channel", "number"], name="delivery_attempt_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.number} {self.outcome}"


class OptOut(Record):
    """That somebody asked us to stop writing to an address; texting START ends it."""

    channel = models.CharField(max_length=8, choices=Channel.choices)
    address_index = models.BinaryField(max_length=INDEX_BYTES)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "channel", "address_index"],
                condition=Q(ended_at__isnull=True),
                name="opt_out_once",
            ),
        ]

    def __str__(self) -> str:
        return self.channel


class DoubtfulContact(Record):
    """An address that was refused: a task for the front desk to ask the person for a better one."""

    patient = TenantForeignKey(Patient, null=True, on_delete=models.CASCADE, related_name="doubtful_contacts")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address_index = models.BinaryField(max_length=INDEX_BYTES)
    reason = models.CharField(max_length=REASON_LENGTH)
    resolved_at = models.DateTimeField(null=True)
    resolved_by_user_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "channel", "address_index"],
                condition=Q(resolved_at__isnull=True),
                name="doubtful_contact_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.reason}"


class ReceiptEvent(Record):
    """A call back of the gateway that was taken in: a repeat finds this row."""

    event_id = models.CharField(max_length=EVENT_ID_LENGTH)
    notification = TenantForeignKey(Notification, on_delete=models.CASCADE, related_name="receipts")
    state = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "event_id"], name="receipt_event_once"),
        ]

    def __str__(self) -> str:
        return self.state


class InboundText(Record):
    """A text that came back, and what it was taken to mean."""

    event_id = models.CharField(max_length=EVENT_ID_LENGTH)
    address_index = models.BinaryField(max_length=INDEX_BYTES)
    text = EncryptedTextField(max_length=INBOUND_LENGTH)
    intent = models.CharField(max_length=12)
    notification = TenantForeignKey(Notification, null=True, on_delete=models.CASCADE, related_name="answers")
    handled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=REASON_LENGTH, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["organization", "event_id"], name="inbound_text_once")]
        indexes = [
            models.Index(fields=["organization", "address_index", "-created_at"], name="inbound_by_address")
        ]

    def __str__(self) -> str:
        return self.intent
