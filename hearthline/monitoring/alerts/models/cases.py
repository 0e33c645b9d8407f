"""What the engine writes: marks, states, alerts, their events, and one open case for each person."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey, TenantModel
from hearthline.monitoring.alerts.models.rulebook import DirectionChoices, SeverityChoices
from hearthline.monitoring.alerts.rules.machine import Happening

COMMENT_LENGTH = 1000
KIND_LENGTH = 12


class Mark(models.Model):
    """The newest value of a metric that was judged for a person: what is older neither pages nor resolves."""

    pk = models.CompositePrimaryKey("organization_id", "patient_number", "metric")
    organization = models.ForeignKey("tenancy.Organization", on_delete=models.DO_NOTHING, related_name="+")
    patient_number = models.BigIntegerField()
    metric = models.SmallIntegerField()
    judged_at = models.DateTimeField()
    previous_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "alerts_mark"


class RuleState(models.Model):
    """Where a rule stands for a person; a quiet rule has no row. ``is_held``: active, and suppressed."""

    pk = models.CompositePrimaryKey("organization_id", "patient_number", "rule_id")
    organization = models.ForeignKey("tenancy.Organization", on_delete=models.DO_NOTHING, related_name="+")
    patient_number = models.BigIntegerField()
    rule = models.ForeignKey(
        "alerts.Rule", on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    phase = models.CharField(max_length=8)
    run = models.IntegerField()
    since_us = models.BigIntegerField()
    worst = models.FloatField()
    due_at = models.DateTimeField(null=True)
    is_held = models.BooleanField(default=False)

    class Meta:
        managed = False
        db_table = "alerts_rulestate"


class Case(Record):
    """Everything open about one person, for one owner: whose turn it is, by when, and how it ended."""

    class Ending(models.TextChoices):
        BY_PERSON = "person", _("Closed by a person")
        BY_VALUES = "values", _("Values came back by themselves")

    monitored = TenantForeignKey("readings.MonitoredPatient", related_name="cases")
    severity = models.PositiveSmallIntegerField(choices=SeverityChoices.choices)
    headline = models.JSONField(default=dict)  # facts of the alert that leads
    is_settled = models.BooleanField(default=False)  # every alert has resolved; somebody still has to look
    opened_at = models.DateTimeField(default=clock.now)
    clock_started_at = models.DateTimeField(default=clock.now)  # anew when it got worse
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    steps_reached = models.PositiveSmallIntegerField(default=0)
    next_step_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    uncovered_at = models.DateTimeField(null=True, blank=True)  # a step found nobody on call
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    ending = models.CharField(max_length=6, choices=Ending.choices, blank=True)
    comment = models.CharField(max_length=COMMENT_LENGTH, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "monitored"],
                condition=Q(closed_at__isnull=True),
                name="case_open_once",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | ~Q(ending=""), name="case_closed_says_how"
            ),
            models.CheckConstraint(
                condition=~Q(ending="person") | (Q(closed_by__isnull=False) & ~Q(comment="")),
                name="case_closed_with_comment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "is_settled", "-severity", "opened_at", "id"],
                condition=Q(closed_at__isnull=True),
                name="case_worklist",
            ),
            models.Index(
                fields=["organization", "next_step_at"],
                condition=Q(closed_at__isnull=True, next_step_at__isnull=False),
                name="case_next_step",
            ),
            models.Index(fields=["organization", "monitored", "-opened_at"], name="case_of"),
        ]


class Alert(Record):
    """A rule that became active for a person, and the reading that caused it (by its key)."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        RESOLVED = "resolved", _("Values came back")
        SUPPRESSED = "suppressed", _("Suppressed")
        ENDED = "ended", _("Ended with its case or rule")

    monitored = TenantForeignKey("readings.MonitoredPatient", related_name="alerts")
    case = TenantForeignKey(Case, null=True, blank=True, related_name="alerts")
    rule = TenantForeignKey("alerts.Rule", null=True, blank=True, related_name="alerts")  # none: silence
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    severity = models.PositiveSmallIntegerField(choices=SeverityChoices.choices)
    kind = models.CharField(max_length=KIND_LENGTH)
    metric = models.SmallIntegerField()
    direction = models.CharField(max_length=4, choices=DirectionChoices.choices)
    figure = models.FloatField()  # the worst that people know of
    facts = models.JSONField(default=dict)
    value = models.FloatField(null=True)
    observed_at = models.DateTimeField(null=True)  # the reading's key: the device's own clock
    device_number = models.BigIntegerField(null=True)
    measured_at = models.DateTimeField(null=True)  # corrected
    received_at = models.DateTimeField(null=True)
    raised_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "monitored", "rule"],
                condition=Q(state__in=["open", "suppressed"], rule__isnull=False),
                name="alert_open_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "monitored", "metric"],
                condition=Q(state__in=["open", "suppressed"], rule__isnull=True),
                name="alert_silence_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "case"], name="alert_of_case"),
            models.Index(fields=["organization", "monitored", "-raised_at"], name="alert_of"),
            models.Index(fields=["organization", "raised_at"], name="alert_by_time"),
        ]


class AlertEvent(TenantModel):
    """What happened to an alert or case, in order; rows are added and told, never changed otherwise."""

    class Happening(models.TextChoices):
        ASKED = Happening.ASKED.value, _("The patient was asked to measure again")
        RAISED = Happening.RAISED.value, _("Raised")
        WORSENED = Happening.WORSENED.value, _("Got worse")
        SETTLED = Happening.SETTLED.value, _("The repeat was good")
        RESOLVED = Happening.RESOLVED.value, _("Values came back")
        SUPPRESSED = "suppressed", _("Held back")
        CLAIMED = "claimed", _("Taken")
        RELEASED = "released", _("Given back")
        ESCALATED = "escalated", _("Told the next")
        BREACHED = "breached", _("Nobody took it in time")
        UNCOVERED = "uncovered", _("Nobody was on call")
        SNOOZED = "snoozed", _("Snoozed")
        WOKEN = "woken", _("The snooze was broken")
        CLOSED = "closed", _("Closed")

    case = TenantForeignKey(Case, null=True, related_name="events")
    alert = TenantForeignKey(Alert, null=True, related_name="events")
    monitored = TenantForeignKey("readings.MonitoredPatient", related_name="+")
    rule = TenantForeignKey("alerts.Rule", null=True, related_name="+")
    happening = models.CharField(max_length=10, choices=Happening.choices)
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    figure = models.FloatField(null=True)
    note = models.CharField(max_length=COMMENT_LENGTH, blank=True)
    told_at = models.DateTimeField(null=True)
    is_to_tell = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "case", "at"], name="alert_event_of"),
            models.Index(
                fields=["organization", "at"],
                condition=Q(is_to_tell=True, told_at__isnull=True),
                name="alert_event_to_tell",
            ),
        ]
