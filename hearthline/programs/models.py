"""Programs in use, and who takes part: where somebody stands follows from facts (``chain``)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField
from hearthline.programs.definitions import Definition, Phase, read_definition

CODE_LENGTH = 40
NOTE_LENGTH = 2000
REASON_LENGTH = 500


class Program(Record):
    """A version of a program that a clinician of the organization took into use. It never changes."""

    code = models.CharField(max_length=CODE_LENGTH)
    version = models.PositiveIntegerField()
    content = models.JSONField()
    adopted_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField(default=clock.now)
    written_by = models.ForeignKey(
        "identity.User", null=True, on_delete=models.PROTECT, related_name="+"
    )  # own ones
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)  # nobody new; those in it go on

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "code", "version"], name="program_version"),
            models.UniqueConstraint(
                fields=["organization", "code"],
                condition=Q(retired_at__isnull=True),
                name="program_in_use_once",
            ),
        ]

    @property
    def definition(self) -> Definition:
        """The program as the rules take it."""
        return read_definition(self.content)


class ProgramDraft(Record):
    """The organization's own next version of a program while it is written. Approved, it becomes a ``Program``."""

    code = models.CharField(max_length=CODE_LENGTH)
    content = models.JSONField()
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    written_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)
    changed_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    hands = ArrayField(models.UUIDField(), default=list)  # the users who ever changed it
    edition = models.PositiveIntegerField(
        default=1
    )  # counts changes: of two tabs, the later sees that it is later
    became = TenantForeignKey(Program, null=True, blank=True, related_name="+")
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-changed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "code"],
                condition=Q(became__isnull=True, dropped_at__isnull=True),
                name="program_draft_open_once",
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Whether it can still be changed."""
        return self.became_id is None and self.dropped_at is None

    @property
    def definition(self) -> Definition:
        """The draft as the rules take it."""
        return read_definition(self.content)


class Enrollment(Record):
    """One person's part in a program, on one episode of monitoring."""

    episode = TenantOneToOneField("episodes.Episode", related_name="enrollment")
    program = TenantForeignKey(Program, related_name="enrollments")
    phase = models.CharField(max_length=CODE_LENGTH)
    phase_since = models.DateField()
    limits_approved_by = models.ForeignKey(
        "identity.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    limits_approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(limits_approved_by__isnull=True, limits_approved_at__isnull=True)
                | Q(limits_approved_by__isnull=False, limits_approved_at__isnull=False),
                name="enrollment_limits_have_an_author",
            )
        ]

    @property
    def current_phase(self) -> Phase:
        """The phase it is in."""
        definition: Definition = self.program.definition
        return definition.phase(self.phase)


class DoneTask(Record):
    """Something that staff had to do in a phase, done."""

    enrollment = TenantForeignKey(Enrollment, related_name="done_tasks")
    phase = models.CharField(max_length=CODE_LENGTH)
    task = models.CharField(max_length=CODE_LENGTH)
    done_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "enrollment", "phase", "task"], name="program_task_done_once"
            )
        ]


class ReadLesson(Record):
    """A lesson that the patient has marked as read."""

    enrollment = TenantForeignKey(Enrollment, related_name="read_lessons")
    lesson = models.CharField(max_length=CODE_LENGTH)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "enrollment", "lesson"], name="program_lesson_read_once"
            )
        ]


class ProgramReview(Record):
    """A clinician looked at how it goes and decided."""

    class Decision(models.TextChoices):
        GO_ON = "go_on", _("Go on as it is")
        NEXT_PHASE = "next_phase", _("On to the next phase")
        END = "end", _("End the program")

    enrollment = TenantForeignKey(Enrollment, related_name="reviews")
    decision = models.CharField(max_length=10, choices=Decision.choices)
    note = EncryptedTextField(max_length=NOTE_LENGTH)
    reviewed_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    phase_before = models.CharField(max_length=CODE_LENGTH)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(phase_before=""), name="program_review_of_a_phase")
        ]
