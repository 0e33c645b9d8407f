"""What is given with a case: files, photos, studies, results; how they were seen; and the photos that are wanted.

A case carries copies, so that a reader elsewhere needs nothing of the patient's record: of photos the coded facts and
the digests of their forms, of a result its text as it was. Only studies are read where they are, by the policies that
migration 0003 adds to them.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from hearthline.consults.models.cases import CaseRecord, Consult
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.imaging.intake.choices import BodySite, Finding, Laterality, View
from hearthline.imaging.intake.models import MOST_FINDINGS

TITLE_LENGTH = 200
TYPE_LENGTH = 60
CODE_LENGTH = 16
FORM_LENGTH = 10


def place_words(row: Any) -> str:
    """Return view, place and side of a photo (or of one that is wanted) in words; empty when none is coded."""
    parts = (row.get_view_display(), row.get_body_site_display(), row.get_laterality_display())
    return pgettext("between words of a list", ", ").join(str(part) for part in parts if part)


class Place(models.Model):
    """Where on the body, and from how far: coded as the photos' own package has them."""

    body_site = models.CharField(max_length=CODE_LENGTH, choices=BodySite.choices, blank=True)
    laterality = models.CharField(max_length=1, choices=Laterality.choices, blank=True)
    view = models.CharField(max_length=8, choices=View.choices, blank=True)

    class Meta:
        abstract = True

    @property
    def place_words(self) -> str:
        """The place in words, for lists and for those who hear the page."""
        return place_words(self)


class Attachment(CaseRecord, Place):
    """An object of the case. Bytes are in the asking organization's file store, named by their digest.

    Of a photo ``sha256`` names what was shown in full; of a study it is the digest over its instances' digests when
    it was attached (a signature names the instances themselves).
    """

    class Kind(models.TextChoices):
        FILE = "file", _("Document")
        PHOTO = "photo", _("Photo")
        STUDY = "study", _("Images")
        RESULT = "result", _("Laboratory result")

    consult = TenantForeignKey(Consult, related_name="attachments")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.FILE)
    title = EncryptedTextField(max_length=TITLE_LENGTH)
    content_type = models.CharField(max_length=TYPE_LENGTH)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    is_sensitive = models.BooleanField(default=False)
    findings: ArrayField[Any, Any] = ArrayField(
        models.CharField(max_length=CODE_LENGTH, choices=Finding.choices), default=list, size=MOST_FINDINGS
    )
    is_sent_anyway = models.BooleanField(default=False)
    is_late = models.BooleanField(default=False)
    file = TenantForeignKey("intake.File", null=True, related_name="+")
    study = TenantForeignKey("dicom.Study", null=True, related_name="+")
    report = TenantForeignKey("results.Report", null=True, related_name="+")

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "consult", "sha256"], name="attachment_of_case_once"
            ),
            models.UniqueConstraint(
                fields=["organization", "consult", "study"],
                condition=Q(study__isnull=False),
                name="attachment_study_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="file", study__isnull=True, report__isnull=True)
                | Q(kind="photo", file__isnull=False, study__isnull=True, report__isnull=True)
                | Q(kind="study", file__isnull=True, study__isnull=False, report__isnull=True)
                | Q(kind="result", file__isnull=True, study__isnull=True, report__isnull=False),
                name="attachment_is_what_it_names",
            ),
        ]

    @property
    def label(self) -> str:
        """What it shows: as coded, else as its giver called it."""
        return self.place_words or self.title

    @property
    def finding_labels(self) -> list[str]:
        """What the check of a photo's quality saw, in words."""
        return [str(Finding(code).label) for code in self.findings]


class AttachmentForm(Record):
    """A smaller form of a photo of the case, for lists and thin lines."""

    consult = TenantForeignKey(Consult, related_name="+")
    attachment = TenantForeignKey(Attachment, related_name="forms", on_delete=models.CASCADE)
    form = models.CharField(max_length=FORM_LENGTH)
    content_type = models.CharField(max_length=TYPE_LENGTH)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "attachment", "form"], name="attachment_form_once"
            ),
        ]


class Seen(CaseRecord):
    """That somebody had an object of the case open (of a study: one image), and in which quality."""

    consult = TenantForeignKey(Consult, related_name="+")
    attachment = TenantForeignKey(Attachment, related_name="seen")
    instance = TenantForeignKey("dicom.Instance", null=True, related_name="+")
    quality = models.CharField(max_length=FORM_LENGTH)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "attachment", "instance", "by", "quality"],
                nulls_distinct=False,
                name="seen_once",
            ),
        ]


class WantedPhoto(CaseRecord, Place):
    """That photos of a place belong to a case: asked for by its reader, or begun by who asks.

    ``capture`` is the set in which they are taken; whatever arrives in it comes to the case by itself.
    """

    consult = TenantForeignKey(Consult, related_name="wanted_photos")
    is_request = models.BooleanField(default=False)
    capture = TenantForeignKey("intake.Capture", null=True, related_name="+")
    met_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "consult", "capture"],
                condition=Q(capture__isnull=False),
                name="wanted_photo_set_once",
            ),
            models.CheckConstraint(
                condition=Q(is_request=False) | ~Q(body_site="") & ~Q(laterality=""),
                name="wanted_photo_says_where",
            ),
        ]
