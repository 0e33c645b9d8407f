"""What laboratories report: every version kept, the leading one marked."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.charting.results.models.senders import (
    NUMBER_LENGTH,
    SHA256_LENGTH,
    IncomingMessage,
    Laboratory,
)
from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey

CODE_LENGTH = 60
SYSTEM_LENGTH = 100
TITLE_LENGTH = 250
UNIT_LENGTH = 60
RANGE_LENGTH = 200
FLAGS_LENGTH = 60
LINE_LENGTH = CODE_LENGTH + SYSTEM_LENGTH + 60
TEXT_LENGTH = 65_536  # HL7 v2.5.1 gives FT and TX 65,536 characters
NUMBER_DIGITS, NUMBER_DECIMALS = 24, 10


class Status(models.TextChoices):
    """Of a report and of each of its lines, as HL7 tables 0123 and 0085 and FHIR have it, in what they share."""

    PRELIMINARY = "preliminary", _("Preliminary")
    FINAL = "final", _("Final")
    CORRECTED = "corrected", _("Corrected")
    CANCELLED = "cancelled", _("Cancelled by the laboratory")


class Abnormality(models.TextChoices):
    """What the laboratory's own flag says of a value; never worked out from the value by us."""

    NONE = "none", _("Not flagged")
    NORMAL = "normal", _("Normal")
    LOW = "low", _("Low")
    HIGH = "high", _("High")
    ABNORMAL = "abnormal", _("Abnormal")
    CRITICAL_LOW = "critical_low", _("Critically low")
    CRITICAL_HIGH = "critical_high", _("Critically high")
    CRITICAL = "critical", _("Critically abnormal")
    UNKNOWN = "unknown", _("Flag we do not know")


CRITICAL = (Abnormality.CRITICAL_LOW, Abnormality.CRITICAL_HIGH, Abnormality.CRITICAL)
UNREMARKABLE = (Abnormality.NONE, Abnormality.NORMAL)


class Report(Record):
    """One ordered panel of one patient, with all its versions. Its facts follow from the leading version."""

    patient = TenantForeignKey("directory.Patient", related_name="result_reports")
    laboratory = TenantForeignKey(Laboratory, related_name="reports")
    filler_number = models.CharField(max_length=NUMBER_LENGTH)  # OBR-3: the laboratory's own number
    placer_number = models.CharField(max_length=NUMBER_LENGTH, blank=True)  # OBR-2: the orderer's number
    code = models.CharField(max_length=CODE_LENGTH)
    code_system = models.CharField(max_length=SYSTEM_LENGTH, blank=True)
    title = EncryptedTextField(max_length=TITLE_LENGTH)
    orderer_as_sent = EncryptedTextField(max_length=TITLE_LENGTH, blank=True, default="")
    responsible = TenantForeignKey("directory.Practitioner", null=True, blank=True, related_name="+")
    status = models.CharField(max_length=12, choices=Status.choices)
    is_abnormal = models.BooleanField(default=False)
    is_critical = models.BooleanField(default=False)
    needs_look = models.BooleanField(default=True)
    collected_at = models.DateTimeField(null=True, blank=True)
    issued_at = models.DateTimeField()
    changed_at = models.DateTimeField(default=clock.now)
    first_read_by_patient_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "laboratory", "filler_number", "code", "code_system"],
                name="result_report_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "patient", "-issued_at"], name="result_by_patient"),
            models.Index(
                fields=["organization", "responsible", "-is_critical", "-is_abnormal", "issued_at"],
                condition=Q(needs_look=True),
                name="result_needs_look",
            ),
        ]


class ReportVersion(Record):
    """What one message said of a report. Never changed."""

    report = TenantForeignKey(Report, related_name="versions")
    message = TenantForeignKey(IncomingMessage, related_name="versions")
    status = models.CharField(max_length=12, choices=Status.choices)
    issued_at = models.DateTimeField()
    collected_at = models.DateTimeField(null=True, blank=True)
    is_zone_assumed = models.BooleanField(default=False)
    note = EncryptedTextField(max_length=TEXT_LENGTH, blank=True, default="")

    class Meta:
        ordering = ["issued_at", "created_at"]
        indexes = [models.Index(fields=["organization", "report"], name="result_version_by_report")]


class ResultDocument(Record):
    """A file that came within a result (a letter, a picture of a curve), checked as an upload is."""

    report = TenantForeignKey(Report, related_name="documents")
    title = EncryptedTextField(max_length=TITLE_LENGTH)
    content_type = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=SHA256_LENGTH)
    size_bytes = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["organization", "report"], name="result_document_by_report")]


class Observation(Record):
    """One line of a report in one version: the value exactly as it was sent.

    ``line`` names the line within its report (code, system, sub-identifier, which of equals). Of each line one
    version is current. ``number`` is there for the trend alone, when the value is a plain number.
    """

    report = TenantForeignKey(Report, related_name="observations")
    version = TenantForeignKey(ReportVersion, related_name="observations")
    line = models.CharField(max_length=LINE_LENGTH)
    position = models.PositiveIntegerField()
    code = models.CharField(max_length=CODE_LENGTH)
    code_system = models.CharField(max_length=SYSTEM_LENGTH, blank=True)
    name = EncryptedTextField(max_length=TITLE_LENGTH)
    kind = models.CharField(max_length=10)  # OBX-2, or the FHIR value[x]
    value = EncryptedTextField(max_length=TEXT_LENGTH, blank=True, default="")
    number = models.DecimalField(
        max_digits=NUMBER_DIGITS, decimal_places=NUMBER_DECIMALS, null=True, blank=True
    )
    unit = models.CharField(max_length=UNIT_LENGTH, blank=True)
    reference_range = models.CharField(max_length=RANGE_LENGTH, blank=True)
    flags = models.CharField(max_length=FLAGS_LENGTH, blank=True)
    abnormality = models.CharField(max_length=13, choices=Abnormality.choices, default=Abnormality.NONE)
    status = models.CharField(max_length=12, choices=Status.choices)
    observed_at = models.DateTimeField(null=True, blank=True)
    note = EncryptedTextField(max_length=TEXT_LENGTH, blank=True, default="")
    document = TenantForeignKey(ResultDocument, null=True, blank=True, related_name="+")
    is_current = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "report", "line"],
                condition=Q(is_current=True),
                name="result_line_has_one_current",
            ),
            models.UniqueConstraint(fields=["organization", "version", "line"], name="result_line_once"),
        ]

    @property
    def is_critical(self) -> bool:
        """Whether the laboratory flagged it as critical and still stands by it."""
        return self.abnormality in CRITICAL and self.status != Status.CANCELLED

    @property
    def is_remarkable(self) -> bool:
        """Whether there is a flag to show."""
        return self.abnormality not in UNREMARKABLE
