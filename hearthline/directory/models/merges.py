"""Pairs of records that may be one person, and merges with what each moved, so that it can be undone."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.directory.models.patients import Patient
from hearthline.foundation.models import Record, TenantForeignKey, TenantModel


class DuplicateCandidate(Record):
    """Two records for a person to compare. ``first`` has the smaller id."""

    class Status(models.TextChoices):
        OPEN = "open", _("To compare")
        MERGED = "merged", _("Merged")
        DIFFERENT = "different", _("Two people")

    first = TenantForeignKey(Patient, related_name="+")
    second = TenantForeignKey(Patient, related_name="+")
    points = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_user_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["-points", "created_at"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "first", "second"], name="duplicate_pair_unique"),
            models.CheckConstraint(condition=Q(first__lt=models.F("second")), name="duplicate_pair_ordered"),
        ]
        indexes = [models.Index(fields=["organization", "status", "-points"], name="duplicate_queue")]

    def __str__(self) -> str:
        return str(self.id)


class PatientMerge(Record):
    """That one record was found to be another, by whom, and whether it was undone."""

    survivor = TenantForeignKey(Patient, related_name="+")
    duplicate = TenantForeignKey(Patient, related_name="+")
    reason = models.CharField(max_length=300)
    merged_by_user_id = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by_user_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "duplicate"],
                condition=Q(undone_at__isnull=True),
                name="patient_merge_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class PatientMergeMove(TenantModel):
    """One row that a merge moved to the survivor: its model, column and id."""

    merge = TenantForeignKey(PatientMerge, on_delete=models.CASCADE, related_name="moves")
    model_label = models.CharField(max_length=100)
    column = models.CharField(max_length=60)
    row_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "merge", "model_label", "column", "row_id"], name="merge_move_unique"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
