"""The chart: encounters and what was found, thought, decided and said in them.

Free text is encrypted; codes, times and measured values are plain under row security, so that they can be searched.
Nothing is deleted: a mistake is marked "entered in error" and stays readable.
"""

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField

CODE_LENGTH = 40
TITLE_LENGTH = 200
SECTION_LENGTH = 20_000
SHORT_TEXT_LENGTH = 1_000
NOTE_OFFERED_FOR = timedelta(days=7)


class Encounter(Record):
    """The chart's record of one piece of care: a live visit or a consult."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("Visit")
        CONSULT = "consult", _("Consult")

    class Status(models.TextChoices):
        IN_PROGRESS = "in_progress", _("In progress")
        FINISHED = "finished", _("Finished")
        ENTERED_IN_ERROR = "entered_in_error", _("Entered in error")

    patient = TenantForeignKey("directory.Patient", related_name="encounters")
    practitioner = TenantForeignKey("directory.Practitioner", related_name="encounters")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.VISIT)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.IN_PROGRESS)
    reason = EncryptedTextField(max_length=SHORT_TEXT_LENGTH, blank=True, default="")
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["organization", "patient", "-started_at"], name="encounter_by_patient")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="encounter_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(status="finished") | Q(ended_at__isnull=False), name="encounter_finished_has_end"
            ),
        ]

    @property
    def takes_notes(self) -> bool:
        """Whether the chart still offers to write: while it runs, and in the days after it began."""
        return self.status == self.Status.IN_PROGRESS or clock.now() - self.started_at <= NOTE_OFFERED_FOR


class EncounterFact(Record):
    """Something that happened in an encounter, recorded when it happened.

    Statements in notes and summaries about identity, place, consent, people, modality and minutes are written from
    these rows and from nothing else.
    """

    class Kind(models.TextChoices):
        IDENTITY_CHECKED = "identity_checked"
        LOCATION_STATED = "location_stated"
        CALL_BACK_NUMBER_GIVEN = "call_back_number_given"
        CONSENT_GIVEN = "consent_given"
        COMPANY_STATED = "company_stated"
        PARTICIPANT_JOINED = "participant_joined"
        PARTICIPANT_LEFT = "participant_left"
        MODALITY_USED = "modality_used"
        INTERPRETER_PRESENT = "interpreter_present"
        LICENCE_CHECKED = "licence_checked"
        STILL_TAKEN = "still_taken"
        STILL_REMOVED = "still_removed"

    encounter = TenantForeignKey(Encounter, related_name="facts")
    kind = models.CharField(max_length=30, choices=Kind.choices)
    occurred_at = models.DateTimeField()
    code = models.CharField(max_length=CODE_LENGTH, blank=True)
    detail = EncryptedTextField(max_length=SHORT_TEXT_LENGTH, blank=True, default="")
    seconds = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["occurred_at", "created_at"]
        indexes = [
            models.Index(fields=["organization", "encounter", "occurred_at"], name="fact_by_encounter")
        ]


class ChartItem(Record):
    """What problems, allergies, medicines, vital signs and documents have in common."""

    patient = TenantForeignKey("directory.Patient", related_name="+")
    encounter = TenantForeignKey(Encounter, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_in_error_at = models.DateTimeField(null=True, blank=True)
    error_reason = EncryptedTextField(max_length=SHORT_TEXT_LENGTH, blank=True, default="")

    class Meta:
        abstract = True


class Problem(ChartItem):
    """A condition on the problem list."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        REMISSION = "remission", _("In remission")
        RESOLVED = "resolved", _("Resolved")

    title = EncryptedTextField(max_length=TITLE_LENGTH)
    code = models.CharField(_("ICD-10 code"), max_length=10, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    onset_on = models.DateField(null=True, blank=True)
    resolved_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["status", "-created_at"]
        indexes = [models.Index(fields=["organization", "patient", "status"], name="problem_by_patient")]
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_on__isnull=True)
                | Q(onset_on__isnull=True)
                | Q(resolved_on__gte=F("onset_on")),
                name="problem_resolved_after_onset",
            ),
        ]


class Allergy(ChartItem):
    """An allergy or intolerance."""

    class Category(models.TextChoices):
        MEDICATION = "medication", _("Medicine")
        FOOD = "food", _("Food")
        ENVIRONMENT = "environment", _("Environment")
        BIOLOGIC = "biologic", _("Vaccine or blood product")

    class Criticality(models.TextChoices):
        LOW = "low", _("Low")
        HIGH = "high", _("High: may be life-threatening")
        UNKNOWN = "unable-to-assess", _("Not known")

    substance = EncryptedTextField(max_length=TITLE_LENGTH)
    category = models.CharField(max_length=15, choices=Category.choices)
    criticality = models.CharField(max_length=20, choices=Criticality.choices, default=Criticality.UNKNOWN)
    reaction = EncryptedTextField(max_length=SHORT_TEXT_LENGTH, blank=True, default="")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["-is_active", "-created_at"]
        indexes = [models.Index(fields=["organization", "patient"], name="allergy_by_patient")]


class Medication(ChartItem):
    """A medicine the patient takes or took, whoever prescribed it (FHIR: MedicationStatement)."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Takes it")
        ON_HOLD = "on-hold", _("Paused")
        STOPPED = "stopped", _("Stopped")

    class Source(models.TextChoices):
        PATIENT = "patient", _("Told by the patient")
        CLINIC = "clinic", _("Ordered by this clinic")
        ELSEWHERE = "elsewhere", _("Ordered elsewhere")

    name = EncryptedTextField(max_length=TITLE_LENGTH)
    directions = EncryptedTextField(max_length=SHORT_TEXT_LENGTH, blank=True, default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.PATIENT)
    started_on = models.DateField(null=True, blank=True)
    stopped_on = models.DateField(null=True, blank=True)
    stop_reason = EncryptedTextField(max_length=SHORT_TEXT_LENGTH, blank=True, default="")

    class Meta:
        ordering = ["status", "-created_at"]
        indexes = [models.Index(fields=["organization", "patient", "status"], name="medication_by_patient")]


class ChartReview(Record):
    """That a list was gone through with the patient, and what came of it ("no known allergies" is a finding)."""

    class Subject(models.TextChoices):
        PROBLEMS = "problems", _("Problems")
        ALLERGIES = "allergies", _("Allergies")
        MEDICATIONS = "medications", _("Medicines")

    patient = TenantForeignKey("directory.Patient", related_name="+")
    encounter = TenantForeignKey(Encounter, null=True, blank=True, related_name="+")
    subject = models.CharField(max_length=12, choices=Subject.choices)
    is_none_known = models.BooleanField(default=False)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-reviewed_at"]
        indexes = [
            models.Index(fields=["organization", "patient", "subject", "-reviewed_at"], name="review_latest")
        ]


class VitalSign(ChartItem):
    """One measurement in the unit of its kind (``charting.vital_kinds``). Blood pressure has two values."""

    class Source(models.TextChoices):
        STAFF = "staff", _("Measured by staff")
        PATIENT = "patient", _("Told by the patient")

    kind = models.CharField(max_length=20)
    value = models.DecimalField(max_digits=7, decimal_places=2)
    second_value = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.STAFF)
    is_confirmed_unusual = models.BooleanField(default=False)
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["-taken_at"]
        indexes = [
            models.Index(fields=["organization", "patient", "kind", "-taken_at"], name="vital_by_patient"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(value__gt=Decimal(0)), name="vital_value_positive"),
            models.CheckConstraint(
                condition=Q(kind="blood_pressure", second_value__isnull=False, second_value__lt=F("value"))
                | (~Q(kind="blood_pressure") & Q(second_value__isnull=True)),
                name="vital_second_value_is_diastolic",
            ),
        ]


class Note(Record):
    """A SOAP note. A draft is its author's alone; a signed one never changes, addenda are added to it."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SIGNED = "signed", _("Signed")
        DISCARDED = "discarded", _("Discarded")

    encounter = TenantForeignKey(Encounter, related_name="notes")
    author = TenantForeignKey("directory.Practitioner", related_name="notes")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    subjective = EncryptedTextField(max_length=SECTION_LENGTH, blank=True, default="")
    objective = EncryptedTextField(max_length=SECTION_LENGTH, blank=True, default="")
    assessment = EncryptedTextField(max_length=SECTION_LENGTH, blank=True, default="")
    plan = EncryptedTextField(max_length=SECTION_LENGTH, blank=True, default="")
    statements = EncryptedTextField(max_length=SECTION_LENGTH, blank=True, default="")
    revision = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=clock.now)
    signed_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "encounter", "author"],
                condition=Q(status="draft"),
                name="note_one_draft_each",
            ),
            models.CheckConstraint(
                condition=Q(status="signed", signed_at__isnull=False) & ~Q(digest="")
                | ~Q(status="signed") & Q(signed_at__isnull=True),
                name="note_signed_has_time_and_digest",
            ),
        ]


class NoteAddendum(Record):
    """A signed addition to a signed note."""

    note = TenantForeignKey(Note, related_name="addenda")
    author = TenantForeignKey("directory.Practitioner", related_name="+")
    text = EncryptedTextField(max_length=SECTION_LENGTH)
    signed_at = models.DateTimeField(default=clock.now)
    idempotency_key = models.UUIDField()

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "note", "idempotency_key"], name="addendum_once"),
        ]


class NoteTemplate(Record):
    """A starting text for notes, kept by the clinic."""

    name = models.CharField(max_length=100)
    subjective = models.TextField(max_length=SECTION_LENGTH, blank=True)
    objective = models.TextField(max_length=SECTION_LENGTH, blank=True)
    assessment = models.TextField(max_length=SECTION_LENGTH, blank=True)
    plan = models.TextField(max_length=SECTION_LENGTH, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="note_template_name")]


class Document(ChartItem):
    """A file in the chart. The bytes are in the encrypted file store, named by their digest."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("Photo")
        RESULT = "result", _("Result")
        LETTER = "letter", _("Letter")
        OTHER = "other", _("Other")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = EncryptedTextField(max_length=TITLE_LENGTH)
    content_type = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    is_visible_to_patient = models.BooleanField(default=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["organization", "patient", "-created_at"], name="document_by_patient")
        ]


class VisitSummary(Record):
    """What the patient takes home: written by the clinician in the patient's language, visible when released."""

    encounter = TenantOneToOneField(Encounter, related_name="summary")
    author = TenantForeignKey("directory.Practitioner", related_name="+")
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    what_we_discussed = EncryptedTextField(max_length=SECTION_LENGTH, blank=True, default="")
    what_to_do = EncryptedTextField(max_length=SECTION_LENGTH, blank=True, default="")
    medicines = EncryptedTextField(max_length=SECTION_LENGTH, blank=True, default="")
    when_to_get_help = EncryptedTextField(max_length=SECTION_LENGTH, blank=True, default="")
    follow_up = EncryptedTextField(max_length=SHORT_TEXT_LENGTH, blank=True, default="")
    revision = models.PositiveIntegerField(default=1)
    released_at = models.DateTimeField(null=True, blank=True)
    first_read_at = models.DateTimeField(null=True, blank=True)
