"""Things that are lent to people and places, where each is, and the way it went.

A placement's ``reference`` is opaque: which person it stands for is written in a clinical table alone, so that
those who look after the technology never learn it.
"""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hearthline.fleet.rules import Kind, State
from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey

NAME_LENGTH = 80
SERIAL_LENGTH = 64
UDI_LENGTH = 120
NOTE_LENGTH = 300


class Asset(Record):
    """One thing with a serial number."""

    kind = models.CharField(max_length=12, choices=Kind.choices, verbose_name=_("Kind"))
    manufacturer = models.CharField(max_length=NAME_LENGTH, verbose_name=_("Manufacturer"))
    model = models.CharField(max_length=NAME_LENGTH, verbose_name=_("Model"))
    serial = models.CharField(max_length=SERIAL_LENGTH, verbose_name=_("Serial number"))
    udi = models.CharField(
        max_length=UDI_LENGTH, blank=True, verbose_name=_("Unique device identifier (UDI)")
    )
    is_medical_device = models.BooleanField(
        default=True, verbose_name=_("A medical device by law (in the US: FDA)")
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    acquired_on = models.DateField(null=True, blank=True, verbose_name=_("Bought or received on"))

    class Meta:
        ordering = ["manufacturer", "model", "serial", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "manufacturer", "serial"], name="asset_serial_of_its_maker"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="asset_state_known"),
        ]
        indexes = [models.Index(fields=["organization", "state", "kind"], name="asset_by_state")]

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.model}"


class AssetMove(Record):
    """A step of a thing's life. Rows are only added."""

    asset = TenantForeignKey(Asset, related_name="moves")
    from_state = models.CharField(max_length=10, choices=State.choices)
    to_state = models.CharField(max_length=10, choices=State.choices)
    moved_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    is_cleaned = models.BooleanField(default=False)
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(from_state__in=["returned", "repair"], to_state="ready") | Q(is_cleaned=True),
                name="asset_cleaned_before_next",
            )
        ]


class Placement(Record):
    """From when until when a thing is lent, to whoever ``reference`` stands for."""

    asset = TenantForeignKey(Asset, related_name="placements")
    reference = models.UUIDField(default=uuid.uuid4, editable=False)
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="placement_reference"),
            models.UniqueConstraint(
                fields=["organization", "asset"],
                condition=Q(ended_at__isnull=True),
                name="placement_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="placement_ends_after_start",
            ),
        ]
