"""How the connection was, and how people say it was."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.visits.choices import ConnectionFault, Modality, Rung, TechnologyFault
from hearthline.visits.models.room import Participant
from hearthline.visits.models.visit import Visit

COMMENT_LENGTH = 1000
FAULT_DETAIL_LENGTH = 12


class QualitySample(Record):
    """Five seconds of a participant's reception. There is no column for an address, on purpose.

    ``uplink_kilobits``: what the browser's way out carries; 0 while it holds no picture back and cannot be known.
    """

    visit = TenantForeignKey(Visit, related_name="quality_samples")
    participant = TenantForeignKey(Participant, related_name="quality_samples")
    at = models.DateTimeField(default=clock.now)
    modality = models.CharField(max_length=8, choices=Modality.choices)
    rung = models.CharField(max_length=8, choices=Rung.choices, blank=True)
    mean_opinion_score = models.FloatField()
    concealment = models.FloatField()
    round_trip_ms = models.PositiveIntegerField()
    jitter_buffer_ms = models.PositiveIntegerField()
    frames_per_second = models.FloatField()
    freeze_seconds = models.FloatField(default=0)
    pair = models.CharField(max_length=8, blank=True)
    protocol = models.CharField(max_length=8, blank=True)
    reconnects = models.PositiveSmallIntegerField(default=0)
    uplink_kilobits = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["organization", "visit", "at"], name="quality_by_visit")]

    def __str__(self) -> str:
        return str(self.id)


class VisitFault(Record):
    """A technical failure that a participant's browser met; ``detail`` names the device or what was tried."""

    visit = TenantForeignKey(Visit, related_name="faults")
    participant = TenantForeignKey(Participant, related_name="faults")
    at = models.DateTimeField(default=clock.now)
    kind = models.CharField(max_length=12, choices=ConnectionFault.choices)
    detail = models.CharField(max_length=FAULT_DETAIL_LENGTH, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["organization", "visit", "at"], name="fault_by_visit")]

    def __str__(self) -> str:
        return str(self.kind)


class VisitRating(Record):
    """What a participant says afterwards about the care and about the technology."""

    visit = TenantForeignKey(Visit, related_name="ratings")
    participant = TenantForeignKey(Participant, related_name="ratings")
    care = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    technology = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    faults = ArrayField(
        models.CharField(max_length=16, choices=TechnologyFault.choices), default=list, blank=True
    )
    comment = EncryptedTextField(max_length=COMMENT_LENGTH, blank=True, default="")
    rated_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["rated_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "visit", "participant"], name="rating_once"),
            models.CheckConstraint(
                condition=(Q(care__isnull=True) | Q(care__range=(1, 5)))
                & (Q(technology__isnull=True) | Q(technology__range=(1, 5))),
                name="rating_range",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
