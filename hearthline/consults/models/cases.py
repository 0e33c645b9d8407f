"""A case: what is asked of a specialist about one patient, and all that is given with it.

Rows belong to the asking organization. Another one sees and adds to them by a grant (``desks.Grant``) alone, so a case
carries all that a reader needs: who the patient is, what was asked, and what of the chart was shared.
People are named by their user, name and organization at that time: their memberships elsewhere cannot be read.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.consults.models.desks import CODE_LENGTH, NAME_LENGTH, REASON_LENGTH
from hearthline.consults.rules.clocks import WorkingCalendar
from hearthline.consults.rules.states import OVER, Action, Status
from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField

QUESTION_LENGTH = 4_000
FACT_LENGTH = 2_000
SHARED_LENGTH = 20_000


def person() -> models.ForeignKey:  # type: ignore[type-arg]
    """Return a reference to somebody of any organization."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")


def organization() -> models.ForeignKey:  # type: ignore[type-arg]
    """Return a reference to any organization: the one somebody acted for."""
    return models.ForeignKey("tenancy.Organization", on_delete=models.PROTECT, null=True, related_name="+")


class Consult(Record):
    """One case."""

    class Urgency(models.TextChoices):
        URGENT = "urgent", _("Urgent")
        SOON = "soon", _("Soon")
        ROUTINE = "routine", _("Routine")

    class State(models.TextChoices):
        DRAFT = Status.DRAFT, _("Draft")
        ASKED = Status.ASKED, _("Asked")
        ASSIGNED = Status.ASSIGNED, _("Assigned")
        READING = Status.READING, _("Being read")
        WAITING = Status.WAITING, _("Waiting for more")
        PRELIMINARY = Status.PRELIMINARY, _("Preliminary answer")
        FINAL = Status.FINAL, _("Answered")
        TOLD = Status.TOLD, _("Patient told")
        CLOSED = Status.CLOSED, _("Closed")
        DECLINED = Status.DECLINED, _("Declined")
        WITHDRAWN = Status.WITHDRAWN, _("Withdrawn")

    patient = TenantForeignKey("directory.Patient", related_name="consults")
    specialty = models.CharField(max_length=CODE_LENGTH)
    urgency = models.CharField(max_length=8, choices=Urgency.choices, default=Urgency.ROUTINE)
    status = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    question = EncryptedTextField(max_length=QUESTION_LENGTH, blank=True, default="")
    other_matter = EncryptedTextField(max_length=REASON_LENGTH, null=True)

    asked_by = person()
    asked_by_name = models.CharField(max_length=NAME_LENGTH)
    is_by_patient = models.BooleanField(default=False)
    asked_at = models.DateTimeField(null=True)
    language = models.CharField(max_length=10, default="en")

    patient_name = EncryptedTextField(max_length=NAME_LENGTH, blank=True, default="")
    patient_birth_date = models.DateField()
    patient_sex = models.CharField(max_length=20, blank=True)
    jurisdiction = models.CharField(max_length=6)
    told_by_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    patient_told_at = models.DateTimeField(null=True)

    screen_answers = EncryptedTextField(max_length=FACT_LENGTH, blank=True, default="")
    screen_urgency = models.CharField(max_length=10, blank=True)
    number_shown = models.CharField(max_length=16, blank=True)

    assignee = person()
    assignee_organization = organization()
    assignee_name = models.CharField(max_length=NAME_LENGTH, blank=True)

    calendar_terms = models.JSONField(default=dict)
    target_minutes = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    seconds_left = models.IntegerField(null=True)
    escalated_to = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True)
    working_seconds = models.PositiveIntegerField(null=True)
    chased_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "patient", "specialty"],
                condition=~Q(status__in=sorted([*OVER, Status.DRAFT])) & Q(other_matter__isnull=True),
                name="consult_one_of_a_matter",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[Status.DRAFT, Status.WITHDRAWN])
                | Q(asked_at__isnull=False, patient_told_at__isnull=False, screen_urgency="clear"),
                name="consult_asked_is_clear_and_told",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True, seconds_left__isnull=True)
                | Q(paused_at__isnull=False, seconds_left__isnull=False),
                name="consult_paused_keeps_time",
            ),
            models.CheckConstraint(
                condition=Q(assignee__isnull=True, assignee_organization__isnull=True)
                | Q(assignee__isnull=False, assignee_organization__isnull=False),
                name="consult_assignee_of_organization",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "status", "due_at"], name="consult_by_clock"),
            models.Index(fields=["organization", "patient", "-created_at"], name="consult_by_patient"),
            models.Index(fields=["assignee", "status"], name="consult_by_assignee"),
        ]

    @property
    def calendar(self) -> WorkingCalendar:
        """The working time that was promised when it was asked."""
        return WorkingCalendar.from_json(self.calendar_terms)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is awaited."""
        return self.status in OVER


class CaseRecord(Record):
    """A row of a case. The asking organization's, whoever wrote it."""

    class Meta:
        abstract = True

    by = person()
    by_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    by_organization = organization()


class FactAnswer(Record):
    """An answer to a question of the specialty's template."""

    consult = TenantForeignKey(Consult, related_name="facts")
    code = models.CharField(max_length=CODE_LENGTH)
    value = EncryptedTextField(max_length=FACT_LENGTH)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "consult", "code"], name="fact_answer_once")
        ]


class SharedRecord(Record):
    """What of the chart was shared with the case, as it was then: lines of text in sections."""

    consult = TenantOneToOneField(Consult, related_name="shared")
    sections = EncryptedTextField(max_length=SHARED_LENGTH)
    taken_at = models.DateTimeField(default=clock.now)


class Move(CaseRecord):
    """A step of the case: who, when, why."""

    consult = TenantForeignKey(Consult, related_name="moves")
    action = models.CharField(max_length=12, choices=[(action.value, action.value) for action in Action])
    from_status = models.CharField(max_length=12)
    to_status = models.CharField(max_length=12)
    cause = models.CharField(max_length=20, blank=True)
    reason = EncryptedTextField(max_length=REASON_LENGTH, blank=True, default="")
    to_user = person()
    to_name = models.CharField(max_length=NAME_LENGTH, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["organization", "consult", "created_at"], name="move_by_case")]


class Message(CaseRecord):
    """A word between asker and reader: a request for more, its answer, or anything else."""

    class Kind(models.TextChoices):
        REQUEST = "request", _("More is needed")
        REPLY = "reply", _("More was given")
        WORD = "word", _("Message")

    consult = TenantForeignKey(Consult, related_name="messages")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = EncryptedTextField(max_length=FACT_LENGTH)

    class Meta:
        ordering = ["created_at", "id"]


class CaseVisit(CaseRecord):
    """That a visit with the patient was begun from the case; its minutes are counted on the case when it ends."""

    consult = TenantForeignKey(Consult, related_name="visits")
    appointment = TenantOneToOneField("scheduling.Appointment", related_name="+")

    class Meta:
        ordering = ["-created_at"]
