"""What keeps an alert from speaking, openly and with an end; and what people said of themselves."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.monitoring.alerts.models.rulebook import DirectionChoices

NOTE_LENGTH = 300
SYMPTOM_LENGTH = 30


class Snooze(Record):
    """One member of staff does not want to see one rule of one person, in one direction, until then.

    It hides nothing from anybody else, and ends at once when the figure gets worse (``figure``: when it was snoozed).
    """

    monitored = TenantForeignKey("readings.MonitoredPatient", related_name="snoozes")
    rule = TenantForeignKey("alerts.Rule", related_name="snoozes")
    direction = models.CharField(max_length=4, choices=DirectionChoices.choices)
    user = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    figure = models.FloatField()
    until = models.DateTimeField()
    broken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "monitored", "rule", "user"],
                condition=Q(broken_at__isnull=True),
                name="snooze_once",
            ),
            models.CheckConstraint(condition=Q(until__gt=F("created_at")), name="snooze_has_an_end"),
        ]


class Suppression(Record):
    """Alerts of a rule (or of all) are held back for one person: with a reason and an end. They stay counted."""

    class Reason(models.TextChoices):
        WARM_UP = "warm_up", _("New sensor settling")
        KNOWN = "known", _("Known and treated")
        DOUBLE = "double", _("Two devices measure the same")
        TECHNICAL = "technical", _("Device being repaired")
        OTHER = "other", _("Another reason")

    monitored = TenantForeignKey("readings.MonitoredPatient", related_name="suppressions")
    rule = TenantForeignKey("alerts.Rule", null=True, blank=True, related_name="suppressions")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    starts_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField()
    set_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="suppression_has_an_end")
        ]
        indexes = [models.Index(fields=["organization", "monitored", "ends_at"], name="suppression_of")]


class SymptomReport(Record):
    """What a person said of themselves at a time. None is "was not asked"."""

    class Consciousness(models.TextChoices):
        ALERT = "alert", _("Awake and clear")
        CONFUSION = "confusion", _("Newly confused")
        VOICE = "voice", _("Answers when spoken to")
        PAIN = "pain", _("Answers to pain only")
        UNRESPONSIVE = "unresponsive", _("Does not answer")

    monitored = TenantForeignKey("readings.MonitoredPatient", related_name="symptom_reports")
    reported_at = models.DateTimeField(default=clock.now)
    symptoms = ArrayField(models.CharField(max_length=SYMPTOM_LENGTH), default=list, blank=True)
    consciousness = models.CharField(max_length=12, choices=Consciousness.choices, blank=True)
    is_on_oxygen = models.BooleanField(null=True)
    reported_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["organization", "monitored", "-reported_at"], name="symptoms_of")]
