"""Images given away for teaching: what was chosen, who looked at each picture, when, and what they saw."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.imaging.dicom.models.images import DIGEST_LENGTH, Instance, Study

REASON_LENGTH = 300


class TeachingExport(Record):
    """One study, or one set of photos, that is made into files without names. The files are kept until it is ended."""

    class State(models.TextChoices):
        CHECKING = "checking", _("Each picture has to be checked")
        MAKING = "making", _("The files are being made")
        READY = "ready", _("Ready to be fetched")
        FAILED = "failed", _("The files could not be made")
        ENDED = "ended", _("Ended, the files are gone")

    patient = TenantForeignKey("directory.Patient", related_name="+")
    study = TenantForeignKey(Study, null=True, related_name="+")
    capture = TenantForeignKey("intake.Capture", null=True, related_name="+")
    reason = models.CharField(max_length=REASON_LENGTH)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKING)
    made_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=DIGEST_LENGTH, blank=True, default="")
    size = models.BigIntegerField(default=0)
    ready_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(study__isnull=False, capture__isnull=True)
                | Q(study__isnull=True, capture__isnull=False),
                name="teaching_of_one_thing",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="teaching_has_reason"),
            models.CheckConstraint(
                condition=(Q(state="ready", ready_at__isnull=False) & ~Q(sha256=""))
                | (~Q(state="ready") & Q(sha256="")),
                name="teaching_ready_has_files",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "patient", "-created_at"], name="teaching_by_patient")
        ]


class TeachingImage(Record):
    """One picture of an export, and what a person saw in it.

    ``boxes``: left, top, width and height in pixels of what is blanked, in every frame.
    """

    class Decision(models.TextChoices):
        OPEN = "open", _("Not checked yet")
        CLEAN = "clean", _("Nothing in it tells whose it is")
        BLANKED = "blanked", _("Parts of it are blanked")
        LEFT_OUT = "left_out", _("Left out")

    export = TenantForeignKey(TeachingExport, related_name="images")
    position = models.PositiveIntegerField()
    instance = TenantForeignKey(Instance, null=True, related_name="+")
    file = TenantForeignKey("intake.File", null=True, related_name="+")
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.OPEN)
    boxes: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    decided_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "export", "position"], name="teaching_image_position"
            ),
            models.CheckConstraint(
                condition=Q(instance__isnull=False, file__isnull=True)
                | Q(instance__isnull=True, file__isnull=False),
                name="teaching_image_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(decision="open", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(decision="open") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="teaching_image_says_who_checked",
            ),
            models.CheckConstraint(
                condition=(Q(decision="blanked") & ~Q(boxes=[])) | (~Q(decision="blanked") & Q(boxes=[])),
                name="teaching_image_blanked_says_where",
            ),
        ]
