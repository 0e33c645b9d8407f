"""What was received: studies, their series, their instances, and what is derived from them.

The columns are what QIDO-RS is asked for. Everything else of a header is kept sealed and compressed as DICOM JSON.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from hearthline.foundation.crypto import CompressedTextField, EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey

UID_LENGTH = 64  # PS3.5 section 6.2
TEXT_LENGTH = 64  # LO
NAME_LENGTH = 324  # PN: five parts in three scripts, 64 characters a part, and their separators
CODE_LENGTH = 16  # CS, SH
TIME_LENGTH = 16  # TM, with fraction
DIGEST_LENGTH = 64
INDEX_BYTES = 32
METADATA_LENGTH = 4 * 1024 * 1024
TYPE_LENGTH = 40


class Study(Record):
    """One study of one patient, as one sender described it. Without ``patient`` it is held: nobody is shown it.

    The same study UID may be there twice, once for each patient or header identity that claims it.
    """

    patient = TenantForeignKey("directory.Patient", null=True, related_name="studies")
    study_uid = models.CharField(max_length=UID_LENGTH)
    identity_index = models.BinaryField(max_length=INDEX_BYTES, editable=False)  # of the person in the header
    patient_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    patient_name_folded = models.CharField(max_length=NAME_LENGTH, blank=True)
    patient_identifier = EncryptedTextField(max_length=TEXT_LENGTH, blank=True, default="")
    patient_identifier_index = models.BinaryField(max_length=INDEX_BYTES, null=True, editable=False)
    patient_birth_date = models.DateField(null=True)
    patient_sex = models.CharField(max_length=CODE_LENGTH, blank=True)
    study_date = models.DateField(null=True)
    study_time = models.CharField(max_length=TIME_LENGTH, blank=True)
    study_identifier = models.CharField(max_length=TEXT_LENGTH, blank=True)
    accession_number = models.CharField(max_length=TEXT_LENGTH, blank=True)
    referring_physician = models.CharField(max_length=NAME_LENGTH, blank=True)
    description = models.CharField(max_length=TEXT_LENGTH, blank=True)
    modalities = ArrayField(models.CharField(max_length=CODE_LENGTH), default=list)
    series_count = models.PositiveIntegerField(default=0)
    instance_count = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-study_date", "-study_time", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "study_uid", "patient"],
                condition=Q(patient__isnull=False),
                name="study_once_a_patient",
            ),
            models.UniqueConstraint(
                fields=["organization", "study_uid", "identity_index"],
                condition=Q(patient__isnull=True),
                name="study_held_once_an_identity",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "patient", "-study_date"], name="study_by_patient"),
            models.Index(fields=["organization", "-study_date", "-study_time", "id"], name="study_by_date"),
            models.Index(fields=["organization", "patient_identifier_index"], name="study_by_identifier"),
            models.Index(fields=["organization", "accession_number"], name="study_by_accession"),
        ]


class Series(Record):
    """One series of a study."""

    study = TenantForeignKey(Study, related_name="series")
    series_uid = models.CharField(max_length=UID_LENGTH)
    modality = models.CharField(max_length=CODE_LENGTH, blank=True)
    number = models.IntegerField(null=True)
    description = models.CharField(max_length=TEXT_LENGTH, blank=True)
    body_part = models.CharField(max_length=TEXT_LENGTH, blank=True)
    laterality = models.CharField(max_length=CODE_LENGTH, blank=True)
    performed_date = models.DateField(null=True)
    performed_time = models.CharField(max_length=TIME_LENGTH, blank=True)
    instance_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["number", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "study", "series_uid"], name="series_once_a_study"
            ),
        ]


class Instance(Record):
    """One object as it was sent: the original file, never changed, and what its header says.

    ``is_conflicting``: another object with this UID and other bytes is there too; both are kept. ``held_study``: the
    held study it arrived in, so that a decision about it can be undone. A retracted instance is no longer shown; its
    original stays until retention ends.
    """

    series = TenantForeignKey(Series, related_name="instances")
    held_study = TenantForeignKey(Study, null=True, related_name="arrivals")
    sop_uid = models.CharField(max_length=UID_LENGTH)
    sop_class_uid = models.CharField(max_length=UID_LENGTH)
    number = models.IntegerField(null=True)
    rows = models.PositiveIntegerField(null=True)
    columns = models.PositiveIntegerField(null=True)
    bits_allocated = models.PositiveSmallIntegerField(null=True)
    frame_count = models.PositiveIntegerField(default=1)
    transfer_syntax = models.CharField(max_length=UID_LENGTH)
    sha256 = models.CharField(max_length=DIGEST_LENGTH)
    size = models.BigIntegerField()
    # [byte offset, length, …] for each frame: one pair for uncompressed pixels, a pair a fragment for compressed ones.
    frames = models.JSONField(default=list)
    # {path of the attribute: [byte offset, length]} of values too long for the metadata.
    bulk = models.JSONField(default=dict)
    metadata = CompressedTextField(max_length=METADATA_LENGTH)
    is_conflicting = models.BooleanField(default=False)
    source = models.CharField(max_length=TEXT_LENGTH, blank=True)
    retracted_at = models.DateTimeField(null=True, blank=True)
    retracted_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "series", "sop_uid", "sha256"], name="instance_once"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "sop_uid"], name="instance_by_uid"),
            models.Index(fields=["organization", "sha256"], name="instance_by_digest"),
        ]


class Derived(Record):
    """A picture made from an instance's frame (counted from 1): it can be made again at any time."""

    class Kind(models.TextChoices):
        THUMBNAIL = "thumbnail"
        PREVIEW = "preview"
        LOSSLESS = "lossless"  # HTJ2K, for delivery

    instance = TenantForeignKey(Instance, related_name="derived", on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    frame = models.PositiveIntegerField(default=1)
    content_type = models.CharField(max_length=TYPE_LENGTH)
    sha256 = models.CharField(max_length=DIGEST_LENGTH)
    size = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "instance", "kind", "frame"], name="derived_once"
            ),
        ]
