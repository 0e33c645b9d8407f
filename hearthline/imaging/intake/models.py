"""What is being sent, what was received and in which forms it is kept, and who else may see it."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hearthline.directory.models import Consent, Patient
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField
from hearthline.identity.models import User
from hearthline.imaging.intake.choices import (
    BodySite,
    Chaperone,
    Finding,
    Form,
    Kind,
    Laterality,
    Scan,
    Source,
    State,
    UploadState,
    View,
)
from hearthline.imaging.intake.words import refusal_sentence

NAME_LENGTH = 120
WORDS_LENGTH = 2_000
METADATA_LENGTH = (
    4_000  # as the sender wrote it: a name of 120 letters in three bytes each, in base64, and six codes
)
KEY_LENGTH = 64
CODE_LENGTH = 16
DIGEST_LENGTH = 64
TYPE_LENGTH = 60
SUBJECT_LENGTH = 60
MOST_FINDINGS = 8


class Capture(Record):
    """A set of photos of one place on the body, agreed to by the patient or whoever decides for them.

    ``site`` names the hub whose attendants may send into it; ``key`` makes a repeated request the same set.
    """

    patient = TenantForeignKey(Patient, related_name="captures")
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    site = TenantForeignKey("tenancy.Site", null=True, blank=True, related_name="+")
    consent = TenantForeignKey(Consent, null=True, blank=True, related_name="+")
    body_site = models.CharField(max_length=CODE_LENGTH, choices=BodySite.choices)
    laterality = models.CharField(max_length=1, choices=Laterality.choices)
    is_sensitive = models.BooleanField(default=False)
    chaperone = models.CharField(
        max_length=CODE_LENGTH, choices=Chaperone.choices, default=Chaperone.NOT_NEEDED
    )
    chaperone_name = EncryptedTextField(max_length=NAME_LENGTH, blank=True, default="")
    words = EncryptedTextField(max_length=WORDS_LENGTH, blank=True, default="")
    key = models.CharField(max_length=KEY_LENGTH)
    closes_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "opened_by", "key"], name="capture_key_once"),
            models.CheckConstraint(
                condition=Q(is_sensitive=False) | ~Q(chaperone=Chaperone.NOT_NEEDED),
                name="capture_intimate_says_who_was_there",
            ),
        ]
        indexes = [models.Index(fields=["organization", "patient", "-created_at"], name="capture_by_patient")]


class File(Record):
    """One received file. The original is never changed; what is shown is made from it (``Rendition``).

    ``taken_back_at``: it was taken by mistake; it stays, and nobody finds it any more.
    """

    patient = TenantForeignKey(Patient, related_name="files")
    capture = TenantForeignKey(Capture, null=True, blank=True, related_name="files")
    uploader = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=8, choices=Source.choices)
    key = models.CharField(max_length=KEY_LENGTH)
    name = EncryptedTextField(max_length=NAME_LENGTH, blank=True, default="")
    kind = models.CharField(max_length=8, choices=Kind.choices, blank=True, default="")
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUARANTINED)
    sha256 = models.CharField(max_length=DIGEST_LENGTH)
    size_bytes = models.PositiveBigIntegerField()
    preamble_sha256 = models.CharField(max_length=DIGEST_LENGTH, blank=True, default="")
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    body_site = models.CharField(max_length=CODE_LENGTH, choices=BodySite.choices, blank=True, default="")
    laterality = models.CharField(max_length=1, choices=Laterality.choices, blank=True, default="")
    view = models.CharField(max_length=8, choices=View.choices, blank=True, default="")
    is_sensitive = models.BooleanField(default=False)
    findings: ArrayField[Any, Any] = ArrayField(
        models.CharField(max_length=CODE_LENGTH, choices=Finding.choices), default=list, size=MOST_FINDINGS
    )
    is_sent_anyway = models.BooleanField(default=False)
    scan = models.CharField(max_length=8, choices=Scan.choices, default=Scan.NOT_ASKED)
    refusal = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    settled_at = models.DateTimeField(null=True, blank=True)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "source", "key"], name="file_key_once"),
            models.CheckConstraint(
                condition=Q(state=State.QUARANTINED, settled_at__isnull=True)
                | Q(state__in=[State.ACCEPTED, State.REFUSED], settled_at__isnull=False),
                name="file_settled_once_checked",
            ),
            models.CheckConstraint(
                condition=(Q(state=State.REFUSED) & ~Q(refusal=""))
                | (~Q(state=State.REFUSED) & Q(refusal="")),
                name="file_refusal_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.ACCEPTED) | ~Q(kind=""), name="file_accepted_has_kind"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "patient", "created_at"], name="file_by_patient"),
            models.Index(fields=["organization", "state", "created_at"], name="file_by_state"),
        ]

    @property
    def finding_labels(self) -> list[str]:
        """What the quality check saw, in words."""
        return [str(Finding(code).label) for code in self.findings]

    @property
    def refusal_sentence(self) -> str:
        """Why the file was not taken and what to do, in the reader's language; empty unless it was refused."""
        return refusal_sentence(self.refusal)


class Rendition(Record):
    """A file's content in one form: where it lies in the encrypted store. Rows are only added."""

    file = TenantForeignKey(File, related_name="renditions")
    form = models.CharField(max_length=10, choices=Form.choices)
    sha256 = models.CharField(max_length=DIGEST_LENGTH)
    size_bytes = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=TYPE_LENGTH)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "file", "form"], name="rendition_once_a_form")
        ]


class Upload(Record):
    """A sending in pieces (tus 1.0.0). ``offset`` is what the draft on disk held last; the draft has the last word."""

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    patient = TenantForeignKey(Patient, related_name="+")
    capture = TenantForeignKey(Capture, null=True, blank=True, related_name="uploads")
    purpose = models.CharField(max_length=CODE_LENGTH)
    key = models.CharField(max_length=KEY_LENGTH)
    metadata = EncryptedTextField(max_length=METADATA_LENGTH, blank=True, default="")
    view = models.CharField(max_length=8, choices=View.choices, blank=True, default="")
    is_sent_anyway = models.BooleanField(default=False)
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=DIGEST_LENGTH)
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.RECEIVING)
    expires_at = models.DateTimeField()
    file = TenantOneToOneField(File, null=True, blank=True, related_name="upload")

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "owner", "key"], name="upload_key_once"),
            models.CheckConstraint(condition=Q(offset__lte=F("length")), name="upload_offset_within"),
            models.CheckConstraint(
                condition=Q(state=UploadState.FINISHED, file__isnull=False)
                | (~Q(state=UploadState.FINISHED) & Q(file__isnull=True)),
                name="upload_finished_has_file",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "state", "expires_at"], name="upload_by_state"),
            models.Index(fields=["organization", "owner", "state"], name="upload_by_owner"),
        ]
