"""An organization's rules: versions with author, reason, source and validity; a clinician's approval makes one live."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.models import Record, TenantForeignKey, TenantModel
from hearthline.monitoring.alerts.rules.kinds import Direction, Kind, Severity, rule_from

CODE_LENGTH = 60
LABEL_LENGTH = 120
TEXT_LENGTH = 500


class SeverityChoices(models.IntegerChoices):
    """The severities in words."""

    WATCH = Severity.WATCH.value, _("Watch")
    URGENT = Severity.URGENT.value, _("Urgent")
    DANGER = Severity.DANGER.value, _("Danger")


class DirectionChoices(models.TextChoices):
    """The directions in words."""

    HIGH = Direction.HIGH.value, _("High")
    LOW = Direction.LOW.value, _("Low")


class Rule(Record):
    """One version of a rule, for everybody or (``monitored``) for one person, for whom it replaces the common one.

    A version is never changed: another one is written, replayed and approved, which retires this one.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        RETIRED = "retired", _("Retired")

    code = models.SlugField(max_length=CODE_LENGTH)
    label = models.CharField(max_length=LABEL_LENGTH)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    severity = models.PositiveSmallIntegerField(choices=SeverityChoices.choices)
    settings = models.JSONField()
    source = models.CharField(max_length=TEXT_LENGTH)
    reason = models.CharField(max_length=TEXT_LENGTH)
    monitored = TenantForeignKey("readings.MonitoredPatient", null=True, blank=True, related_name="rules")
    written_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    burden = models.JSONField(null=True, blank=True)  # what its replay said when it was approved

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "code", "monitored", "version"],
                name="rule_version",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["organization", "code", "monitored"],
                condition=Q(state="active"),
                name="rule_active_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="rule_approved_before_active",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=[one.value for one in Severity]), name="rule_severity"
            ),
        ]

    @property
    def kind(self) -> Kind:
        """The rule itself."""
        settings: dict[str, Any] = self.settings
        return rule_from(settings)


class Rulebook(TenantModel):
    """Which edition of an organization's active rules is in force: the engine keeps compiled rules by this number."""

    edition = models.BigIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization"], name="rulebook_once")]


class AlertBudget(Record):
    """How many alerts the clinic can answer: a draft that would take it over warns."""

    alerts_per_100_patient_days = models.DecimalField(max_digits=6, decimal_places=1)
    minutes_per_alert = models.DecimalField(max_digits=4, decimal_places=1)
    nurse_minutes_a_day = models.PositiveIntegerField(null=True, blank=True)
    set_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization"], name="alert_budget_once")]
