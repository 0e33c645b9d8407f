"""Accounts at makers of devices that patients let us read, what the makers told us, and what came of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey

TOKEN_LENGTH = 200
VENDOR_ID_LENGTH = 40
DIGEST_BYTES = 32
NOTIFICATION_BYTES = 4096  # a form of a few short fields


class Vendor(models.TextChoices):
    """Whose cloud it is."""

    WITHINGS = "withings", "Withings"


class VendorLink(Record):
    """One patient's account at a vendor, which they let us read from ``created_at`` on.

    The tokens are erased when the link ends. ``callback_secret`` is part of the address the vendor calls: the edge
    knows its digest alone. ``synced_until`` is on the vendor's clock.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Linked")
        LOST = "lost", _("The vendor no longer lets us read")
        ENDED = "ended", _("Ended here")

    monitored = TenantForeignKey("readings.MonitoredPatient", related_name="vendor_links")
    vendor = models.CharField(max_length=12, choices=Vendor.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    linked_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    account = EncryptedTextField(max_length=TOKEN_LENGTH)
    account_index = models.BinaryField(max_length=DIGEST_BYTES)
    access_token = EncryptedTextField(max_length=TOKEN_LENGTH, blank=True)
    refresh_token = EncryptedTextField(max_length=TOKEN_LENGTH, blank=True)
    access_ends_at = models.DateTimeField()
    callback_secret = EncryptedTextField(max_length=TOKEN_LENGTH)
    callback_digest = models.BinaryField(max_length=DIGEST_BYTES)
    subscribed_at = models.DateTimeField(null=True, blank=True)
    synced_until = models.DateTimeField(null=True, blank=True)
    pulled_at = models.DateTimeField(null=True, blank=True)
    next_pull_at = models.DateTimeField(default=clock.now)
    failures = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "monitored", "vendor"],
                condition=Q(state="active"),
                name="vendor_link_one_of_a_person",
            ),
            models.UniqueConstraint(
                fields=["organization", "vendor", "account_index"],
                condition=Q(state="active"),
                name="vendor_account_of_one_person",
            ),
            models.UniqueConstraint(fields=["callback_digest"], name="vendor_callback_digest"),
            models.CheckConstraint(
                condition=Q(state="active", ended_at__isnull=True)
                | Q(state__in=["lost", "ended"], ended_at__isnull=False),
                name="vendor_link_ends_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "next_pull_at"], condition=Q(state="active"), name="vendor_link_due"
            )
        ]


class VendorNotification(Record):
    """What a vendor said, as it came: kept before it is acknowledged, settled when its window was pulled."""

    class Ending(models.TextChoices):
        PULLED = "pulled", _("Pulled")
        NOT_OURS = "not-ours", _("About another account")
        UNREADABLE = "unreadable", _("Not of the form described")
        OVER = "over", _("The link had ended")

    link = TenantForeignKey(VendorLink, related_name="notifications")
    received_at = models.DateTimeField(default=clock.now)
    body = models.BinaryField(max_length=NOTIFICATION_BYTES)
    body_sha256 = models.BinaryField(max_length=DIGEST_BYTES)
    settled_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=12, choices=Ending.choices, blank=True)

    class Meta:
        constraints = [
            # The vendor says the same again until it is acknowledged; while it waits, once is enough.
            models.UniqueConstraint(
                fields=["organization", "link", "body_sha256"],
                condition=Q(settled_at__isnull=True),
                name="vendor_notification_waits_once",
            )
        ]
        indexes = [
            models.Index(fields=["organization", "link", "received_at"], name="vendor_notification_of")
        ]


class VendorMeasurement(Record):
    """Which of our measurements a vendor's own id stands for, and as of when: corrections and deletions find it."""

    link = TenantForeignKey(VendorLink, related_name="measurements")
    vendor_id = models.CharField(max_length=VENDOR_ID_LENGTH)
    modified_at = models.DateTimeField()
    observed_at = models.DateTimeField()
    device_number = models.BigIntegerField()
    missing_since = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "link", "vendor_id"], name="vendor_measurement_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "link", "observed_at"], name="vendor_measurement_at")]


class VendorOutage(Record):
    """A vendor's cloud does not answer: one incident of an organization, however many links it stops."""

    vendor = models.CharField(max_length=12, choices=Vendor.choices)
    opened_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "vendor"],
                condition=Q(ended_at__isnull=True),
                name="vendor_outage_open_once",
            )
        ]
