"""Who signs in for a patient: the patient, and caregivers (proxies) with scope and dates."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.directory import names
from hearthline.directory.models.patients import Patient
from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.identity.models import User


class PatientAccount(Record):
    """That a user is this patient."""

    patient = TenantForeignKey(Patient, related_name="accounts")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    linked_by_user_id = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "patient"],
                condition=Q(ended_at__isnull=True),
                name="patient_account_one_user",
            ),
            models.UniqueConstraint(
                fields=["organization", "user"],
                condition=Q(ended_at__isnull=True),
                name="patient_account_one_patient",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Caregiver(Record):
    """A person who acts for a patient: what they may do, from when until when, and by whose word.

    ``user`` is empty until an invited person has taken up the account.
    """

    class Relationship(models.TextChoices):
        PARENT = "parent", _("Parent")
        GUARDIAN = "guardian", _("Legal guardian")
        SPOUSE = "spouse", _("Spouse or partner")
        CHILD = "child", _("Son or daughter")
        SIBLING = "sibling", _("Brother or sister")
        OTHER_FAMILY = "other_family", _("Other family")
        FRIEND = "friend", _("Friend or neighbour")
        ATTORNEY = "attorney", _("Health care power of attorney")
        PROFESSIONAL = "professional", _("Professional caregiver")

    class Source(models.TextChoices):
        PATIENT = "patient", _("The patient said so")
        PARENT = "parent", _("Parent of a minor")
        DOCUMENT = "document", _("A legal document was shown")

    patient = TenantForeignKey(Patient, related_name="caregivers")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=names.NAME_LENGTH)
    relationship = models.CharField(max_length=20, choices=Relationship.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    may_see_record = models.BooleanField(default=False)
    may_book = models.BooleanField(default=True)
    may_message = models.BooleanField(default=True)
    may_join_visits = models.BooleanField(default=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_user_id = models.UUIDField(null=True)
    added_by_user_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["-starts_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "patient", "user"],
                condition=Q(ended_at__isnull=True),
                name="caregiver_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="caregiver_dates",
            ),
            models.CheckConstraint(
                condition=Q(may_see_record=True)
                | Q(may_book=True)
                | Q(may_message=True)
                | Q(may_join_visits=True),
                name="caregiver_may_something",
            ),
        ]
        indexes = [models.Index(fields=["organization", "user"], name="caregiver_by_user")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_current(self) -> bool:
        """Whether the caregiver may act today."""
        today = clock.now().date()
        is_open = self.ended_at is None and self.starts_on <= today
        return is_open and (self.ends_on is None or today <= self.ends_on)
