"""What an appointment cannot be held without: interpreters, captions, relay."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from hearthline.directory.models import Patient
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.scheduling.models.appointments import Appointment
from hearthline.scheduling.rules.requirements import INTERPRETED, Kind, Way

LANGUAGE_LENGTH = 10
NAME_LENGTH = 100


class Requirement(Record):
    """One thing that has to be there. ``way`` says how staff arranged it, where no interpreter comes into the call."""

    appointment = TenantForeignKey(Appointment, related_name="requirements")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    language = models.CharField(max_length=LANGUAGE_LENGTH, blank=True)
    gender = models.CharField(max_length=6, choices=Patient.InterpreterGender.choices, blank=True)
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    way = models.CharField(max_length=10, choices=Way.choices, blank=True)
    arranged_at = models.DateTimeField(null=True, blank=True)
    arranged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["kind"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "appointment", "kind"], name="requirement_once"),
            models.CheckConstraint(
                condition=Q(kind__in=sorted(INTERPRETED)) & ~Q(language="")
                | ~Q(kind__in=sorted(INTERPRETED)) & Q(language="", gender="", name=""),
                name="requirement_language",
            ),
            models.CheckConstraint(
                condition=Q(way="", arranged_at__isnull=True) | ~Q(way="") & Q(arranged_at__isnull=False),
                name="requirement_arranged",
            ),
        ]

    def __str__(self) -> str:
        return self.kind
