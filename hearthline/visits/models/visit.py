"""The visit itself: one for each appointment, or a walk-in."""

from django.db import models
from django.db.models import Q

from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField
from hearthline.tenancy.models import validate_jurisdiction
from hearthline.visits.choices import EndReason, Modality, VisitState

TELEPHONE_LENGTH = 32
PLACE_LENGTH = 300
COMPANY_LENGTH = 200
BACKEND_LENGTH = 20


class Visit(Record):
    """A live meeting of a patient and a clinician.

    ``starts_at`` and ``ends_at`` are the planned slot, kept in step with the appointment by its events. Where the
    patient is now is asked at every visit: the licence, the emergency services and the place of service hang on it.
    """

    appointment = TenantOneToOneField("scheduling.Appointment", null=True, blank=True, related_name="visit")
    patient = TenantForeignKey("directory.Patient", related_name="visits")
    practitioner = TenantForeignKey("directory.Practitioner", related_name="visits")
    encounter = TenantOneToOneField("charting.Encounter", null=True, blank=True, related_name="visit")
    state = models.CharField(max_length=12, choices=VisitState.choices, default=VisitState.PLANNED)
    planned_modality = models.CharField(max_length=8, choices=Modality.choices, default=Modality.VIDEO)
    media_backend = models.CharField(max_length=BACKEND_LENGTH, default="mesh")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_locked = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True, blank=True)  # the patient's side looked at its pages first
    coverage_checked_at = models.DateTimeField(null=True, blank=True)

    jurisdiction = models.CharField(max_length=6, blank=True, validators=[validate_jurisdiction])
    place = EncryptedTextField(max_length=PLACE_LENGTH, blank=True, default="")
    call_back_number = EncryptedTextField(max_length=TELEPHONE_LENGTH, blank=True, default="")
    may_call_when_lost = models.BooleanField(default=False)
    company = EncryptedTextField(max_length=COMPANY_LENGTH, blank=True, default="")
    is_alone = models.BooleanField(null=True)
    located_at = models.DateTimeField(null=True, blank=True)
    identity_checked_at = models.DateTimeField(null=True, blank=True)
    identity_attempts = models.PositiveSmallIntegerField(default=0)
    arrived_at = models.DateTimeField(null=True, blank=True)
    call_wanted_at = models.DateTimeField(null=True, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)

    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=12, choices=EndReason.choices, blank=True)
    ended_by_user_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="visit_slot"),
            models.CheckConstraint(
                condition=~Q(state="in_progress") | Q(started_at__isnull=False),
                name="visit_in_progress_started",
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False, started_at__isnull=False)
                | ~Q(state="ended") & Q(ended_at__isnull=True),
                name="visit_ended_has_times",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "practitioner", "starts_at"], name="visit_by_practitioner"),
            models.Index(fields=["organization", "patient", "starts_at"], name="visit_by_patient"),
            models.Index(fields=["organization", "state", "starts_at"], name="visit_by_state"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_open(self) -> bool:
        """Whether the visit may still take place or is taking place."""
        return self.state not in {VisitState.ENDED, VisitState.ABANDONED, VisitState.CANCELLED}
