"""People who came without an appointment."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField
from hearthline.scheduling.models.appointments import Appointment, Place
from hearthline.scheduling.models.services import Mode, Service
from hearthline.tenancy.models import validate_jurisdiction

TELEPHONE_LENGTH = 32


class WalkInEntry(Record):
    """A place in the line of one service at one site. Called, it becomes an appointment that starts now."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CALLED = "called", _("Called")
        LEFT = "left", _("Left")

    patient = TenantForeignKey("directory.Patient", related_name="+")
    service = TenantForeignKey(Service, related_name="+")
    site = TenantForeignKey("tenancy.Site", related_name="+")
    mode = models.CharField(max_length=12, choices=Mode.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    location_jurisdiction = models.CharField(max_length=6, validators=[validate_jurisdiction])
    location_place = models.CharField(max_length=12, choices=Place.choices)
    call_back_number = EncryptedTextField(max_length=TELEPHONE_LENGTH, blank=True, null=True)
    joined_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(null=True, blank=True)  # the person's page with the place was last in view
    call_wanted_at = models.DateTimeField(null=True, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    appointment = TenantOneToOneField(Appointment, null=True, blank=True, related_name="walk_in_entry")

    class Meta:
        ordering = ["joined_at", "id"]
        indexes = [
            models.Index(fields=["organization", "service", "status", "joined_at"], name="walk_in_line"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "patient"],
                condition=models.Q(status="waiting"),
                name="walk_in_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.joined_at:%H:%M}"
