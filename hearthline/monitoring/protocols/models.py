"""Versions of protocols with author and approval, and what was done by one for a case."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.monitoring.protocols.definitions import Definition, read_definition

CODE_LENGTH = 40
REASON_LENGTH = 500


class Protocol(Record):
    """One version. Its content is never changed: another one is written and approved, which retires this one."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        RETIRED = "retired", _("Retired")

    code = models.SlugField(max_length=CODE_LENGTH)
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    content = models.JSONField()
    reason = models.CharField(max_length=REASON_LENGTH)
    written_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "code", "version"], name="protocol_version"),
            models.UniqueConstraint(
                fields=["organization", "code"], condition=Q(state="active"), name="protocol_active_once"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="protocol_approved_before_active",
            ),
        ]

    @property
    def definition(self) -> Definition:
        """The protocol as the rules take it."""
        return read_definition(self.content)


class ProtocolRun(Record):
    """A protocol that somebody began for a case, and how it ended."""

    class Ending(models.TextChoices):
        FINISHED = "finished", _("Finished")
        LEFT = "left", _("Left")

    case = TenantForeignKey("alerts.Case", related_name="protocol_runs")
    protocol = TenantForeignKey(Protocol, related_name="runs")
    started_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    ending = models.CharField(max_length=8, choices=Ending.choices, blank=True)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "case"], condition=Q(ended_at__isnull=True), name="protocol_runs_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="") | Q(ended_at__isnull=False) & ~Q(ending=""),
                name="protocol_run_says_how_it_ended",
            ),
            models.CheckConstraint(
                condition=~Q(ending="left") | ~Q(reason=""), name="protocol_left_with_reason"
            ),
        ]


class DoneStep(Record):
    """A step that was done: when (``created_at``) and by whom."""

    run = TenantForeignKey(ProtocolRun, related_name="done_steps")
    step = models.CharField(max_length=CODE_LENGTH)
    done_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "run", "step"], name="protocol_step_done_once")
        ]
