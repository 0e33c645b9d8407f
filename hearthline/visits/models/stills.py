"""Stills of an examination camera, taken during a visit."""

from django.db import models
from django.db.models import Q

from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField
from hearthline.visits.choices import ExaminationDevice
from hearthline.visits.models.conversation import KEY_LENGTH
from hearthline.visits.models.room import Participant
from hearthline.visits.models.visit import Visit


class Still(Record):
    """One still. Its picture, place and side are the ``file``'s, which goes through the intake's quarantine.

    ``consent`` says who agreed to photos, when, and to which wording. ``wished_by`` asked for it. ``key`` is chosen
    by the taker's browser, so that a second press or a retry keeps one still.
    """

    visit = TenantForeignKey(Visit, related_name="stills")
    participant = TenantForeignKey(Participant, related_name="stills")
    file = TenantOneToOneField("intake.File", related_name="still")
    consent = TenantForeignKey("directory.Consent", related_name="+")
    device = models.CharField(max_length=16, choices=ExaminationDevice.choices)
    wished_by = TenantForeignKey(Participant, null=True, blank=True, related_name="+")
    key = models.CharField(max_length=KEY_LENGTH)
    taken_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = TenantForeignKey(Participant, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["taken_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "participant", "key"], name="still_once"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="still_removed_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["organization", "visit", "taken_at"], name="still_by_visit")]

    def __str__(self) -> str:
        return str(self.id)
