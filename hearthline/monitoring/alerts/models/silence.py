"""Who has fallen silent, since when, why, and whose turn it is; many at once are one incident. And who looked, when."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.monitoring.alerts.rules.silence import Cause, Route


class CauseChoices(models.TextChoices):
    """The causes in words."""

    NEVER = Cause.NEVER.value, _("No value since monitoring began")
    NOT_MEASURING = Cause.NOT_MEASURING.value, _("Not measuring")
    BATTERY = Cause.BATTERY.value, _("Battery nearly empty")
    NO_SIGNAL = Cause.NO_SIGNAL.value, _("No signal")
    DEVICE_FAULT = Cause.DEVICE_FAULT.value, _("The device sends, but no values")
    WRONG_PERSON = Cause.WRONG_PERSON.value, _("Somebody else uses the device")
    OUTAGE = Cause.OUTAGE.value, _("Many silent at once")


class RouteChoices(models.TextChoices):
    """The routes in words."""

    PATIENT = Route.PATIENT.value, _("Patient")
    NURSE = Route.NURSE.value, _("Nurse")
    SERVICE_DESK = Route.SERVICE_DESK.value, _("Service desk")


class SilenceIncident(Record):
    """Many fell silent at once: one fault of a line or a vendor, told once."""

    people = models.PositiveIntegerField()
    opened_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], condition=Q(ended_at__isnull=True), name="silence_incident_open_once"
            )
        ]


class SilentSpell(Record):
    """One metric of one person of which nothing comes, until something does."""

    monitored = TenantForeignKey("readings.MonitoredPatient", related_name="silences")
    incident = TenantForeignKey(SilenceIncident, null=True, blank=True, related_name="spells")
    metric = models.SmallIntegerField()
    heard_at = models.DateTimeField(null=True, blank=True)  # when the last value arrived; none ever: null
    noticed_at = models.DateTimeField(default=clock.now)
    cause = models.CharField(max_length=14, choices=CauseChoices.choices)
    route = models.CharField(max_length=12, choices=RouteChoices.choices)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "monitored", "metric"],
                condition=Q(ended_at__isnull=True),
                name="silence_open_once",
            )
        ]


class SilenceSweep(Record):
    """When silence was last looked for in an organization: the dead-man check of this engine asks."""

    swept_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization"], name="silence_sweep_once")]


class AdherenceLook(Record):
    """When everybody's adherence in an organization was last looked at: the dead-man check asks for it too."""

    looked_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization"], name="adherence_look_once")]
